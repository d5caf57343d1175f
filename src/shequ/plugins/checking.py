"""What a plugin may look like: its hooks and their arguments, what it says of itself, what it might have decided."""

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from shequ import hookspecs
from shequ.errors import Misuse
from shequ.hookspecs import API, DECIDING, PROJECT

__all__ = ["HOOKS", "did_you_mean", "hooks_of", "information_of", "meant_to_decide", "might_decide", "signature_of"]

HOOKS: Mapping[str, inspect.Signature] = {
    name: inspect.signature(found) for name, found in vars(hookspecs).items() if name.startswith("shequ_")
}
"""Name of each hook → its signature."""
_FACTS = ("name", "version", "description", "api")
_ORDER_MARKS = ("tryfirst", "trylast", "wrapper", "hookwrapper")


def signature_of(hook: str) -> str:
    """A hook as its specification has it: ``shequ_metrics() -> Iterable[Metric]``."""
    wanted = HOOKS[hook]
    arguments = ", ".join(f"{argument.name}: {argument.annotation}" for argument in wanted.parameters.values())
    return f"{hook}({arguments}) -> {wanted.return_annotation}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """What was probably meant, else all that there is."""
    options = sorted(known)
    close = difflib.get_close_matches(name, options, n=1)
    return f"did you mean {close[0]}?" if close else f"there is {', '.join(options) or 'none'}"


def hooks_of(plugin: object) -> Mapping[str, Callable[..., Any]]:
    """The hooks that a plugin implements.

    Raises:
        Misuse: If a hook is misspelt or takes another argument than it is given, or nothing is implemented.
    """
    if inspect.isclass(plugin):
        raise Misuse(f"the plugin is the class {plugin.__name__}", remedy=f"give an instance: {plugin.__name__}()")
    found: dict[str, Callable[..., Any]] = {}
    for attribute in dir(plugin):
        if not attribute.startswith("shequ_"):
            continue
        function = getattr(plugin, attribute)
        marks = getattr(function, f"{PROJECT}_impl", None)
        if marks is None:
            if attribute in HOOKS and not isinstance(plugin, ModuleType):
                raise Misuse(f"{attribute} is not marked with @hookimpl", remedy="from shequ import hookimpl")
            continue
        name = marks["specname"] or attribute
        if name not in HOOKS:
            if marks["optionalhook"]:
                continue  # it is for a host that has the hook; this one has not
            raise Misuse(f"there is no hook {name}", remedy=did_you_mean(name, HOOKS))
        for mark in _ORDER_MARKS:
            if marks[mark]:
                raise Misuse(
                    f"{name} is marked {mark}", remedy="plugins are asked in the order of their names, each alone"
                )
        _check_arguments(name, function)
        found[name] = function
    if not found:
        raise Misuse("the plugin implements no hook", remedy="mark its functions with @shequ.hookimpl")
    return found


def _check_arguments(name: str, function: Callable[..., Any]) -> None:
    """See that a function takes what its hook gives, all of it or less, by the names that the hook has for it."""
    wanted, shown = HOOKS[name], signature_of(name)
    for argument in inspect.signature(function).parameters.values():
        if argument.kind not in (argument.POSITIONAL_OR_KEYWORD, argument.POSITIONAL_ONLY):
            raise Misuse(f"{name} takes {argument}", remedy=f"name what it takes; the hook is {shown}")
        if argument.name not in wanted.parameters:
            meant = did_you_mean(argument.name, wanted.parameters) if wanted.parameters else "it takes none"
            raise Misuse(f"{name} has no argument {argument.name!r}", remedy=f"{meant}; the hook is {shown}")
        if argument.default is not argument.empty:
            raise Misuse(f"{name} gives {argument.name!r} a default", remedy=f"leave it out; the hook is {shown}")


def information_of(answer: Any) -> dict[str, str]:
    """What ``shequ_plugin_info`` says, and whether this host has what the plugin was written for.

    Raises:
        Misuse: If it says something that nobody asks, or the plugin needs a newer host.
    """
    said = {str(key): str(value) for key, value in dict(answer).items()}
    for key in said:
        if key not in _FACTS:
            raise Misuse(f"shequ_plugin_info says {key!r}", remedy=did_you_mean(key, _FACTS))
    wanted = said.get("api", API)
    if not re.fullmatch(r"\d+\.\d+", wanted):
        raise Misuse(f"shequ_plugin_info says api = {wanted!r}", remedy=f'write major.minor, as "{API}"')
    if _numbers(wanted)[0] != _numbers(API)[0]:
        raise Misuse(
            f"the plugin is written for the plugin API {wanted}, this is {API}",
            remedy="another major number is another entry-point group: declare the plugin under that of its API",
        )
    if _numbers(wanted) > _numbers(API):
        raise Misuse(
            f"the plugin needs the plugin API {wanted}, this shequ has {API}",
            remedy="upgrade shequ, or install an older version of the plugin",
        )
    return said


def _numbers(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)


def meant_to_decide(plugin: object) -> tuple[str, ...]:
    """The deciding hooks that a plugin has, or seems to have meant by a name that is misspelt."""
    named = [name for name in dir(plugin) if name.startswith("shequ_")]
    nearest = {close for name in named for close in difflib.get_close_matches(name, HOOKS, n=1)}
    return tuple(sorted(DECIDING & nearest))


def might_decide(module: str) -> tuple[str, ...]:
    """The deciding hooks that the source of a module, or of the package it belongs to, speaks of; all if there is none.

    For a plugin that could not be imported: nothing of it is run.
    """
    try:
        spec = find_spec(module.partition(".")[0])
    except (ImportError, ValueError):
        spec = None
    files: list[Path] = []
    if spec is not None:
        folders = [Path(place) for place in spec.submodule_search_locations or ()]
        files += [file for folder in folders for file in folder.rglob("*.py")]
        files += [Path(spec.origin)] if spec.origin and not folders else []
    sources = [file.read_text(encoding="utf-8", errors="replace") for file in files if file.suffix == ".py"]
    if not sources:
        return tuple(sorted(DECIDING))
    return tuple(hook for hook in sorted(DECIDING) if any(hook in source for source in sources))
