"""How a name, an argument or a class of the public surface goes: it warns first, and says what to use instead.

Each declaration says since which version the thing is deprecated, until which version it is kept, and what takes its
place; the warning and the docstring are made from that. What has been declared is known (:func:`due`), so a test can
fail when the version comes in which it should be gone. Plugins can use all of it for their own surface: versions are
those of the distribution in whose package the thing stands.

    >>> @deprecated(since="0.4", until="1.0", instead="shequ.calendars.Period.parse()")
    ... def parse_period(text): ...
"""

import inspect
import re
import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from typing import Any, ParamSpec, TypeVar, cast

import attrs

from shequ.errors import Misuse

__all__ = [
    "Deprecation",
    "ShequDeprecationWarning",
    "deprecated",
    "due",
    "moved_names",
    "renamed_argument",
]

C = TypeVar("C", bound=Callable[..., Any])
P = ParamSpec("P")
R = TypeVar("R")

_VERSION = re.compile(r"\d+(\.\d+)*")
_declared: "list[Deprecation]" = []


class ShequDeprecationWarning(DeprecationWarning):
    """Something of the public surface of shequ, or of one of its plugins, was used that will go.

    Args:
        deprecation: What it is, and what takes its place.
    """

    def __init__(self, deprecation: "Deprecation") -> None:
        super().__init__(str(deprecation))
        self.deprecation = deprecation


def _release(version: str) -> tuple[int, ...]:
    """The numbers of a version, without noughts at the end; those of a pre-release are the release's."""
    found = _VERSION.match(version)
    if found is None:
        raise Misuse(f"{version!r} is no version", remedy="write it as 1.2 or 1.2.3")
    numbers = [int(number) for number in found[0].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


@attrs.frozen(kw_only=True)
class Deprecation:
    """That something goes.

    Args:
        what: What it is, as its users write it: ``shequ.calendars.parse_period()``.
        since: Version since which it is deprecated.
        until: Version in which it is gone.
        instead: What to use instead.

    Raises:
        Misuse: If one of the two is no version, or it would be gone before it was deprecated.
    """

    what: str
    since: str
    until: str
    instead: str

    def __attrs_post_init__(self) -> None:
        if not _release(self.since) < _release(self.until):
            raise Misuse(
                f"{self.what} is deprecated since {self.since} and kept until {self.until} only",
                remedy="keep it for some versions: `until` is the one in which it is gone",
            )

    def __str__(self) -> str:
        return (
            f"{self.what} is deprecated since {self.library} {self.since} and gone in {self.until}: use {self.instead}"
        )

    @property
    def library(self) -> str:
        """The package whose versions are meant."""
        return self.what.partition(".")[0]

    @property
    def warning(self) -> ShequDeprecationWarning:
        """The warning, for who warns in another way; pluggy takes it for a hook that goes, or an argument of one.

        >>> gone = Deprecation(what="shequ.hookspecs.shequ_old()", since="0.4", until="1.0", instead="shequ_new()")
        >>> _ = hookspec(warn_on_impl=gone.warning)
        """
        return ShequDeprecationWarning(self)

    def warn(self, *, above: int = 1) -> None:
        """Warn whoever uses it.

        Args:
            above: How many calls above the function that calls this one the place stands that should be named.
        """
        warnings.warn(self.warning, stacklevel=above + 2)


def _declare(found: Deprecation) -> Deprecation:
    _declared.append(found)
    return found


def due(library: str, version: str) -> tuple[Deprecation, ...]:
    """What of a package should be gone in a version; of what has been imported so far.

    Args:
        library: Name of the package.
        version: The version.
    """
    now = _release(version)
    return tuple(found for found in _declared if found.library == library and _release(found.until) <= now)


def deprecated(*, since: str, until: str, instead: str) -> Callable[[C], C]:
    """Mark a function, a method or a class as deprecated: calling it warns, and so does making a subclass.

    It is written below ``@classmethod``, ``@staticmethod`` and ``@property``, and above all other decorators.

    Args:
        since: Version since which it is deprecated.
        until: Version in which it is gone.
        instead: What to use instead.
    """

    def mark(thing: C) -> C:
        if not (inspect.isfunction(thing) or inspect.isclass(thing)):
            raise Misuse(
                f"{thing!r} is neither a function nor a class",
                remedy="write @deprecated below @classmethod, @staticmethod or @property",
            )
        what = f"{thing.__module__}.{thing.__qualname__}" + ("()" if inspect.isfunction(thing) else "")
        found = _declare(Deprecation(what=what, since=since, until=until, instead=instead))
        marked = _marked_class(thing, found) if inspect.isclass(thing) else _marked_function(thing, found)
        marked.__doc__ = "\n\n".join(filter(None, (inspect.cleandoc(thing.__doc__ or ""), f"{found}.")))
        return cast("C", marked)

    return mark


def _marked_function(function: Callable[P, R], found: Deprecation) -> Callable[P, R]:
    @wraps(function)
    def warned(*args: P.args, **given: P.kwargs) -> R:
        found.warn()
        return function(*args, **given)

    return warned


def _marked_class(marked: Any, found: Deprecation) -> Any:
    """The same class; making an instance of it or a class below it warns, making an instance of one below does not."""
    make, below = marked.__new__, marked.__init_subclass__

    @wraps(make)
    def new(cls: Any, /, *args: Any, **given: Any) -> Any:
        if cls is marked:
            found.warn()
        if make is not object.__new__:
            return make(cls, *args, **given)
        if cls.__init__ is object.__init__ and (args or given):  # with a __new__ of ours Python no longer asks
            raise TypeError(f"{cls.__name__}() takes no arguments")
        return make(cls)

    @wraps(below)
    def init_subclass(cls: Any, /, **given: Any) -> None:
        found.warn()
        if "__func__" in dir(below):
            below.__func__(cls, **given)
        else:
            below(**given)

    marked.__new__ = staticmethod(new)
    marked.__init_subclass__ = classmethod(init_subclass)
    return marked


def renamed_argument(old: str, new: str, *, since: str, until: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function take a keyword argument by its former name, too; type checkers see the new one only.

    Args:
        old: The former name.
        new: The name today, which stands in the signature.
        since: Version since which the former name is deprecated.
        until: Version in which it is gone.

    Raises:
        Misuse: If the function takes no argument of the new name, or still one of the former.
    """

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        what = f"{function.__module__}.{function.__qualname__}"
        there = inspect.signature(function).parameters
        if new not in there or old in there:
            raise Misuse(
                f"{what}() takes {', '.join(there) or 'nothing'}: {old} cannot be a former name of {new}",
                remedy="the signature has the new name and no longer the old one",
            )
        found = _declare(Deprecation(what=f"{what}({old}=…)", since=since, until=until, instead=f"{new}=…"))

        @wraps(function)
        def translated(*args: P.args, **given: P.kwargs) -> R:
            if old in given:
                if new in given:
                    raise TypeError(f"{function.__qualname__}() got {new}, and {old}, which is its former name")
                found.warn()
                given[new] = given.pop(old)
            return function(*args, **given)

        return translated

    return mark


def moved_names(
    module: str,
    names: Mapping[str, str],
    *,
    since: str,
    until: str,
    otherwise: Callable[[str], Any] | None = None,
) -> Callable[[str], Any]:
    """The ``__getattr__`` of a module from which names have gone elsewhere.

        >>> __getattr__ = moved_names(__name__, {"Term": "shequ.model:Term"}, since="0.4", until="1.0")

    Args:
        module: The module's name.
        names: Name that went → where it is now: a module, a colon, and the name there.
        since: Version since which it is deprecated to ask for them here.
        until: Version in which they cannot be asked for here.
        otherwise: Asked for all other names, such as the module's own ``__getattr__``.
    """
    gone = {
        name: _declare(Deprecation(what=f"{module}.{name}", since=since, until=until, instead=place.replace(":", ".")))
        for name, place in names.items()
    }

    def moved(name: str) -> Any:
        if name in gone:
            gone[name].warn()
            place, _, there = names[name].partition(":")
            return getattr(import_module(place), there)
        if otherwise is not None:
            return otherwise(name)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return moved
