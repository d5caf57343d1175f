"""云溪街道的充电桩插件：every hook that it implements, and nothing else."""

from collections.abc import Iterable, Mapping
from typing import Any

from shequ import Metric, hookimpl
from shequ.errors import InvalidRecord
from shequ.lifecycle import Lifecycle
from shequ.model import Record
from shequ.reports import Renderer, ReportBuilder
from shequ.rules import RuleSet
from shequ.store import Commit, StoreFactory
from yunxi_charging.commits import Notices, objections, serial_faults
from yunxi_charging.figures import METRICS
from yunxi_charging.files import open_files
from yunxi_charging.piles import PILE_LIFECYCLE, ChargingPile
from yunxi_charging.standards import standards
from yunxi_charging.telling import RENDERERS, charging_report, work_with_charging

__all__ = ["Plugin", "plugin"]


class Plugin:
    """The plugin: an object, because it keeps its settings."""

    def __init__(self) -> None:
        self.notices = Notices(None)

    @hookimpl
    def shequ_plugin_info(self) -> Mapping[str, str]:
        """What it is."""
        return {"description": "电动自行车充电桩：台账、标准、专节、导出", "api": "1.0"}

    @hookimpl
    def shequ_configure(self, settings: Mapping[str, Any]) -> None:
        """``notices``: the file in which piles out of service are announced; none if it is left out."""
        self.notices = Notices.configured(settings)

    @hookimpl
    def shequ_record_types(self) -> Iterable[type[Record]]:
        """Charging piles."""
        return [ChargingPile]

    @hookimpl
    def shequ_lifecycles(self) -> Iterable[Lifecycle]:
        """How a pile moves."""
        return [PILE_LIFECYCLE]

    @hookimpl
    def shequ_metrics(self) -> Iterable[Metric]:
        """Sockets, and households for each of them."""
        return METRICS

    @hookimpl
    def shequ_rule_sets(self) -> Iterable[RuleSet]:
        """The street's standards."""
        return [standards()]

    @hookimpl
    def shequ_reports(self) -> Mapping[str, ReportBuilder]:
        """The report ``charging``."""
        return {"charging": charging_report()}

    @hookimpl
    def shequ_templates(self) -> Mapping[str, str]:
        """The report ``work-charging``: the work report with a part on charging piles."""
        return {"work-charging": work_with_charging()}

    @hookimpl
    def shequ_renderers(self) -> Mapping[str, Renderer]:
        """The format ``csv``: the measurements of any report."""
        return RENDERERS

    @hookimpl
    def shequ_stores(self) -> Mapping[str, StoreFactory]:
        """The scheme ``files``: one file per record."""
        return {"files": open_files}

    @hookimpl
    def shequ_validate(self, record: Record) -> Iterable[InvalidRecord]:
        """The number on a pile's plate ends in its check digit."""
        return serial_faults(record) if isinstance(record, ChargingPile) else ()

    @hookimpl
    def shequ_before_commit(self, commit: Commit) -> Iterable[str]:
        """A pile keeps its number, and is taken down rather than deleted."""
        return objections(commit)

    @hookimpl
    def shequ_after_commit(self, commit: Commit) -> None:
        """Piles that went out of service are announced."""
        self.notices.announce(commit)


plugin = Plugin()
