"""The service network, matters handled, and volunteers."""

from fractions import Fraction

from shequ.metrics.catalogue.standing import came_by
from shequ.metrics.definition import Measured, Metric, Ratio, Timing
from shequ.model import ServiceRecordState, ServiceRequestState
from shequ.query import (
    Condition,
    Count,
    Days,
    During,
    Holds,
    Keys,
    Lasting,
    Median,
    Outside,
    Parameter,
    StateThen,
    Sum,
    eq,
    ge,
    given,
    gt,
    ne,
    one_of,
)

__all__ = ["METRICS", "VALID_RECORD"]

VALID_RECORD: Condition = one_of("state", ServiceRecordState.LOGGED, ServiceRecordState.CONFIRMED)
"""A service record that counts: neither voided nor replaced by its correction, on whatever day that was found out."""
_SERVED = During("served_on") & VALID_RECORD
_HANDLED = During("handled")
_STATE = StateThen("state")
_ORDERED = During("ordered") & ne(_STATE, ServiceRequestState.WITHDRAWN)
_DONE = one_of(_STATE, ServiceRequestState.DONE, ServiceRequestState.RATED) & (~given("done") | came_by("done"))
_RATED = given("rating") & eq(_STATE, ServiceRequestState.RATED)

METRICS = (
    Metric(
        "network.stations",
        "社区服务站",
        "个",
        Measured(Count(Keys("service_outlet", "id", eq("kind", "station") & Holds()))),
    ),
    Metric(
        "network.health_stations",
        "卫生服务站",
        "个",
        Measured(Count(Keys("service_outlet", "id", eq("kind", "health_station") & Holds()))),
    ),
    Metric("network.outlets", "服务网点", "个", Measured(Count(Keys("service_outlet", "id", Holds())))),
    Metric("network.outlet_staff", "服务从业人员", "人", Measured(Sum("service_outlet", "staff", Holds()))),
    Metric(
        "matters.handled",
        "办理事务",
        "件",
        Measured(Count(Keys("matter", "id", _HANDLED))),
        Timing.IN,
        base="期内办结",
    ),
    Metric(
        "matters.outside_hours",
        "八小时外办理",
        "件",
        Measured(Count(Keys("matter", "id", _HANDLED & eq(Outside("handled"), True)))),
        Timing.IN,
        base="办结于法定工作日 8:30–12:00、13:00–17:30 之外",
    ),
    Metric(
        "matters.outside_hours_share",
        "八小时外办理占比",
        "",
        Ratio(("matters.outside_hours",), ("matters.handled",)),
        Timing.IN,
        base="占期内办结",
        decimals=2,
        percent=True,
    ),
    Metric(
        "matters.median_days",
        "办结时长中位数",
        "天",
        Measured(Median("matter", Days("asked", "handled"), _HANDLED)),
        Timing.IN,
        base="期内办结",
        decimals=1,
    ),
    Metric(
        "hours.open_total",
        "各服务大厅每周开放时数合计",
        "小时",
        Measured(Sum("opening_hours", Lasting("opens", "closes"), Holds()), Fraction(1, 60)),
        base="当日有效的开放时间",
        decimals=1,
    ),
    Metric(
        "hours.halls",
        "开放的服务大厅",
        "个",
        Measured(Count(Keys("opening_hours", "division", Holds()))),
        base="有开放时间的街道和社区",
    ),
    Metric(
        "hours.weekly_open",
        "每周开放时数",
        "小时",
        Ratio(("hours.open_total",), ("hours.halls",)),
        base="各服务大厅平均",
        decimals=1,
    ),
    Metric(
        "volunteers.groups",
        "志愿服务小组",
        "支",
        Measured(Count(Keys("team", "id", one_of("kind", "volunteer", "party_service") & Holds()))),
        base="志愿服务队与党员服务队",
    ),
    Metric(
        "volunteers.people",
        "志愿者",
        "人",
        Measured(Count(Keys("volunteer", "resident", Holds()))),
        base="登记在册，一人只计一次",
    ),
    Metric(
        "volunteers.active",
        "参加服务的志愿者",
        "人",
        Measured(Count(Keys("service_record", "resident", _SERVED))),
        Timing.IN,
        base="期内有有效服务记录，一人只计一次",
    ),
    Metric(
        "volunteers.service_hours",
        "志愿服务时数",
        "小时",
        Measured(Sum("service_record", "minutes", _SERVED), Fraction(1, 60)),
        Timing.IN,
        base="有效服务记录",
        decimals=1,
    ),
    Metric(
        "volunteers.records",
        "志愿服务记录",
        "条",
        Measured(Count(Keys("service_record", "id", _SERVED))),
        Timing.IN,
        base="有效服务记录",
    ),
    Metric(
        "volunteers.records_late",
        "逾期补录记录",
        "条",
        Measured(
            Count(
                Keys(
                    "service_record",
                    "id",
                    _SERVED & gt(Days("served_on", "recorded", working=True), Parameter("volunteers.record_due")),
                )
            )
        ),
        Timing.IN,
        base="记录日期晚于服务结束后的法定工作日期限",
    ),
    Metric(
        "volunteers.beneficiaries",
        "志愿服务受益人次",
        "人次",
        Measured(Sum("service_record", "beneficiaries", _SERVED)),
        Timing.IN,
        base="有效服务记录",
    ),
    Metric("volunteers.posts", "服务岗位", "个", Measured(Sum("service_post", "wanted", Holds()))),
    Metric("volunteers.posts_claimed", "已认领岗位", "个", Measured(Sum("service_post", "claimed", Holds()))),
    Metric(
        "volunteers.requests",
        "居民点单",
        "件",
        Measured(Count(Keys("service_request", "id", _ORDERED))),
        Timing.IN,
        base="期内点单，不含期末已撤回的",
    ),
    Metric(
        "volunteers.requests_done",
        "点单办结",
        "件",
        Measured(Count(Keys("service_request", "id", _ORDERED & _DONE))),
        Timing.IN,
        base="期内点单，期末已办结",
    ),
    Metric(
        "volunteers.wishes_fulfilled_share",
        "微心愿、点单办结率",
        "",
        Ratio(("volunteers.requests_done",), ("volunteers.requests",)),
        Timing.IN,
        base="占期内点单",
        decimals=2,
        percent=True,
    ),
    Metric(
        "volunteers.requests_rated",
        "已评点单",
        "件",
        Measured(Count(Keys("service_request", "id", _ORDERED & _RATED))),
        Timing.IN,
        base="期内点单，期末已评",
    ),
    Metric(
        "volunteers.requests_satisfied",
        "评为满意的点单",
        "件",
        Measured(Count(Keys("service_request", "id", _ORDERED & _RATED & ge("rating", 4)))),
        Timing.IN,
        base="期内点单，期末已评，评分 4 分及以上",
    ),
    Metric(
        "volunteers.rating",
        "评单满意率",
        "",
        Ratio(("volunteers.requests_satisfied",), ("volunteers.requests_rated",)),
        Timing.IN,
        base="占已评点单",
        decimals=2,
        percent=True,
    ),
)
