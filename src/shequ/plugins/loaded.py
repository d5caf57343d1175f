"""A plugin as the host knows it: where it came from, how it fares, what it gave."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import attrs

from shequ.errors import PluginFailure, ShequError

__all__ = ["LoadedPlugin", "State"]


class State(StrEnum):
    """How a plugin fares."""

    ACTIVE = "active"
    FAILED = "failed"
    DISABLED = "disabled"

    @property
    def label(self) -> str:
        """In Chinese."""
        return {"active": "已启用", "failed": "出错", "disabled": "未启用"}[self]


@attrs.frozen
class LoadedPlugin:
    """A plugin and how it fares.

    Args:
        name: Dotted name of a built-in one, else the entry point's name.
        distribution: Distribution it came from, ``""`` if none is known.
        version: That distribution's version.
        state: A failed or disabled one is asked nothing, and what it gave before it failed is not used.
        description: What it says of itself (``shequ_plugin_info``).
        hooks: Names of the hooks it implements, as far as it came to that.
        decides: Hooks that decide (:data:`shequ.hookspecs.DECIDING`) and that it implements, or, if it could not be
            loaded, may implement. While it has failed, nothing that they decide on is done.
        error: The traceback, if it failed, or if it failed to take note of something.
        offers: What it gave under a name, by hook without ``shequ_``.
        overridden: The names among these that a preferred plugin offers too and that are not used.
        built_in: Whether it is the library's own.
    """

    name: str
    distribution: str = ""
    version: str = ""
    state: State = State.ACTIVE
    hooks: tuple[str, ...] = ()
    error: str = ""
    description: str = ""
    decides: tuple[str, ...] = ()
    offers: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    overridden: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    built_in: bool = False

    @property
    def release(self) -> str:
        """Distribution and version; ``""`` if none is known."""
        return f"{self.distribution} {self.version}".strip()

    @property
    def origin(self) -> str:
        """The plugin with its distribution and version: what answers say they came from."""
        return f"{self.name} ({self.release})" if self.release else self.name

    @property
    def last_words(self) -> str:
        """The last line of the traceback."""
        return self.error.strip().splitlines()[-1] if self.error else ""

    def failure(self, detail: str, *, remedy: str = "") -> PluginFailure:
        """The error that says that it failed."""
        return PluginFailure(self.name, self.release, detail, remedy=remedy)

    def run(self, what: str, function: Callable[..., Any], *given: Any) -> Any:
        """Run what it gave (what opens a store, a report, a renderer); what goes wrong in it names the plugin.

        Args:
            what: What is run, for the message.
            function: What it gave.
            given: What the function is called with.

        Raises:
            PluginFailure: For any exception of a stranger's that is none of the library's.
        """
        try:
            return function(*given)
        except ShequError:
            raise
        except Exception as error:
            if self.built_in:
                raise
            raise self.failure(
                f"{what} raised {type(error).__name__}: {error}", remedy="the traceback is for the plugin's author"
            ) from error
