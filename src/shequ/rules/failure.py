"""What is known of a rule that failed, so that whoever wrote it can be told."""

import traceback
from pathlib import PurePath
from typing import Any

import attrs

from shequ.rules.ruleset import Rule, RuleSet

__all__ = ["RuleFailure", "failure_of"]


@attrs.frozen
class RuleFailure:
    """A rule that raised instead of judging; the others were judged all the same.

    Args:
        rule: Name of the rule.
        rule_set: Name of its rule set.
        plugin: Plugin that offers the set; the rule file where none does.
        version: Version of the plugin, or of the set where it is none.
        error: Type and text of what was raised.
        where: File and line that raised it.
    """

    rule: str
    rule_set: str
    plugin: str
    version: str
    error: str
    where: str

    def as_json(self) -> dict[str, Any]:
        """As one object of the ``failures`` of a document."""
        return attrs.asdict(self)

    def __str__(self) -> str:
        origin = f"{self.plugin} {self.version}".strip()
        return f"规则 {self.rule}（规则集 {self.rule_set}，{origin}）执行失败：{self.error}（{self.where}）"


def failure_of(rule: Rule, rule_set: RuleSet | None, error: Exception) -> RuleFailure:
    """What is to be told of an error that a rule raised."""
    frames = traceback.extract_tb(error.__traceback__)
    last = f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else rule.origin
    version = "" if rule_set is None else rule_set.plugin_version or rule_set.version
    return RuleFailure(
        rule=rule.name,
        rule_set=rule.rule_set,
        plugin=(rule_set.plugin or rule_set.source) if rule_set is not None else "",
        version=version,
        error=_told(error),
        where=last,
    )


def _told(error: Exception) -> str:
    """Type and text of an error; the text of a stranger's error can fail too."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - a stranger's class can do anything
        text = "?"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
