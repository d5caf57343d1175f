"""Writes the generated reference pages from the declarations: `python docs/make_reference.py`.

A test fails when a page is stale.
"""

import inspect
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from shequ.lifecycle import LIFECYCLES, Lifecycle, diagram
from shequ.metrics import Catalogue, Metric, Timing
from shequ.metrics.catalogue import METRICS
from shequ.metrics.describe import describe
from shequ.model import RECORD_TYPES, FieldSpec, Kind, Record, Schema
from shequ.rules import PROBLEM_GROUPS, Parameter, Rule, Threshold
from shequ.rules.national import national_rules

REFERENCE = Path(__file__).parent / "reference"
_THEMES = {
    "places": "Places",
    "people": "People",
    "party": "The Party",
    "cards": "One station, four cards",
    "volunteers": "Volunteers and teams",
    "services": "Services and activities",
    "welfare": "Welfare and work",
    "environment": "Environment and property",
    "safety": "Safety",
    "governance": "Governance",
    "figures": "Figures as filed",
}


def summary(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


def held(spec: FieldSpec) -> str:
    """What a field holds, as the table says it."""
    if spec.kind is Kind.REF:
        return f"→ `{spec.to}`"
    if spec.choices:
        more = " …" if spec.table is not None and spec.table.open else ""
        standard = f"{spec.table.standard}: " if spec.table is not None and spec.table.standard else ""
        return f"{spec.kind}: {standard}" + " ".join(f"`{code}` {label}" for code, label in spec.choices.items()) + more
    unit = f" ({spec.unit})" if spec.unit else ""
    scale = f", {spec.scale} places" if spec.scale else ""
    return f"{spec.kind}{unit}{scale}"


def model_page() -> str:
    lines = [
        "# Record types",
        "",
        "Generated from the declarations by `docs/make_reference.py`. Every type has an `id` (编号), which follows from its",
        "natural key where a sheet has none.",
        "",
        "| type | 名称 | theme |",
        "|---|---|---|",
    ]
    themes: dict[str, list[type[Record]]] = {theme: [] for theme in _THEMES}
    for cls in RECORD_TYPES:
        themes[cls.__module__.rpartition(".")[2]].append(cls)
    for theme, classes in themes.items():
        lines += [
            f"| [`{cls.__name__}`](#{cls.__name__.lower()}) | {cls.__record__.label} | {_THEMES[theme]} |"
            for cls in classes
        ]
    for theme, classes in themes.items():
        lines += ["", f"## {_THEMES[theme]}"]
        for cls in classes:
            declared = cls.__record__
            lines += [
                "",
                f"### {cls.__name__}",
                "",
                f"**{declared.label}** · `{declared.name}` · key: {', '.join(f'`{key}`' for key in declared.key)}"
                + (f" · belongs to `{declared.division}`" if declared.division else ""),
                "",
                summary(cls),
                "",
                "| field | 名称 | holds | required | who may see it |",
                "|---|---|---|---|---|",
            ]
            lines += [
                f"| `{spec.name}` | {spec.label} | {held(spec)} | {'yes' if spec.required else ''} | {spec.sensitivity} |"
                for spec in declared.fields.values()
                if spec.name != "id"
            ]
    return "\n".join(lines) + "\n"


def lifecycle_section(lifecycle: Lifecycle) -> list[str]:
    events = {t.event: t.label for t in lifecycle.transitions}
    lines = [
        "",
        f"## {lifecycle.label} `{lifecycle.name}`",
        "",
        "```mermaid",
        diagram(lifecycle),
        "```",
        "",
        "| state | 状态 | " + " | ".join(f"{event} {label}" for event, label in events.items()) + " |",
        "|---|---|" + "---|" * len(events),
    ]
    for state, row in lifecycle.table.items():
        targets = " | ".join(row[event].label if event in row else "" for event in events)
        lines.append(f"| `{state}` | {state.label} | {targets} |")
    fields = lifecycle.type.__record__.fields
    for transition in lifecycle.transitions:
        if transition.needs:
            given = ", ".join(f"`{name}` ({fields[name].label})" for name in transition.needs)
            kept = "".join(f"; the old `{name}` goes to `{to}` ({fields[to].label})" for name, to in transition.retires)
            lines += ["", f"`{transition.event}` must be given {given}{kept}."]
    return lines


def lifecycles_page() -> str:
    lines = [
        "# Lifecycles",
        "",
        "Generated from the tables by `docs/make_reference.py`. A step that the table does not have is refused, names state,",
        "event and what is allowed, and changes nothing. What is recorded with a step is given with it:",
        '`register.apply(card_id, "replace", values={"number": "A-2"})`.',
    ]
    for lifecycle in LIFECYCLES:
        lines += lifecycle_section(lifecycle)
    return "\n".join(lines) + "\n"


def metric_row(metric: Metric, catalogue: Catalogue, schema: Schema) -> str:
    """One metric as a row of the table of its theme."""
    formula = describe(metric, lambda code: f"{catalogue[code].name}", schema)
    parts = f"（`{metric.parts_of}` 的各组）" if metric.parts_of else ""
    reads = " ".join(f"`{name}`" for name in metric.reads) or " ".join(f"`{code}`" for code in metric.components)
    unit = "%" if metric.percent else metric.unit
    timing = "at" if metric.timing is Timing.AT else "in"
    cells = (f"`{metric.code}`", metric.name, unit, timing, metric.base, formula + parts, str(metric.roll_up), reads)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in (*cells, str(metric.decimals))) + " |"


def metrics_page() -> str:
    schema, catalogue = Schema(RECORD_TYPES), Catalogue(METRICS)
    lines = [
        "# Metrics",
        "",
        f"Generated from the definitions by `docs/make_reference.py`: {len(catalogue)} metrics. *at* is on a date, *in* over",
        "a period. How communities make up the sub-district: *sum*; *distinct*, each key once; *ratio*, of both sides; *none*.",
        "A metric reads record types, or other metrics; where the records of every type it reads are declared complete they",
        "are counted, elsewhere a filed figure stands for them. `shequ explain CODE` says the same of one figure, with its rows.",
    ]
    for theme in dict.fromkeys(metric.theme for metric in catalogue.values()):
        lines += [
            "",
            f"## {theme}",
            "",
            "| code | 名称 | unit | timing | base 口径 | formula 定义 | roll-up | reads | decimals |",
            "|---|---|---|---|---|---|---|---|---|",
            *(metric_row(metric, catalogue, schema) for metric in catalogue.values() if metric.theme == theme),
        ]
    return "\n".join(lines) + "\n"


def parameter_section(parameter: Parameter, users: Sequence[str]) -> list[str]:
    """A parameter with its values by date."""
    unit = f" ({parameter.unit})" if parameter.unit else ""
    lines = [
        "",
        f"### `{parameter.name}`",
        "",
        f"**{parameter.label}**{unit}{f' · {parameter.note}' if parameter.note else ''}",
    ]
    if users:
        lines += ["", f"Used by {', '.join(f'`{name}`' for name in users)}."]
    if not parameter.values:
        return [*lines, "", "No nation-wide value: a district sets it."]
    lines += ["", "| from | until | demand | | citation | note |", "|---|---|---|---|---|---|"]
    rows = [
        (value.span, value.shown, "generally (一般)" if value.generally else "", value.citation, value.note)
        for value in parameter.values
    ]
    rows += [(gap.span, "not verified: no value", "", "", gap.note) for gap in parameter.unknown]
    for span, shown, generally, citation, note in sorted(rows, key=lambda row: row[0].since or date.min):
        lines.append(f"| {span.since or '…'} | {span.until or '…'} | {shown} | {generally} | {citation} | {note} |")
    return lines


def rule_row(rule: Rule) -> str:
    threshold = rule.judge if isinstance(rule.judge, Threshold) else None
    metric = f"`{threshold.metric}`" if threshold else ""
    basis = "; ".join(filter(None, (rule.citation, rule.note)))
    uses = ", ".join(f"`{name}`" for name in rule.uses)
    how = summary(rule.judge) if threshold is None else "by the year's end" if threshold.yearly else ""
    return f"| `{rule.name}` | {rule.label} | {rule.severity} | {metric} | {uses} | {how} | {rule.remedy} | {basis} |"


def rules_page() -> str:
    found = national_rules()
    lines = [
        "# Rules",
        "",
        f"Generated from the national rule set by `docs/make_reference.py`: {len(found.parameters)} parameters and",
        f"{len(found.rules)} rules, version {found.version}. Dates are half-open: a value holds from its first day until",
        'the day on which it ends. "Generally" (一般) in the text of the law makes a breach advice. What was not verified has no',
        "value, and （出处未核实） marks a citation that nobody has held against the text. A district's own rules:",
        "[how-to](../how-to/district-rules.md).",
        "",
        "## Rules by group",
    ]
    for group, label in PROBLEM_GROUPS.items():
        lines += [
            "",
            f"### {label} `{group}`",
            "",
            "| rule | 名称 | severity | metric | parameters | judges | remedy | citation |",
            "|---|---|---|---|---|---|---|---|",
            *(rule_row(rule) for rule in found.rules if rule.group == group),
        ]
    lines += [
        "",
        "## Demands on steps",
        "",
        "| rule | 要求 | type | events | from | citation |",
        "|---|---|---|---|---|---|",
    ]
    for step in found.steps:
        events = ", ".join(f"`{event}`" for event in step.events)
        lines.append(
            f"| `{step.name}` | {step.label} | `{step.type}` | {events} | {step.span.since or '…'} | {step.citation} |"
        )
    lines += ["", "## Parameters"]
    for parameter in found.parameters:
        users = [rule.name for rule in found.rules if parameter.name in rule.uses]
        users += [step.name for step in found.steps if any(one.parameter == parameter.name for one in step.compare)]
        lines += parameter_section(parameter, users)
    return "\n".join(lines) + "\n"


def glossary_page() -> str:
    """Every word of the domain that has a code name: types, states, kinds, vocabularies, metrics' themes."""
    lines = [
        "# Glossary",
        "",
        "Generated from the declarations by `docs/make_reference.py`. The term is the code name in plain words; the standard",
        "terms of the field are explained in the pages that the code names lead to.",
        "",
        "## Record types",
        "",
        "| term | 中文 | code name |",
        "|---|---|---|",
    ]
    for cls in sorted(RECORD_TYPES, key=lambda cls: cls.__record__.name):
        declared = cls.__record__
        lines.append(
            f"| {declared.name.replace('_', ' ')} | {declared.label} | [`{cls.__name__}`](model.md#{cls.__name__.lower()}) |"
        )
    kinds: dict[str, tuple[str, dict[str, str]]] = {}
    for cls in RECORD_TYPES:
        for spec in cls.__record__.fields.values():
            if spec.terms is not None:
                kinds.setdefault(spec.terms.__name__, (f"`{spec.terms.__name__}`", dict(spec.choices)))
            elif spec.table is not None:
                standard = f" ({spec.table.standard})" if spec.table.standard else ""
                kinds.setdefault(spec.table.name, (f"{spec.table.name}{standard}", dict(spec.choices)))
    lines += ["", "## States, kinds and code tables", "", "| of | code name | 中文 |", "|---|---|---|"]
    for _, (title, choices) in sorted(kinds.items()):
        lines += [f"| {title} | `{code}` | {label} |" for code, label in choices.items() if code]
    lines += ["", "## Steps", "", "| of | code name | 中文 |", "|---|---|---|"]
    for lifecycle in LIFECYCLES:
        lines += [f"| {lifecycle.label} | `{event}` | {label} |" for event, label in lifecycle.labels.items()]
    lines += ["", "The figures stand in [Metrics](metrics.md), the fields of each type in [Record types](model.md)."]
    return "\n".join(lines) + "\n"


PAGES = {
    "model.md": model_page,
    "lifecycles.md": lifecycles_page,
    "metrics.md": metrics_page,
    "rules.md": rules_page,
    "glossary.md": glossary_page,
}


def main() -> None:
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
        print(REFERENCE / name)


if __name__ == "__main__":
    main()
