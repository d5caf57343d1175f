"""Which plugins a configuration wants: only some, some not, and which of two that offer the same."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from shequ.errors import Misuse
from shequ.plugins.checking import did_you_mean
from shequ.plugins.loaded import LoadedPlugin

__all__ = ["Choice"]


def _plain(name: str) -> str:
    """A name as distributions are compared: case and separators do not count."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def _names(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(_plain(name) for name in given)


def _by_plain_name(given: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    return {_plain(name): settings for name, settings in given.items()}


@attrs.frozen
class Choice:
    """What a configuration says of plugins. Each is named by its entry point or by its distribution.

    Args:
        only: The installed plugins that are loaded; ``None`` for all.
        disable: Plugins that are not loaded.
        prefer: Of two plugins that offer the same name, the one that stands here, or stands here first, is used.
        settings: Settings by plugin.
    """

    only: tuple[str, ...] | None = attrs.field(default=None, converter=attrs.converters.optional(_names))
    disable: tuple[str, ...] = attrs.field(default=(), converter=_names)
    prefer: tuple[str, ...] = attrs.field(default=(), converter=_names)
    settings: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict, converter=_by_plain_name)

    def wants(self, plugin: LoadedPlugin, *, installed: bool) -> bool:
        """Whether a plugin is to be loaded; one that was not ``installed`` but given is chosen by that."""
        names = _called(plugin)
        chosen = self.only is None or not installed or bool(names & set(self.only))
        return chosen and not names & set(self.disable)

    def rank(self, plugin: LoadedPlugin) -> int:
        """Place of a plugin among the preferred ones; the lowest wins, and those that are not there have the last."""
        places = [place for place, name in enumerate(self.prefer) if name in _called(plugin)]
        return min(places, default=len(self.prefer))

    def settings_of(self, plugin: LoadedPlugin) -> Mapping[str, Any]:
        """The settings of a plugin."""
        found: dict[str, Any] = {}
        for name in sorted(_called(plugin) & self.settings.keys()):
            found |= self.settings[name]
        return found

    def check(self, plugins: Iterable[LoadedPlugin]) -> None:
        """See that every name is that of one of the plugins: a misspelt one would leave out or in what was not meant.

        Raises:
            Misuse: If one is not.
        """
        known = {name for plugin in plugins for name in _called(plugin)}
        said = {"only": self.only or (), "disable": self.disable, "prefer": self.prefer, "settings": self.settings}
        variable = {"only": "SHEQU_PLUGINS"}
        for where, names in said.items():
            for name in names:
                if name not in known:
                    raise Misuse(
                        f"no plugin {name!r} is installed, but {where}= "
                        f"({variable.get(where, f'SHEQU_PLUGINS_{where.upper()}')}) names it",
                        remedy=did_you_mean(name, known),
                    )


def _called(plugin: LoadedPlugin) -> set[str]:
    names = {_plain(plugin.name)}
    return names if plugin.built_in or not plugin.distribution else {*names, _plain(plugin.distribution)}
