"""Two figures: how many sockets there are, and how many households share one."""

from shequ import Metric
from shequ.metrics import Measured, Ratio
from shequ.query import Holds, StateThen, Sum, eq
from yunxi_charging.piles import PileState

__all__ = ["METRICS"]

_IN_USE = Holds() & eq(StateThen("state"), PileState.IN_USE)

METRICS = (
    Metric(
        "charging.sockets",
        "充电插座",
        "个",
        Measured(Sum("charging_pile", "sockets", _IN_USE)),
        base="当日在用的充电桩，停用的不计",
    ),
    Metric(
        "charging.households_per_socket",
        "每个充电插座对应户数",
        "户",
        Ratio(("population.households",), ("charging.sockets",)),
        base="常驻居民户",
        decimals=1,
    ),
)
