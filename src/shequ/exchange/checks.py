"""What the cells of one row say about each other, and the numbers that can be checked by themselves.

A check is chosen once for a type by the fields it has. It may fill in what follows from another cell (birth
date and sex from the identity number), and it yields a :class:`Fault` for what cannot be.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import attrs

from shequ.codes import credit_code_problem, division_advice, judge_resident_id
from shequ.exchange.problems import Severity, near
from shequ.lifecycle import LIFECYCLES, Lifecycle
from shequ.model import EVERY_TYPE, RecordType, Schema

__all__ = ["Check", "Fault", "checks_of"]

_PLACES = ("division", "sub_district", "community")

Check = Callable[[dict[str, Any]], Iterator["Fault"]]


@attrs.frozen
class Fault:
    """What is wrong with one field of a row; see :class:`~shequ.exchange.problems.Problem`."""

    field: str
    code: str
    message: str
    remedy: str
    severity: Severity = Severity.ERROR


def checks_of(
    type_: RecordType, schema: Schema, lifecycles: Iterable[Lifecycle] = LIFECYCLES, today: date | None = None
) -> tuple[Check, ...]:
    """The checks that the rows of a type are put to.

    Args:
        type_: The type.
        schema: All types that may come.
        lifecycles: Those whose steps may come.
        today: The day of the load; ``None`` if any will do.
    """
    checks: list[Check] = []
    if "id_number" in type_.fields:
        checks.append(_resident_id(type_, today))
    if "credit_code" in type_.fields:
        checks.append(_credit_code)
    if type_.name in _PLACES:
        checks.append(_division_code)
    if type_.name == "coverage":
        checks.append(_covered_type(schema))
    if type_.name == "step":
        checks.append(_step(tuple(lifecycles)))
    return tuple(checks)


_LONG_DIGITS = re.compile(r"\d{6,}")


def _resident_id(type_: RecordType, today: date | None) -> Check:
    """The number itself; birth date and sex are filled in from it, or must agree with it."""
    has_birth, has_sex = "birth_date" in type_.fields, "sex" in type_.fields

    def check(values: dict[str, Any]) -> Iterator[Fault]:
        number = values.get("id_number")
        if number is None:
            return
        number = values["id_number"] = number.upper()
        verdict = judge_resident_id(number, at=today)
        if verdict.problem is not None:
            # The digits themselves (a birth date, say) do not belong into a message.
            message = _LONG_DIGITS.sub(lambda match: "*" * len(match[0]), verdict.problem)
            yield Fault("id_number", "bad-id-number", message, "对照证件更正身份证号")
            return
        if verdict.area == "unknown":
            yield Fault(
                "id_number",
                "unknown-area",
                f"身份证号前六位 {number[:6]} 不在历年县级区划代码中",
                "对照证件核对；证件无误则不必更改",
                Severity.ADVICE,
            )
        remedy = "对照证件更正其中一项"
        birth, sex = verdict.birth_date, verdict.sex
        if has_birth and values.setdefault("birth_date", birth) != birth:
            yield Fault("birth_date", "birth-date-differs", "与身份证号中的出生日期不一致", remedy)
        # A sheet that says "unknown" or "unstated" contradicts nothing.
        if has_sex and values.setdefault("sex", sex) != sex and values["sex"] in ("1", "2"):
            yield Fault("sex", "sex-differs", "与身份证号第 17 位表示的性别不一致", remedy)

    return check


def _credit_code(values: dict[str, Any]) -> Iterator[Fault]:
    code = values.get("credit_code")
    if code is not None:
        code = values["credit_code"] = code.upper()
        problem = credit_code_problem(code)
        if problem is not None:
            yield Fault("credit_code", "bad-credit-code", problem, "对照登记证书更正")


def _division_code(values: dict[str, Any]) -> Iterator[Fault]:
    code = values.get("code")
    advice = division_advice(code) if code is not None else None
    if advice is not None:
        yield Fault(
            "code",
            "unusual-division-code",
            advice,
            "核对代码；开发区、农场等确有此代码的不必更改",
            Severity.ADVICE,
        )


def _covered_type(schema: Schema) -> Check:
    def check(values: dict[str, Any]) -> Iterator[Fault]:
        name = values.get("type")
        if name is None:
            return
        if name in (EVERY_TYPE, "＊", "全部"):
            values["type"] = EVERY_TYPE
        elif (found := schema.find(name)) is not None:
            values["type"] = found.name
        else:
            hints = near(name, [*(type_.label for type_ in schema), *(type_.name for type_ in schema)])
            yield Fault(
                "type",
                "unknown-type",
                "不是记录类型的名称",
                f"是否指 {'、'.join(hints)}？" if hints else f"填类型的中文名或代码，全部类型填 {EVERY_TYPE}",
            )

    return check


def _step(lifecycles: tuple[Lifecycle, ...]) -> Check:
    """Type, event and states are words of a lifecycle, by code or label; a way that its table lacks is worth a look."""
    by_name = {name: cycle for cycle in lifecycles for name in (cycle.type.__record__.label, cycle.label, cycle.name)}

    def check(values: dict[str, Any]) -> Iterator[Fault]:
        said = values.get("subject_type")
        if said is None:
            return
        cycle = by_name.get(said)
        if cycle is None:
            hints = near(said, by_name)
            remedy = (
                f"是否指 {'、'.join(hints)}？" if hints else f"可填：{'、'.join(each.label for each in lifecycles)}"
            )
            yield Fault("subject_type", "unknown-type", "不是有办理步骤的类型", remedy)
            return
        values["subject_type"] = cycle.name
        states = {str(state): state.label for state in cycle.states}
        wrong = [
            fault
            for field, known in (("event", cycle.labels), ("before", states), ("after", states))
            if (fault := _word(values, field, known, cycle)) is not None
        ]
        yield from wrong
        if wrong or not {"event", "before", "after"} <= values.keys():
            return
        row = {str(state): {event: str(to) for event, to in row.items()} for state, row in cycle.table.items()}
        if row[values["before"]].get(values["event"]) != values["after"]:
            yield Fault(
                "event",
                "no-such-step",
                f"{cycle.label}没有“{cycle.labels[values['event']]}”从“{states[values['before']]}”到“{states[values['after']]}”的步骤",
                "核对步骤和前后状态；确为当时办理的不必更改",
                Severity.WARNING,
            )

    return check


def _word(values: dict[str, Any], field: str, known: Mapping[str, str], cycle: Lifecycle) -> Fault | None:
    """Put the code of a word of a lifecycle; the fault if it is none."""
    said = values.get(field)
    if said is None or said in known:
        return None
    codes = [code for code, label in known.items() if label == said]
    if codes:
        values[field] = codes[0]
        return None
    options = "、".join(f"{label}（{code}）" for code, label in known.items())
    return Fault(
        field, "unknown-step", f"{cycle.label}没有这个{'步骤' if field == 'event' else '状态'}", f"可填：{options}"
    )
