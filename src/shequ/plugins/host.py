"""The host: loads plugins, each apart from the others, and asks them.

The library's own plugins are named by dotted path and loaded first, in the order given; strangers' follow in the order
of their entry-point names, then those handed over. They are asked in that order.
"""

import traceback
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from operator import attrgetter
from typing import Any, TypeVar

import attrs
import pluggy

from shequ import __version__, hookspecs
from shequ.errors import Misuse, PluginConflict
from shequ.hookspecs import DECIDING, NAMED_BY, PROJECT
from shequ.plugins.checking import HOOKS, hooks_of, information_of, meant_to_decide, might_decide, signature_of
from shequ.plugins.choice import Choice
from shequ.plugins.loaded import LoadedPlugin, State

__all__ = ["BUILT_IN", "ENTRY_POINT_GROUP", "PluginHost"]

ENTRY_POINT_GROUP = "shequ.plugins.v1"
"""Group of the entry points; it carries the API's major version."""

BUILT_IN = (
    "shequ.lifecycle",
    "shequ.store.memory",
    "shequ.store.sql",
    "shequ.metrics.catalogue",
    "shequ.rules.national",
    "shequ.reports.work",
    "shequ.reports.markdown",
    "shequ.reports.html",
    "shequ.reports.json",
    "shequ.reports.word",
    "shequ.reports.excel",
    "shequ.reports.cards.kinds",
    "shequ.reports.cards.html",
    "shequ.reports.cards.word",
)
"""The library's own plugins, by dotted name."""

T = TypeVar("T")
_DECLARING = tuple(
    hook for hook, signature in HOOKS.items() if not signature.parameters and hook != "shequ_plugin_info"
)


class PluginHost:
    """Loads plugins and collects their answers.

    A plugin is taken whole or not at all: if it cannot be imported, has a hook that is none, or fails when it is asked
    what it declares, none of it is used, and the others go on without it.

    Args:
        plugins: Further plugin objects or modules, by name; they are loaded last.
        built_in: Dotted names of the library's own plugins.
        discover: Whether to load the plugins of installed distributions.
        only: Names of the installed plugins to load; all if ``None``. Here and below a plugin goes by its own name or
            its distribution's.
        disable: Names of plugins to leave out.
        prefer: Names of plugins that win, the first of all, where two offer the same.
        settings: Settings by plugin, for ``shequ_configure``.
        strict: Whether a plugin that fails is an error instead of a report.

    Raises:
        Misuse: If a name is that of no plugin, or there are settings for one that takes none.
        PluginConflict: If two plugins have the same name.
        PluginFailure: If a built-in plugin does not load, or, where ``strict``, any.
    """

    def __init__(
        self,
        plugins: Mapping[str, object] | None = None,
        *,
        built_in: Iterable[str] = BUILT_IN,
        discover: bool = True,
        only: Iterable[str] | None = None,
        disable: Iterable[str] = (),
        prefer: Iterable[str] = (),
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        strict: bool = False,
    ) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._choice = Choice(only, disable, prefer, settings or {})
        self._strict = strict
        self._known: list[LoadedPlugin] = []
        self._loaded: dict[str, LoadedPlugin] = {}
        self._declared: dict[tuple[str, str], Any] = {}
        self._resting: frozenset[str] = frozenset()
        for name in built_in:
            found = LoadedPlugin(name, PROJECT, __version__, built_in=True)
            self._load(found, lambda name=name: import_module(name), lambda: ())
        if discover:
            for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: (point.name, _release(point))):
                found = LoadedPlugin(point.name, *_release(point))
                suspected = lambda module=point.module: might_decide(module)  # noqa: E731 - asked only if it fails
                self._load(found, point.load, suspected, installed=True)
        for name, plugin in (plugins or {}).items():
            self._load(LoadedPlugin(name), lambda plugin=plugin: plugin, lambda: ())
        self._choice.check(self._known)
        for found in self._loaded.values():
            if found.state is State.ACTIVE and "shequ_configure" not in found.hooks and self._choice.settings_of(found):
                raise Misuse(f"there are settings for {found.origin}, which takes none", remedy="take them out")

    def _load(
        self,
        found: LoadedPlugin,
        load: Callable[..., Any],
        suspected: Callable[..., tuple[str, ...]],
        *,
        installed: bool = False,
    ) -> None:
        self._known.append(found)
        other = self._loaded.get(found.name)
        if not self._choice.wants(found, installed=installed):
            self._loaded.setdefault(found.name, attrs.evolve(found, state=State.DISABLED))
            return
        if other is not None and other.state is not State.DISABLED:
            raise PluginConflict("plugin name", found.name, other.origin, found.origin)
        self._loaded[found.name] = found
        try:
            plugin = load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's plugin can fail in any way; it is reported
            self.fail(attrs.evolve(found, decides=suspected()), error)
            return
        try:
            self._introduce(found, plugin)
        except Exception as error:  # noqa: BLE001 - likewise
            self.fail(attrs.evolve(self._loaded[found.name], decides=meant_to_decide(plugin)), error)

    def _introduce(self, found: LoadedPlugin, plugin: object) -> None:
        """Make a plugin's acquaintance: its hooks, what it says of itself, its settings, what it declares."""
        hooks = hooks_of(plugin)
        information = information_of(hooks["shequ_plugin_info"]()) if "shequ_plugin_info" in hooks else {}
        found = self._loaded[found.name] = attrs.evolve(
            found,
            hooks=tuple(hooks),
            decides=tuple(sorted(DECIDING.intersection(hooks))),
            version=found.version or information.get("version", ""),
            description=information.get("description", ""),
        )
        self._manager.register(plugin, found.name)
        if "shequ_configure" in hooks:
            self._call(found, "shequ_configure", settings=self._choice.settings_of(found))
        if not found.built_in:  # the library's own are asked when somebody wants to know
            for hook in _DECLARING:
                if hook in hooks:
                    self._declarations(found, hook)

    def _call(self, plugin: LoadedPlugin, hook: str, **given: Any) -> Any:
        (implementation,) = (
            one for one in getattr(self._manager.hook, hook).get_hookimpls() if one.plugin_name == plugin.name
        )
        return implementation.function(*(given[name] for name in implementation.argnames))

    def _declarations(self, plugin: LoadedPlugin, hook: str) -> list[tuple[str | None, Any]]:
        """What a plugin declares by a hook, with names where it has names; it is asked once.

        Raises:
            Misuse: If that is not what the hook asks for.
        """
        key = plugin.name, hook
        if key not in self._declared:
            answer = self._call(plugin, hook)
            remedy = f"the hook is {signature_of(hook)}"
            if str(HOOKS[hook].return_annotation).startswith("Mapping"):
                if not isinstance(answer, Mapping):
                    raise Misuse(f"{hook} answered {answer!r}", remedy=remedy)
                self._declared[key] = list(answer.items())
            else:
                try:
                    items = list(answer)
                except TypeError as error:
                    raise Misuse(f"{hook} answered {answer!r}", remedy=remedy) from error
                self._declared[key] = [(_name_of(hook, item), item) for item in items]
        found: list[tuple[str | None, Any]] = self._declared[key]
        return found

    def _asked(self, hook: str) -> list[LoadedPlugin]:
        """The active plugins that implement a hook, in order."""
        return [
            plugin
            for name, plugin in self._loaded.items()
            if plugin.state is State.ACTIVE and hook in plugin.hooks and name not in self._resting
        ]

    def _winners(self, hook: str) -> list[tuple[LoadedPlugin, str | None, Any]]:
        """Each thing that a hook's plugins declare, without those that a preferred plugin offers too.

        Raises:
            PluginConflict: If two plugins offer the same name and neither is preferred.
        """
        found = [
            (plugin, name, item) for plugin in self._asked(hook) for name, item in self._declarations(plugin, hook)
        ]
        winners: dict[str, LoadedPlugin] = {}
        for plugin, name, _ in found:
            if name is None:
                continue
            other = winners.setdefault(name, plugin)
            ours, theirs = self._choice.rank(plugin), self._choice.rank(other)
            if other is not plugin and ours == theirs:
                raise PluginConflict(_kind(hook), name, other.origin, plugin.origin)
            if ours < theirs:
                winners[name] = plugin
        return [(plugin, name, item) for plugin, name, item in found if name is None or winners[name] is plugin]

    def collect(self, hook: str) -> list[tuple[LoadedPlugin, Any]]:
        """Every item of the answers to a hook that asks for several, in the order of the plugins.

        Raises:
            PluginConflict: If two plugins give things of the same name, and none of them is preferred.
        """
        return [(plugin, item) for plugin, _, item in self._winners(hook)]

    def by_name(self, hook: str) -> dict[str, tuple[LoadedPlugin, Any]]:
        """The answers to a hook that asks for things with names, in one.

        Raises:
            PluginConflict: If two plugins give the same name, and none of them is preferred.
        """
        return {name: (plugin, item) for plugin, name, item in self._winners(hook) if name is not None}

    def decide(self, hook: str, **given: Any) -> list[tuple[LoadedPlugin, Any]]:
        """Each answer to a hook that decides; ``None`` is none.

        Raises:
            PluginFailure: If a plugin that has a say fails, or has failed: then nothing may be done.
        """
        for plugin in self._loaded.values():
            if plugin.state is State.FAILED and hook in plugin.decides:
                raise plugin.failure(
                    f"it is out of order and may have a say here ({hook}), so nothing is done: {plugin.last_words}",
                    remedy=f"repair it, or leave it out with SHEQU_PLUGINS_DISABLE={plugin.name}",
                )
        answers = []
        for plugin in self._asked(hook):
            try:
                answer = self._call(plugin, hook, **given)
                if answer is not None and str(HOOKS[hook].return_annotation).startswith("Iterable"):
                    answer = tuple(answer)
            except Exception as error:
                raise plugin.failure(
                    f"{hook} raised {type(error).__name__}: {error}, so nothing is done",
                    remedy=f"repair it, or leave it out with SHEQU_PLUGINS_DISABLE={plugin.name}",
                ) from error
            if answer is not None:
                answers.append((plugin, answer))
        return answers

    def has_say(self, *hooks: str) -> bool:
        """Whether some plugin implements one of these hooks, or has failed and may have implemented it."""
        return any(
            not set(hooks).isdisjoint(plugin.hooks if plugin.state is State.ACTIVE else plugin.decides)
            for plugin in self._loaded.values()
        )

    def tell(self, hook: str, **given: Any) -> None:
        """Tell every plugin that listens; one that fails at it is reported, and works on."""
        for plugin in self._asked(hook):
            try:
                self._call(plugin, hook, **given)
            except Exception as error:
                if self._strict:
                    raise plugin.failure(f"{hook} raised {type(error).__name__}: {error}") from error
                self._loaded[plugin.name] = attrs.evolve(plugin, error=_traceback(error))

    def fail(self, plugin: LoadedPlugin, error: BaseException) -> None:
        """Take a plugin out, with everything it gave, because of an error of its own.

        Raises:
            PluginFailure: If it is built in, or the host is strict.
        """
        if plugin.built_in or self._strict:
            raise plugin.failure(str(error) or type(error).__name__) from error
        self._loaded[plugin.name] = attrs.evolve(plugin, state=State.FAILED, error=_traceback(error))

    def admit(self, build: Callable[["PluginHost"], T]) -> T:
        """Build something from what all plugins declare; a stranger with whom it cannot be built has failed.

        Raises:
            Misuse: If it cannot be built from the library's own, or two plugins are in conflict.
        """
        try:
            return build(self)
        except PluginConflict:
            raise
        except Misuse as error:
            strangers = {p.name: p for p in self._loaded.values() if p.state is State.ACTIVE and not p.built_in}
            if not strangers:
                raise
            reason: Misuse = error
        try:
            self._resting = frozenset(strangers)
            build(self)
            admitted = True
            while admitted and self._resting:
                admitted = False
                for name in sorted(self._resting):
                    waiting, self._resting = self._resting, self._resting - {name}
                    try:
                        build(self)
                    except Misuse as error:
                        self._resting, reason = waiting, error
                    else:
                        admitted = True
            for name in self._resting:
                self.fail(strangers[name], reason)
        finally:
            self._resting = frozenset()
        return build(self)

    @property
    def plugins(self) -> tuple[LoadedPlugin, ...]:
        """Every plugin with its state, in the order of loading."""
        return tuple(self._loaded.values())

    @property
    def failed(self) -> tuple[LoadedPlugin, ...]:
        """The plugins that did not load, or failed when they were asked."""
        return tuple(plugin for plugin in self._loaded.values() if plugin.state is State.FAILED)

    def inventory(self) -> tuple[LoadedPlugin, ...]:
        """Every plugin with what it offers, and what of that is overridden; conflicts stand in the error of both."""
        return tuple(self._inventoried(plugin) for plugin in self._loaded.values())

    def _inventoried(self, plugin: LoadedPlugin) -> LoadedPlugin:
        if plugin.state is not State.ACTIVE:
            return plugin
        offers: dict[str, tuple[str, ...]] = {}
        overridden: dict[str, tuple[str, ...]] = {}
        for hook in _DECLARING:
            if hook not in plugin.hooks:
                continue
            names = tuple(name for name, _ in self._declarations(plugin, hook) if name is not None)
            key = hook.removeprefix("shequ_")
            try:
                used = {name for winner, name, _ in self._winners(hook) if winner is plugin}
            except PluginConflict as conflict:
                if plugin.origin in (conflict.first, conflict.second):
                    plugin = attrs.evolve(plugin, error=str(conflict))
                used = set(names)
            if names:
                offers[key] = names
            if lost := tuple(name for name in names if name not in used):
                overridden[key] = lost
        return attrs.evolve(plugin, offers=offers, overridden=overridden)


def _release(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist is not None else ("", "")


def _kind(hook: str) -> str:
    """What a hook asks for, in the singular: ``store``, ``rule set``."""
    return hook.removeprefix("shequ_").removesuffix("s").replace("_", " ")


def _name_of(hook: str, item: Any) -> str | None:
    if hook not in NAMED_BY:
        return None
    try:
        return str(attrgetter(NAMED_BY[hook])(item))
    except AttributeError as error:
        raise Misuse(
            f"{hook} answered with {item!r} among others", remedy=f"the hook is {signature_of(hook)}"
        ) from error


def _traceback(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))
