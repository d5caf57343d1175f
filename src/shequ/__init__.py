"""shequ: typed records, dated rules and traceable figures for the community work of Chinese sub-districts.

This module is the façade: the names below are loaded from their rooms when they are first used, so that importing
shequ stays cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shequ.calendars import Period
    from shequ.effective import PartialDate, Span, Timeline
    from shequ.errors import BackendError, BadData, Conflict, Misuse, ShequError
    from shequ.hookspecs import hookimpl
    from shequ.metrics import Measurement, Metric
    from shequ.plugins import PluginHost
    from shequ.register import Register, open  # noqa: A004 - shequ.open is the public name
    from shequ.rules import Finding

__all__ = [
    "BackendError",
    "BadData",
    "Conflict",
    "Finding",
    "Measurement",
    "Metric",
    "Misuse",
    "PartialDate",
    "Period",
    "PluginHost",
    "Register",
    "ShequError",
    "Span",
    "Timeline",
    "__version__",
    "hookimpl",
    "open",
]

__version__ = "0.1.0"

_ROOMS = {
    "BackendError": "errors",
    "BadData": "errors",
    "Conflict": "errors",
    "Finding": "rules",
    "Measurement": "metrics",
    "Metric": "metrics",
    "Misuse": "errors",
    "PartialDate": "effective",
    "Period": "calendars",
    "PluginHost": "plugins",
    "Register": "register",
    "ShequError": "errors",
    "Span": "effective",
    "Timeline": "effective",
    "hookimpl": "hookspecs",
    "open": "register",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its room."""
    if name not in _ROOMS:
        raise AttributeError(f"module 'shequ' has no attribute {name!r}")
    value = getattr(import_module(f"shequ.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
