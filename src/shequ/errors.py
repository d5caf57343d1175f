"""Every error the library raises, in families by blame.

===============  ====================================================  =========================
family           whose fault                                           what helps
===============  ====================================================  =========================
:class:`Misuse`  the caller asked for something that cannot be asked   change the call
:class:`BadData` a value, row or file is wrong                         correct the data
:class:`Conflict` somebody else changed the record in between          read again, decide again
:class:`BackendError` a database, file or library failed               repair it, then try again
===============  ====================================================  =========================

Errors carry their facts as attributes; the text is made from them. ``remedy`` says what to do next.
Texts that a clerk can provoke are Chinese, texts that only a programmer can provoke are English.
"""

import re
from collections.abc import Mapping

__all__ = [
    "BackendError",
    "BadData",
    "BrokenChain",
    "CalendarNotPublished",
    "Conflict",
    "DistrictRequired",
    "Forbidden",
    "IllegalStep",
    "InvalidRecord",
    "InvalidRules",
    "MissingExtra",
    "Misuse",
    "NothingToReport",
    "PluginConflict",
    "PluginFailure",
    "ShequError",
    "StoreClosed",
    "TextRefused",
    "UnknownFormat",
    "UnknownMetric",
    "UnknownRecordType",
    "UnknownScheme",
    "Unsupported",
    "Vetoed",
]


class ShequError(Exception):
    """Base of all errors raised by shequ.

    Args:
        message: What was wrong and where, in the user's words.
        remedy: What to do about it.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} — {self.remedy}" if self.remedy else self.message


class Misuse(ShequError):
    """The caller asked for something that cannot be asked."""


class BadData(ShequError):
    """A value, a row or a file is wrong."""


class BackendError(ShequError):
    """A database, a file or a library failed."""


class Conflict(ShequError):
    """A record is not at the version its writer expected; nothing was changed.

    Args:
        type: Name of the record type.
        id: Id of the record.
        expected: Version the writer relied on; ``None`` if it expected no such record.
        found: Version that is stored; ``None`` if there is none.
    """

    def __init__(self, type: str, id: str, *, expected: int | None, found: int | None) -> None:  # noqa: A002 - the contract's own words
        self.type, self.id, self.expected, self.found = type, id, expected, found
        if expected is None and found is None:
            message = f"{type} {id}: 没有这条记录可删，未作任何修改"
        else:
            message = f"{type} {id}: 期望的版本是 {_version(expected)}，库中是 {_version(found)}，未作任何修改"
        super().__init__(message, remedy="重新读取该记录，核对后再提交")


def _version(number: int | None) -> str:
    return "“无此记录”" if number is None else str(number)


class MissingExtra(Misuse):
    """An optional library is not installed.

    Args:
        feature: What was asked for.
        extra: The extra of shequ that brings it.
    """

    def __init__(self, feature: str, extra: str) -> None:
        self.feature, self.extra = feature, extra
        super().__init__(f"{feature}需要可选依赖 “{extra}”，尚未安装", remedy=f"pip install 'shequ[{extra}]'")


class UnknownScheme(Misuse):
    """No plugin offers a store for this URL; it is kept and shown without what could be a password."""

    def __init__(self, url: str, scheme: str, known: tuple[str, ...]) -> None:
        self.url, self.scheme, self.known = re.sub(r"//.*@", "//***@", url), scheme, known
        super().__init__(
            f"没有存储插件认识地址 {self.url!r} 的方案 {scheme!r}",
            remedy=f"可用的方案：{'、'.join(known)}；例如 sqlite:///street.db",
        )


class Unsupported(Misuse):
    """A store was asked for a power it has not declared."""

    def __init__(self, capability: str, store: str) -> None:
        self.capability, self.store = capability, store
        super().__init__(
            f"{store} does not declare the capability {capability!r}",
            remedy="check Store.capabilities first, or let the library do it over scan()",
        )


class StoreClosed(Misuse):
    """A store, or a snapshot or session of it, was used after it was closed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is closed", remedy="open it again, and use it inside its with-block")


class DistrictRequired(Misuse):
    """It is not clear which district is meant.

    Args:
        districts: Those that the store holds, or that a load would bring.
    """

    def __init__(self, districts: tuple[str, ...]) -> None:
        self.districts = districts
        held = "、".join(districts) if districts else "（无）"
        super().__init__(
            f"无法确定是哪个街道；可选：{held}",
            remedy="用 --district 或 district= 指明其中一个（装入另一街道时也要指明）",
        )


class UnknownRecordType(Misuse):
    """There is no record type of this name or label."""

    def __init__(self, name: str, suggestions: tuple[str, ...] = ()) -> None:
        self.name, self.suggestions = name, suggestions
        super().__init__(
            f"没有名为 {name!r} 的记录类型",
            remedy=f"是否指 {'、'.join(suggestions)}？" if suggestions else "用 shequ template --list 列出全部类型",
        )


class UnknownMetric(Misuse):
    """There is no metric of this code."""

    def __init__(self, code: str, suggestions: tuple[str, ...] = ()) -> None:
        self.code, self.suggestions = code, suggestions
        super().__init__(
            f"没有代码为 {code!r} 的指标",
            remedy=f"是否指 {'、'.join(suggestions)}？" if suggestions else "用 shequ metrics --list 列出全部指标",
        )


class UnknownFormat(Misuse):
    """No renderer writes this format."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name, self.known = name, known
        super().__init__(f"没有插件能写 {name!r} 格式", remedy=f"可用的格式：{'、'.join(known)}")


class Forbidden(Misuse):
    """Somebody asked for what their roles or their places do not let them see."""


class NothingToReport(BadData):
    """A report was asked for a period about which nothing at all is known."""


class BrokenChain(BadData):
    """A history does not hang together: an entry was changed, is missing, was added or moved.

    Args:
        number: Place in the feed of the first entry that does not fit.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"历史在第 {number} 条断裂：与前一条接不上，或内容与摘要不符", remedy="换用另一份完好的备份")


class InvalidRecord(BadData):
    """A record, or one field of it, breaks what its type declares.

    Args:
        type: Name of the record type.
        field: Name of the field, or ``""`` if several fields contradict each other.
        value: The value refused.
        reason: What is wrong with it, in Chinese.
        code: Short English key of the reason, stable for programs.
    """

    def __init__(
        self,
        type: str,  # noqa: A002 - the contract's own words
        field: str,
        value: object,
        reason: str,
        *,
        code: str = "invalid",
        remedy: str = "",
    ) -> None:
        self.type, self.field, self.value, self.reason, self.code = type, field, value, reason, code
        super().__init__(f"{type}.{field} = {value!r}：{reason}" if field else f"{type}：{reason}", remedy=remedy)


class TextRefused(InvalidRecord):
    """Text that some store would alter (NUL, lone surrogates) is refused by all of them."""

    def __init__(self, type: str, field: str, value: str) -> None:  # noqa: A002 - the contract's own words
        super().__init__(
            type,
            field,
            value,
            "文字中含有不可存储的字符（NUL 或孤立代理项）",
            code="text-refused",
            remedy="删除该字符",
        )


class CalendarNotPublished(BadData):
    """The official working-day calendar of a year is not known; it is never guessed."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(
            f"{year} 年的法定工作日安排尚未公布或未收录",
            remedy="待国务院办公厅公布该年放假安排后更新 chinesecalendar",
        )


class InvalidRules(BadData):
    """A rule file breaks its form.

    Args:
        source: Name of the file or rule set.
        line: Line in the file, counted from 1; ``None`` if no single line is at fault.
        reason: What is wrong.
    """

    def __init__(self, source: str, line: int | None, reason: str, *, remedy: str = "") -> None:
        self.source, self.line, self.reason = source, line, reason
        place = f"{source} 第 {line} 行" if line else source
        super().__init__(f"{place}：{reason}", remedy=remedy)


class IllegalStep(Misuse):
    """A card or case cannot take this step from where it stands; it was not changed.

    Args:
        lifecycle: Name of the lifecycle.
        state: Where the card stands.
        event: The event that was tried.
        allowed: Events that are allowed there.
        reason: Why a guard refused, if it was one.
        labels: Chinese labels of the events.
    """

    def __init__(
        self,
        lifecycle: str,
        state: str,
        event: str,
        allowed: tuple[str, ...],
        *,
        reason: str = "",
        labels: Mapping[str, str] | None = None,
    ) -> None:
        self.lifecycle, self.state, self.event, self.allowed, self.reason = (
            lifecycle,
            state,
            event,
            allowed,
            reason,
        )
        names = {code: f"{code}（{label}）" for code, label in (labels or {}).items()}
        options = "、".join(names.get(code, code) for code in allowed) if allowed else "（终止状态，无后续步骤）"
        why = f"（{reason}）" if reason else ""
        super().__init__(
            f"{lifecycle} 处于 {state}，不能执行 {names.get(event, event)}{why}，未作任何修改",
            remedy=f"此时可执行：{options}",
        )


class Vetoed(BadData):
    """A plugin objects to a commit; nothing of it was stored.

    Args:
        reasons: Plugin with distribution and version → why, in Chinese.
    """

    def __init__(self, reasons: Mapping[str, tuple[str, ...]]) -> None:
        self.reasons = reasons
        said = "；".join(f"{'；'.join(why)}（插件 {plugin}）" for plugin, why in reasons.items())
        super().__init__(f"不予提交：{said}，未作任何修改", remedy="按所述原因改正后再提交")


class PluginFailure(ShequError):
    """A plugin failed where a decision depended on it, or strict mode was asked for.

    Args:
        plugin: Name of the plugin.
        distribution: Distribution and version it came from, if any.
        detail: What happened, with the traceback's last lines.
    """

    def __init__(self, plugin: str, distribution: str, detail: str, *, remedy: str = "") -> None:
        self.plugin, self.distribution, self.detail = plugin, distribution, detail
        origin = f" ({distribution})" if distribution else ""
        super().__init__(f"plugin {plugin}{origin}: {detail}", remedy=remedy)


class PluginConflict(Misuse):
    """Two plugins claim the same name, and none of them is preferred.

    Args:
        kind: What it is a name of: a store, a format, a metric.
        name: The name.
        first: One plugin, with its distribution and version.
        second: The other.
    """

    def __init__(self, kind: str, name: str, first: str, second: str) -> None:
        self.kind, self.name, self.first, self.second = kind, name, first, second
        super().__init__(
            f"{kind} {name!r} is offered by both {first} and {second}",
            remedy="name the one to use in SHEQU_PLUGINS_PREFER, or leave one out with SHEQU_PLUGINS_DISABLE",
        )
