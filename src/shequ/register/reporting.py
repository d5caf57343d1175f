"""Reports of a register."""

from datetime import datetime
from functools import partial

import attrs

from shequ import __version__
from shequ.calendars import Period
from shequ.errors import Misuse
from shequ.register.judging import Judging
from shequ.reports import Document, ReportContext
from shequ.reports.saving import Report
from shequ.rules import Judgement, combine, norms_of

__all__ = ["Reporting"]


class Reporting(Judging):
    """Reports."""

    def report(self, name: str = "work", *, period: "Period | str", known_at: datetime | None = None) -> Report:
        """Build a report over a period.

        Args:
            name: Its name.
            period: The period.
            known_at: As it would have been built then, by the records and rules known then.

        Raises:
            Misuse: If no plugin offers a report of this name.
            NothingToReport: If nothing at all is known about the period.
        """
        builders = self.host.by_name("shequ_reports")
        if name not in builders:
            raise Misuse(f"没有名为 {name!r} 的报告", remedy=f"可用：{'、'.join(sorted(builders))}")
        asked = Period.parse(period) if isinstance(period, str) else period
        engine = self._engine(known_at=known_at)
        day = min(asked.last_day, engine.today)
        sets = self.rule_sets(known_at)
        _, rules = combine(sets)
        context = ReportContext(
            engine=engine,
            place=engine.tree.root,
            period=asked,
            findings=self.check(at=day, known_at=known_at),
            to_close=self.check(at=day, law=engine.today, known_at=known_at),
            day=engine.today,
            rule_sets=tuple(f"{found.label} {found.version}" for found in sets),
            norms=norms_of(Judgement(engine, sets, at=day, law=day), rules),
            made_by=(
                f"shequ {__version__}",
                *(p.origin for p in self.host.plugins if p.release and not p.built_in and p.state == "active"),
            ),
        )
        plugin, builder = builders[name]
        document: Document = plugin.run(f"report {name}", builder, context)
        renderers = {
            suffix: partial(plugin.run, f"renderer {suffix}", renderer)
            for suffix, (plugin, renderer) in self.host.by_name("shequ_renderers").items()
        }
        return Report(attrs.evolve(document, plugin=plugin.origin), renderers)
