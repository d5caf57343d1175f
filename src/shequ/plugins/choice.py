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


def _as_written(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(names)


def _among(plugin: LoadedPlugin, names: Iterable[str]) -> list[str]:
    """Those of some names that are a plugin's."""
    called = {_plain(name) for name in _called(plugin)}
    return [name for name in names if _plain(name) in called]


@attrs.frozen
class Choice:
    """What a configuration says of plugins. Each is named by its entry point or by its distribution.

    Names are kept and told as they are written; as with distributions, case and separators do not count.

    Args:
        only: The installed plugins that are loaded; ``None`` for all.
        disable: Plugins that are not loaded.
        prefer: Of two plugins that offer the same name, the one that stands here, or stands here first, is used.
        settings: Settings by plugin.
    """

    only: tuple[str, ...] | None = attrs.field(default=None, converter=attrs.converters.optional(_as_written))
    disable: tuple[str, ...] = attrs.field(default=(), converter=_as_written)
    prefer: tuple[str, ...] = attrs.field(default=(), converter=_as_written)
    settings: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict)

    def wants(self, plugin: LoadedPlugin, *, installed: bool) -> bool:
        """Whether a plugin is to be loaded; one that was not ``installed`` but given is chosen by that."""
        chosen = self.only is None or not installed or bool(_among(plugin, self.only))
        return chosen and not _among(plugin, self.disable)

    def rank(self, plugin: LoadedPlugin) -> int:
        """Place of a plugin among the preferred ones; the lowest wins, and those that are not there have the last."""
        ours = _among(plugin, self.prefer)
        return self.prefer.index(ours[0]) if ours else len(self.prefer)

    def settings_of(self, plugin: LoadedPlugin) -> Mapping[str, Any]:
        """The settings of a plugin."""
        found: dict[str, Any] = {}
        for name in sorted(_among(plugin, self.settings)):
            found |= self.settings[name]
        return found

    def check(self, plugins: Iterable[LoadedPlugin]) -> None:
        """See that every name is that of one of the plugins: a misspelt one would leave out or in what was not meant.

        Raises:
            Misuse: If one is not.
        """
        known = {name for plugin in plugins for name in _called(plugin)}
        plain = {_plain(name) for name in known}
        said = {"only": self.only or (), "disable": self.disable, "prefer": self.prefer, "settings": self.settings}
        variable = {"only": "SHEQU_PLUGINS"}
        for where, names in said.items():
            for name in names:
                if _plain(name) not in plain:
                    raise Misuse(
                        f"no plugin {name!r} is installed, but {where}= "
                        f"({variable.get(where, f'SHEQU_PLUGINS_{where.upper()}')}) names it",
                        remedy=did_you_mean(name, known),
                    )


def _called(plugin: LoadedPlugin) -> tuple[str, ...]:
    return (plugin.name,) if plugin.built_in or not plugin.distribution else (plugin.name, plugin.distribution)
