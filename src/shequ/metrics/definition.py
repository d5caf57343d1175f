"""What a metric is: a code, a Chinese name, a unit, and a formula.

Formulas are data: :class:`Measured` asks the records, :class:`Ratio` and :class:`Total` name other metrics, each of
which is resolved alone (from records here, from a filed figure there), :class:`Shortfall` holds a ratio against a
parameter of the rules, :class:`Quality` looks at the filed figures themselves and :class:`Books` at
what is kept at all. A metric without a formula can only be
filed.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from fractions import Fraction

import attrs

from shequ.errors import Misuse
from shequ.query import Count, Group, Measure, Sum, types_of

__all__ = [
    "Books",
    "Catalogue",
    "Formula",
    "Measured",
    "Metric",
    "Quality",
    "Ratio",
    "RollUp",
    "Shortfall",
    "Timing",
    "Total",
]


class Timing(StrEnum):
    """Whether a metric is taken on a date or over a period."""

    AT = "at"
    IN = "in"


class RollUp(StrEnum):
    """How the figures of communities make up that of the sub-district."""

    SUM = "sum"
    DISTINCT = "distinct"
    RATIO = "ratio"
    NONE = "none"


@attrs.frozen
class Measured:
    """Taken from records.

    Args:
        measure: The question.
        factor: What the answer is multiplied with to come in the metric's unit (fen → yuan: 1/100).
    """

    measure: Measure
    factor: Fraction = Fraction(1)


@attrs.frozen
class Ratio:
    """One metric by another, times ``per``.

    Args:
        over: Codes for the numerator: the first that has data is used, and a note says so if it is not the first.
        by: Codes for the denominator, likewise.
        per: 1 for a plain ratio or share, 100 for "per hundred", and so on.
        operating: Whether the numerator, too, counts only the communities that operate, where they are known.
    """

    over: tuple[str, ...]
    by: tuple[str, ...]
    per: int = 1
    operating: bool = False


@attrs.frozen
class Total:
    """The sum of some metrics less others."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()


@attrs.frozen
class Shortfall:
    """How far ``actual`` falls short of ``load`` by a standard of so many per one; 0 if it does not.

    Args:
        load: Code of what has to be served (households).
        actual: Code of what serves (workers).
        parameter: Name of the standard (households per worker).
        in_load: Whether the answer counts the load beyond the standard instead of the servers missing.
    """

    load: str
    actual: str
    parameter: str
    in_load: bool = False


@attrs.frozen
class Quality:
    """About the filed figures themselves.

    Args:
        what: ``disagreeing`` for those that disagree with records, ``unsupported`` for those with none behind them,
            ``restated`` for metrics that have moved since the last report was filed.
    """

    what: str


@attrs.frozen
class Books:
    """How many records of each type are kept, whatever day they are about; those of no division count for the whole.

    Types that log what was done with records (``log``) are no books of the work and are not counted: to look at a past
    year does not change it.
    """


Formula = Measured | Ratio | Total | Shortfall | Quality | Books


def _default_roll_up(self: "Metric") -> RollUp:
    match self.formula:
        case Measured(Count()):
            return RollUp.DISTINCT
        case Measured(Sum()) | None:
            return RollUp.SUM
        case Ratio():
            return RollUp.RATIO
    return RollUp.NONE


@attrs.frozen
class Metric:
    """A figure that a sub-district can be asked for.

    Args:
        code: Code, ``group.name``.
        name: Chinese name.
        unit: Unit as people write it; ``""`` for a plain ratio.
        formula: How it comes about; ``None`` if it can only be filed.
        timing: On a date or over a period.
        base: On what it is counted, in Chinese.
        decimals: Places it is printed with.
        percent: Whether it is printed as a percentage.
        by: How it is broken down.
        parts_of: Code of the metric whose parts the groups of this one are.
        roll_up: How communities make up the sub-district.
        plugin: Plugin that defines it, with distribution and version; set by the register.
    """

    code: str
    name: str
    unit: str
    formula: Formula | None = None
    timing: Timing = Timing.AT
    base: str = ""
    decimals: int = 0
    percent: bool = False
    by: tuple[Group, ...] = ()
    parts_of: str | None = None
    roll_up: RollUp = attrs.field(default=attrs.Factory(_default_roll_up, takes_self=True))
    plugin: str = attrs.field(default="", eq=False)

    @property
    def theme(self) -> str:
        """The group of the catalogue it stands in."""
        return self.code.partition(".")[0]

    @property
    def components(self) -> tuple[str, ...]:
        """Codes of the metrics that its formula names."""
        match self.formula:
            case Ratio(over, by):
                return (*over, *by)
            case Total(plus, minus):
                return (*plus, *minus)
            case Shortfall(load, actual):
                return load, actual
        return ()

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the record types that decide it: those that its formula counts, then those that it looks for."""
        return types_of(self.formula.measure) if isinstance(self.formula, Measured) else ()


def _needed(metric: Metric) -> tuple[str, ...]:
    """Codes of the metrics that a definition names."""
    return (*metric.components, *((metric.parts_of,) if metric.parts_of else ()))


class Catalogue(Mapping[str, Metric]):
    """Metrics by code; every code that a definition names is there, and none depends on itself.

    Args:
        metrics: The metrics.

    Raises:
        Misuse: If a code is given twice, a component is unknown, or a definition goes in a circle.
    """

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics: dict[str, Metric] = {}
        for metric in metrics:
            if metric.code in self._metrics:
                raise Misuse(f"metric {metric.code} is defined twice", remedy="give one of them another code")
            self._metrics[metric.code] = metric
        for metric in self._metrics.values():
            for code in _needed(metric):
                if code not in self._metrics:
                    near = difflib.get_close_matches(code, self._metrics, n=1, cutoff=0.7)
                    raise Misuse(
                        f"metric {self._called(metric.code)} needs {code}, which is not defined",
                        remedy=f"did you mean {near[0]}?" if near else "define it, or correct the code",
                    )
        self._refuse_circles()
        self._by_name = {metric.name: metric.code for metric in reversed(self._metrics.values())}

    def _refuse_circles(self) -> None:
        """A metric may be made from others, or be the parts of another one, but in the end never of itself."""
        sound: set[str] = set()

        def follow(code: str, way: tuple[str, ...]) -> None:
            if code in way:
                circle = " → ".join((*way[way.index(code) :], code))
                raise Misuse(
                    f"metric {self._called(code)} depends on itself: {circle}",
                    remedy="define one of them from records, or without parts_of",
                )
            if code not in sound:
                for needed in _needed(self._metrics[code]):
                    follow(needed, (*way, code))
                sound.add(code)

        for code in self._metrics:
            follow(code, ())

    def _called(self, code: str) -> str:
        plugin = self._metrics[code].plugin
        return f"{code} ({plugin})" if plugin else code

    def __getitem__(self, code: str) -> Metric:
        return self._metrics[code]

    def find(self, name: str) -> Metric | None:
        """The metric that a code or a Chinese name stands for; ``None`` if there is none."""
        return self._metrics.get(name) or self._metrics.get(self._by_name.get(name, ""))

    def __iter__(self) -> Iterator[str]:
        return iter(self._metrics)

    def __len__(self) -> int:
        return len(self._metrics)
