"""Who may see what: roles, the places somebody works for, and how a value is masked for those who may not see it.

What a field holds is public, personal or sensitive (:class:`~shequ.model.record.Sensitivity`); a role says up to which of
them its holder sees. Sensitive values are for those whose purpose is recorded (个人信息保护法 arts 6, 28): whoever gives
none sees personal values only. Masked values keep enough to be told apart by somebody who knows them anyway.
"""

import re
from collections.abc import Iterable
from typing import Any

import attrs

from shequ.codes import mask_resident_id
from shequ.errors import Misuse
from shequ.model.checks import Term
from shequ.model.record import FieldSpec, Kind, Sensitivity

__all__ = ["Role", "Viewer", "masked"]

_PERSON_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|\d{15})(?![0-9A-Za-z])")
_TELEPHONE = re.compile(r"\+?[\d -]{7,20}\Z")
_LONGEST_STARS = 8


class Role(Term):
    """What somebody's work lets them see."""

    READER = "reader", "查阅人员"
    CLERK = "clerk", "社区工作者"
    CUSTODIAN = "custodian", "个人信息管理员"


_SEES = {Role.READER: Sensitivity.PUBLIC, Role.CLERK: Sensitivity.PERSONAL, Role.CUSTODIAN: Sensitivity.SENSITIVE}
_ORDER = tuple(Sensitivity)


def masked(spec: FieldSpec | None, value: object) -> str:
    """A value as somebody sees it who may not see it.

    A number of the form of a resident identity number is masked wherever it stands, in a public text too. Of what a
    personal field holds the first character is left, of a telephone number the beginning and the last four digits, of
    what a sensitive field holds nothing. Public text is returned as it is.

    >>> from shequ.model import Resident
    >>> fields = Resident.__record__.fields
    >>> masked(fields["name"], "张小明"), masked(fields["phone"], "13800001234")
    ('张**', '138****1234')
    """
    text = str(value).strip()
    if spec is not None and spec.name == "id_number":
        return mask_resident_id(text)
    found = _PERSON_NUMBER.sub(lambda match: mask_resident_id(match[0]), text)
    if found != text or spec is None or spec.sensitivity is Sensitivity.PUBLIC:
        return found
    if spec.sensitivity is Sensitivity.SENSITIVE:
        return "*" * min(len(text), _LONGEST_STARS)
    if spec.kind is Kind.TEXT and _TELEPHONE.match(text) and sum(character.isdigit() for character in text) >= 7:
        kept = 4 if len(text) >= 11 else 2
        return f"{text[:3]}****{text[-kept:]}"
    return text[:1] + "*" * min(len(text) - 1, _LONGEST_STARS)


@attrs.frozen
class Viewer:
    """Somebody who looks at records.

    Args:
        name: Who.
        roles: What they may see: up to the highest of the roles; public values if there is none.
        scope: Ids or codes of the divisions whose records they may see; the whole district if there is none.
        purpose: What for. Without one nobody sees sensitive values.
    """

    name: str
    roles: frozenset[Role] = frozenset()
    scope: tuple[str, ...] = ()
    purpose: str = ""

    @classmethod
    def of(cls, name: str, roles: Iterable[str] = (), scope: Iterable[str] = (), purpose: str = "") -> "Viewer":
        """A viewer from codes or Chinese labels of roles.

        Raises:
            Misuse: If there is no such role.
        """
        known = {text: role for role in Role for text in (str(role), role.label)}
        asked = tuple(roles)
        for role in asked:
            if role not in known:
                options = "、".join(f"{role}（{role.label}）" for role in Role)
                raise Misuse(f"没有角色 {role!r}", remedy=f"可用：{options}")
        return cls(name, frozenset(known[role] for role in asked), tuple(scope), purpose.strip())

    @property
    def sees(self) -> Sensitivity:
        """The most sensitive values that they see."""
        highest = max((_SEES[role] for role in self.roles), key=_ORDER.index, default=Sensitivity.PUBLIC)
        return Sensitivity.PERSONAL if highest is Sensitivity.SENSITIVE and not self.purpose else highest

    def may_see(self, spec: FieldSpec) -> bool:
        """Whether they see what a field holds."""
        return _ORDER.index(spec.sensitivity) <= _ORDER.index(self.sees)

    def shown(self, spec: FieldSpec, value: Any) -> str:
        """A value as people write it, masked if they may not see it."""
        text = spec.shown(value)
        return self.told(spec, text) if text else ""

    def told(self, spec: FieldSpec, text: str) -> str:
        """What a field holds, as text, masked if they may not see it."""
        if self.sees is Sensitivity.SENSITIVE or (self.may_see(spec) and not _PERSON_NUMBER.search(text)):
            return text
        return masked(spec, text)
