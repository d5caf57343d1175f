"""Reports of a register."""

import difflib
import json
import os
from datetime import datetime
from functools import partial
from pathlib import Path

import attrs

from shequ import __version__
from shequ.calendars import Period
from shequ.effective import Answer
from shequ.errors import BadData, Misuse
from shequ.metrics.filed_reports import FORMAT as METRICS_FORMAT
from shequ.model import FiledReport, derive_id
from shequ.register.judging import Judging
from shequ.reports import (
    THRESHOLD,
    Document,
    ReportBuilder,
    ReportContext,
    built_in_templates,
    publish,
    templated,
)
from shequ.reports.saving import Report
from shequ.rules import Finding, Judgement, combine, norms_of
from shequ.store import ANY
from shequ.system_faults import cause

__all__ = ["OFFICE_ONLY", "Reporting"]

OFFICE_ONLY = ("contact", "findings", "restatement")
"""Reports that nobody hands in, so that later figures are not held against them."""


class Reporting(Judging):
    """Reports."""

    def report(
        self,
        name: str = "work",
        *,
        period: "Period | str",
        known_at: datetime | None = None,
        division: str | None = None,
        template: "str | os.PathLike[str] | None" = None,
        published: bool = False,
        threshold: int | None = None,
    ) -> Report:
        """Build a report over a period.

        Args:
            name: Its name.
            period: The period.
            known_at: As it would have been built then, by the records and rules known then.
            division: Code, id or name of a division; the whole district if none is given.
            template: TOML file of a template that says what stands in it; it may extend one that is there.
            published: Whether it is for the public: small counts of people are withheld.
            threshold: Counts of people below it are withheld; the parameter ``publication.smallest`` of the rules if none
                is given, and 5 where there is none.

        Raises:
            Misuse: If no plugin offers a report of this name, or it is for use in the office only.
            InvalidRules: If a template is not right.
            NothingToReport: If nothing at all is known about the period.
        """
        origin, build = self._builder(name, template)
        asked = Period.parse(period) if isinstance(period, str) else period
        engine = self._engine(known_at=known_at)
        day = min(asked.last_day, engine.today)
        place = engine.tree.root if division is None else engine.tree[division]
        inside = None if division is None else frozenset(engine.tree.within(place))

        def here(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
            return findings if inside is None else tuple(f for f in findings if f.place.id in inside)

        sets = self.rule_sets(known_at)
        book, rules = combine(sets)
        context = ReportContext(
            engine=engine,
            place=place,
            period=asked,
            findings=here(self.check(at=day, known_at=known_at)),
            to_close=here(self.check(at=day, law=engine.today, known_at=known_at)),
            day=engine.today,
            rule_sets=tuple(f"{found.label} {found.version}" for found in sets),
            norms=norms_of(Judgement(engine, sets, at=day, law=day), rules),
            made_by=(
                f"shequ {__version__}",
                *(p.origin for p in self.host.plugins if p.release and not p.built_in and p.state == "active"),
            ),
        )
        if published:
            norm = book.find("publication.smallest", engine.tree.above(place), day)
            smallest = THRESHOLD if isinstance(norm, Answer) else int(norm.value)
            document = publish(build, context, threshold=smallest if threshold is None else threshold)
        else:
            document = build(context)
        renderers = {
            suffix: partial(plugin.run, f"renderer {suffix}", renderer)
            for suffix, (plugin, renderer) in self.host.by_name("shequ_renderers").items()
        }
        return Report(attrs.evolve(document, plugin=origin), renderers)

    def _builder(self, name: str, template: "str | os.PathLike[str] | None") -> tuple[str, ReportBuilder]:
        """What makes a report, and where it comes from: a template of one's own, else a plugin's, else a builder."""
        bases = built_in_templates()
        if template is not None:
            return "", templated(Path(template).name, _text_of(Path(template)), bases)
        templates, builders = self.host.by_name("shequ_templates"), self.host.by_name("shequ_reports")
        if name in templates:
            plugin, content = templates[name]
            return plugin.origin, templated(f"{plugin.origin}:{name}", content, bases)
        if name not in builders:
            known = sorted({*builders, *templates})
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"是否指 {near[0]}？" if near else ""
            raise Misuse(f"没有名为 {name!r} 的报告", remedy=f"{hint}可用：{'、'.join(known)}")
        plugin, builder = builders[name]
        return plugin.origin, partial(plugin.run, f"report {name}", builder)

    def file_report(self, name: str, document: Document) -> FiledReport:
        """Keep a report as it is handed in (已报报告), with every figure, to hold later figures against.

        Args:
            name: Name of the report.
            document: The report.
        """
        if name in OFFICE_ONLY:
            raise Misuse(f"{name} 是内部使用的报告，不作为已报报告留存", remedy="留存报出的报告，如 work、monthly")
        now = self.now
        figures = {
            "format": METRICS_FORMAT,
            "period": str(document.period),
            "known_at": None,
            "measurements": [found.as_json() for found in document.measurements()],
        }
        kept = FiledReport(
            id=derive_id("filed_report", (document.place.id, name, str(document.period), now.isoformat())),
            division=document.place.id,
            report=name,
            period=str(document.period),
            filed=now,
            actor=self.actor,
            measurements=json.dumps(figures, ensure_ascii=False, separators=(",", ":")),
        )
        reason = f"留存已报报告 {name} {document.period}"
        with self.store.session(self.district, actor=self.actor, reason=reason, at=now) as session:
            session.put(kept, ANY)
        self.refresh()
        return kept


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(f"无法读取模板文件 {path}：{cause(error)}", remedy="核对路径；文件应为 UTF-8") from error
