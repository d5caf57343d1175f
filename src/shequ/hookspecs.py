"""Every hook that a plugin can implement, in one file.

A plugin is a module or object whose functions are marked with :data:`hookimpl` and named as below. Installed
plugins are found through the entry-point group ``shequ.plugins.v1``. The library's own stores, rules, metrics,
report and renderers come through the same hooks. All hooks are collecting: the answers of all plugins count, and two
plugins that claim the same name are a conflict that names both.

    >>> @hookimpl
    ... def shequ_metrics():
    ...     return [Metric(code="piles.count", ...)]
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from shequ.lifecycle import Lifecycle
    from shequ.metrics import Metric
    from shequ.model import Migration, Record
    from shequ.reports import CardKind, CardWriter, Renderer, ReportBuilder
    from shequ.rules import RuleSet
    from shequ.store import StoreFactory

__all__ = ["hookimpl", "hookspec"]

PROJECT = "shequ"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def shequ_plugin_info() -> "Mapping[str, str]":  # type: ignore[empty-body] # a specification has no body
    """What the plugin says of itself: ``name``, ``version``, ``description``."""


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
