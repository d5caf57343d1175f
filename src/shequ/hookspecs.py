"""Every hook that a plugin can implement, in one file.

A plugin is a module or object whose functions are marked with :data:`hookimpl` and named as below. Installed
plugins are found through the entry-point group ``shequ.plugins.v1``. The library's own stores, rules, metrics,
report and renderers come through the same hooks.

Hooks without arguments declare: each plugin is asked once, when it is loaded, and the answers of all count. What two
plugins declare under one name is a conflict that names both. Hooks with arguments are asked while work is done; those
in :data:`DECIDING` fail closed: while a plugin that has one is broken, nothing is done that it would decide on.

    >>> @hookimpl
    ... def shequ_metrics():
    ...     return [Metric(code="piles.count", ...)]
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from shequ.errors import InvalidRecord
    from shequ.lifecycle import Lifecycle
    from shequ.metrics import Metric
    from shequ.model import Migration, Record
    from shequ.reports import CardKind, CardWriter, Renderer, ReportBuilder
    from shequ.rules import RuleSet
    from shequ.store import Commit, StoreFactory

__all__ = ["API", "DECIDING", "NAMED_BY", "hookimpl", "hookspec"]

API = "1.0"
"""Version of the hooks below. The major number stands in the entry-point group; the minor one grows with each hook or
argument that is added, and a plugin that needs it says so: ``{"api": "1.1"}``."""

DECIDING = frozenset({"shequ_validate", "shequ_before_commit"})
"""Hooks that decide whether something is done."""

NAMED_BY: Mapping[str, str] = {
    "shequ_lifecycles": "name",
    "shequ_metrics": "code",
    "shequ_record_types": "__record__.name",
    "shequ_rule_sets": "name",
}
"""Hooks that ask for a list of things with a name each → where the name stands; a mapping's keys are names, too."""

PROJECT = "shequ"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def shequ_plugin_info() -> "Mapping[str, str]":  # type: ignore[empty-body] # a specification has no body
    """What the plugin says of itself: ``name``, ``version``, ``description``; ``api`` if it needs a minor version."""


@hookspec
def shequ_configure(settings: "Mapping[str, Any]") -> "None":
    """Takes the plugin's settings, before anything else is asked of it; an empty mapping if there are none."""


@hookspec
def shequ_record_types() -> "Iterable[type[Record]]":  # type: ignore[empty-body] # a specification has no body
    """Record types that the plugin adds."""


@hookspec
def shequ_migrations() -> "Iterable[Migration]":  # type: ignore[empty-body] # a specification has no body
    """Steps from former declarations of the plugin's record types to those of today."""


@hookspec
def shequ_lifecycles() -> "Iterable[Lifecycle]":  # type: ignore[empty-body] # a specification has no body
    """Lifecycles of record types, one each."""


@hookspec
def shequ_stores() -> "Mapping[str, StoreFactory]":  # type: ignore[empty-body] # a specification has no body
    """URL scheme → what opens a store for it."""


@hookspec
def shequ_metrics() -> "Iterable[Metric]":  # type: ignore[empty-body] # a specification has no body
    """Metrics that the plugin defines."""


@hookspec
def shequ_rule_sets() -> "Iterable[RuleSet]":  # type: ignore[empty-body] # a specification has no body
    """Rule sets: dated parameters, and rules that read them."""


@hookspec
def shequ_reports() -> "Mapping[str, ReportBuilder]":  # type: ignore[empty-body] # a specification has no body
    """Name of a report → what builds its document."""


@hookspec
def shequ_renderers() -> "Mapping[str, Renderer]":  # type: ignore[empty-body] # a specification has no body
    """File suffix without the dot → what renders a document in that format."""


@hookspec
def shequ_cards() -> "Mapping[str, CardKind]":  # type: ignore[empty-body] # a specification has no body
    """Name of a kind of card → what deals its cards, and how they lie on a sheet."""


@hookspec
def shequ_card_writers() -> "Mapping[str, CardWriter]":  # type: ignore[empty-body] # a specification has no body
    """File suffix without the dot → what writes sheets of cards in that format."""


@hookspec
def shequ_templates() -> "Mapping[str, str]":  # type: ignore[empty-body] # a specification has no body
    """Name of a report → its template, the text of a TOML file, which may extend one that is there."""


@hookspec
def shequ_validate(record: "Record") -> "Iterable[InvalidRecord]":  # type: ignore[empty-body] # a specification has no body
    """What is wrong with a record that is to be stored, beyond what its type declares; nothing if it may be."""


@hookspec
def shequ_before_commit(commit: "Commit") -> "Iterable[str]":  # type: ignore[empty-body] # a specification has no body
    """Why a commit must not be made, in Chinese; nothing if it may be."""


@hookspec
def shequ_after_commit(commit: "Commit") -> "None":
    """Told of a commit that was made; it cannot be undone."""
