"""Findings and reports of a register."""

from datetime import date, datetime

import attrs

from shequ import __version__
from shequ.calendars import Period, parse_date
from shequ.effective import local_date
from shequ.errors import BadData, Misuse
from shequ.register.figures import Figures
from shequ.reports import Document, ReportContext
from shequ.reports.saving import Report
from shequ.rules import Finding, Judgement, attributed, combine

__all__ = ["Reporting"]


class Reporting(Figures):
    """Findings and reports."""

    def check(
        self,
        *,
        at: "date | str",
        law: "date | str | None" = None,
        known_at: datetime | None = None,
    ) -> tuple[Finding, ...]:
        """Judge the data of one day by the law of that day or of another; the worst findings first.

        Args:
            at: The day whose data are judged.
            law: The day whose law is used; the same day if none is given.
            known_at: By the records and rules as they were known then.
        """
        day = parse_date(at) if isinstance(at, str) else local_date(at) if isinstance(at, datetime) else at
        if day > self.today:
            raise BadData(f"{day} 在将来，没有可核查的数据", remedy=f"核查 {self.today} 或更早的日期")
        law_day = day if law is None else parse_date(law) if isinstance(law, str) else law
        sets = self.rule_sets(known_at)
        book, rules = combine(sets)
        judgement = Judgement(self._engine(law_day, known_at), book, at=day, law=law_day)
        return attributed(judgement.judge(rules), sets)

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
        context = ReportContext(
            engine=engine,
            place=engine.tree.root,
            period=asked,
            findings=self.check(at=day, known_at=known_at),
            to_close=self.check(at=day, law=engine.today, known_at=known_at),
            day=engine.today,
            rule_sets=tuple(f"{found.label} {found.version}" for found in self.rule_sets(known_at)),
            made_by=(
                f"shequ {__version__}",
                *(p.origin for p in self.host.plugins if p.release and not p.built_in and p.state == "active"),
            ),
        )
        plugin, builder = builders[name]
        with plugin.working(f"report {name}"):
            document: Document = builder(context)
        return Report(attrs.evolve(document, plugin=plugin.origin), self.host.by_name("shequ_renderers"))
