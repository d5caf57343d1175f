"""The plugin host: loads plugins, each apart from the others, and asks them.

A host belongs to one register; importing shequ loads none. The library's own plugins are named by dotted path and
loaded first, in the order given; strangers' follow in the order of their entry-point names.
"""

import difflib
import traceback
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

import attrs
import pluggy

from shequ import hookspecs
from shequ.errors import Misuse, PluginConflict, PluginFailure

__all__ = ["BUILT_IN", "ENTRY_POINT_GROUP", "LoadedPlugin", "PluginHost"]

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


@attrs.frozen
class LoadedPlugin:
    """A plugin and how it fares.

    Args:
        name: Dotted name of a built-in one, else the entry point's name.
        distribution: Distribution it came from, ``""`` if none is known.
        version: That distribution's version.
        state: ``active``, ``failed`` or ``disabled``.
        description: What it says of itself (``shequ_plugin_info``).
        hooks: Names of the hooks it implements.
        error: The traceback, if it failed.
    """

    name: str
    distribution: str = ""
    version: str = ""
    state: str = "active"
    hooks: tuple[str, ...] = ()
    error: str = ""
    description: str = ""

    @property
    def origin(self) -> str:
        """The plugin with its distribution and version, for messages."""
        return f"{self.name} ({self.distribution} {self.version})" if self.distribution else self.name


class PluginHost:
    """Loads plugins and collects their answers.

    Args:
        plugins: Further plugin objects or modules, by name; they are loaded last.
        built_in: Dotted names of the library's own plugins.
        discover: Whether to load the plugins of installed distributions.
        disable: Names of plugins to leave out.
        strict: Whether a plugin that fails to load is an error instead of a report.

    Raises:
        PluginFailure: If a built-in plugin does not load, or, where ``strict``, any.
    """

    def __init__(
        self,
        plugins: Mapping[str, object] | None = None,
        *,
        built_in: Iterable[str] = BUILT_IN,
        discover: bool = True,
        disable: Iterable[str] = (),
        strict: bool = False,
    ) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._loaded: dict[str, LoadedPlugin] = {}
        self._strict = strict
        disabled = frozenset(disable)
        for name in built_in:
            self._load(name, lambda name=name: import_module(name), disabled, own=True)
        if discover:
            for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name):
                distribution = point.dist
                self._load(
                    point.name,
                    point.load,
                    disabled,
                    distribution=distribution.name if distribution else "",
                    version=distribution.version if distribution else "",
                )
        for name, plugin in (plugins or {}).items():
            self._load(name, lambda plugin=plugin: plugin, disabled)

    def _load(
        self,
        name: str,
        load: Any,
        disabled: frozenset[str],
        *,
        distribution: str = "",
        version: str = "",
        own: bool = False,
    ) -> None:
        if name in disabled:
            self._loaded[name] = LoadedPlugin(name, distribution, version, "disabled")
            return
        if name in self._loaded:
            raise PluginConflict("plugin name", name, self._loaded[name].origin, distribution or "this call")
        try:
            plugin = load()
            hooks = self._hooks_of(plugin)
            self._manager.register(plugin, name)
            info = dict(plugin.shequ_plugin_info()) if "shequ_plugin_info" in hooks else {}
        except Exception as error:
            if own or self._strict:
                raise PluginFailure(name, f"{distribution} {version}".strip(), str(error)) from error
            self._manager.unregister(name=name) if self._manager.has_plugin(name) else None
            report = "".join(traceback.format_exception(error))
            self._loaded[name] = LoadedPlugin(name, distribution, version, "failed", (), report)
            return
        version = version or info.get("version", "")
        description = info.get("description", "")
        self._loaded[name] = LoadedPlugin(name, distribution, version, "active", hooks, description=description)

    def _hooks_of(self, plugin: object) -> tuple[str, ...]:
        """The hooks that a plugin implements.

        Raises:
            Misuse: If one is misspelt, or nothing is implemented.
        """
        known = [name for name in vars(hookspecs) if name.startswith("shequ_")]
        found = []
        for attribute in dir(plugin):
            if not attribute.startswith("shequ_"):
                continue
            marked = getattr(getattr(plugin, attribute), f"{hookspecs.PROJECT}_impl", None)
            if marked is None:
                if attribute in known and not isinstance(plugin, ModuleType):
                    raise Misuse(f"{attribute} is not marked with @hookimpl", remedy="from shequ import hookimpl")
                continue
            name = marked.get("specname") or attribute
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                raise Misuse(
                    f"there is no hook {name}",
                    remedy=f"did you mean {close[0]}?" if close else f"one of {', '.join(known)}",
                )
            found.append(name)
        if not found:
            raise Misuse("the plugin implements no hook", remedy="mark its functions with @shequ.hookimpl")
        return tuple(found)

    @property
    def plugins(self) -> tuple[LoadedPlugin, ...]:
        """Every plugin with its state, in the order of loading."""
        return tuple(self._loaded.values())

    def ask(self, hook: str) -> Iterator[tuple[LoadedPlugin, Any]]:
        """Each active plugin's answer to a hook, in the order of loading.

        A plugin that fails is reported as failed and the rest are asked, unless the host is strict.
        """
        caller = getattr(self._manager.hook, hook)
        by_name = {impl.plugin_name: impl.plugin for impl in caller.get_hookimpls()}
        for name, plugin in list(self._loaded.items()):
            if name not in by_name or plugin.state != "active":
                continue
            others = [other for other_name, other in by_name.items() if other_name != name]
            try:
                (answer,) = self._manager.subset_hook_caller(hook, others)() or [None]
            except Exception as error:
                if self._strict or name in BUILT_IN:
                    raise PluginFailure(
                        name, f"{plugin.distribution} {plugin.version}".strip(), f"{hook} raised {error!r}"
                    ) from error
                report = "".join(traceback.format_exception(error))
                self._loaded[name] = attrs.evolve(plugin, state="failed", error=report)
                continue
            if answer is not None:
                yield plugin, answer

    @property
    def hooks(self) -> tuple[str, ...]:
        """The hooks that some active plugin implements."""
        return tuple(dict.fromkeys(hook for plugin in self._loaded.values() for hook in plugin.hooks))

    @property
    def failed(self) -> tuple[LoadedPlugin, ...]:
        """The plugins that did not load, or failed when they were asked."""
        return tuple(plugin for plugin in self._loaded.values() if plugin.state == "failed")

    def collect(self, hook: str) -> list[tuple[LoadedPlugin, Any]]:
        """Every item of the answers to a hook that asks for several."""
        return [(plugin, item) for plugin, items in self.ask(hook) for item in items]

    def by_name(self, hook: str, kind: str) -> dict[str, tuple[LoadedPlugin, Any]]:
        """The answers to a hook that asks for a mapping, in one.

        Raises:
            PluginConflict: If two plugins give the same name.
        """
        merged: dict[str, tuple[LoadedPlugin, Any]] = {}
        for plugin, answer in self.ask(hook):
            for name, value in answer.items():
                if name in merged:
                    raise PluginConflict(kind, name, merged[name][0].origin, plugin.origin)
                merged[name] = (plugin, value)
        return merged
