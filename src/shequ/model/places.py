"""Places: the sub-district, its communities, and what lies in them.

Two chains lead to a dwelling: community → zone → building → stairwell (who answers for it), and community → estate →
building (who manages it). A division code is what a place is *called* in a year; codes change at reorganisations.
"""

from datetime import date
from decimal import Decimal

from shequ.codes import DivisionLevel, open_vocabulary
from shequ.model.record import Record, Term, code, day, ended_flag, flag, measure, record, ref, term, text, texts

__all__ = [
    "COMMUNITY_CHARACTERS",
    "PREMISES_KINDS",
    "BoundaryChange",
    "BoundaryEvent",
    "Building",
    "Community",
    "CommunityStatus",
    "Condition",
    "Division",
    "DivisionTerm",
    "Estate",
    "Honour",
    "HonourLevel",
    "Premises",
    "Stairwell",
    "SubDistrict",
    "Tenure",
    "Zone",
]

COMMUNITY_CHARACTERS = open_vocabulary(
    "community characters",
    learning="学习型",
    employment="就业型",
    arts="艺苑型",
    caring="关爱型",
    party_building="党建型",
)
PREMISES_KINDS = open_vocabulary(
    "kinds of premises",
    office="办公用房",
    service_centre="社区服务中心",
    culture_sports="文体活动场所",
    citizen_school="市民学校",
    legal_school="法制学校",
    reading_room="图书阅览室",
    activity_room="活动室",
    police_room="警务室",
    health_station="卫生服务站",
    party_service_centre="党员服务中心",
    contact_station="党员联络站",
)


class CommunityStatus(Term):
    """Whether a community works; one that does not is listed, and left out of denominators."""

    OPERATING = "operating", "运行"
    APPROVED = "approved", "已批未运行"
    NOT_CONVERTED = "not_converted", "体制未转换"
    MERGED = "merged", "已合并"
    DISSOLVED = "dissolved", "已撤销"


class DivisionTerm(Term):
    """Level of a division in reference data."""

    PROVINCE = str(DivisionLevel.PROVINCE), "省级"
    CITY = str(DivisionLevel.CITY), "地级"
    COUNTY = str(DivisionLevel.COUNTY), "县级"
    TOWN = str(DivisionLevel.TOWN), "乡级"
    VILLAGE = str(DivisionLevel.VILLAGE), "村级"


class BoundaryEvent(Term):
    """What happened to a division; codes and names are no stable keys."""

    SET_UP = "set_up", "设立"
    SPLIT = "split", "拆分"
    MERGE = "merge", "合并"
    RENAME = "rename", "更名"
    RECODE = "recode", "变更代码"
    DISSOLVE = "dissolve", "撤销"


class HonourLevel(Term):
    """Level of the authority that gave an honour."""

    NATIONAL = "national", "国家级"
    PROVINCE = "province", "省级"
    CITY = "city", "市级"
    DISTRICT = "district", "区级"


class Tenure(Term):
    """By what right premises are used."""

    OWNED = "owned", "自有"
    RENTED = "rented", "租用"
    BORROWED = "borrowed", "借用"
    PROVIDED = "provided", "无偿提供"


class Condition(Term):
    """State of premises as the office judges it."""

    GOOD = "good", "好"
    FAIR = "fair", "一般"
    POOR = "poor", "差"


@record("division", label="区划", key=("code",), division="id")
class Division(Record):
    """A division as official reference data list it; the code is unique, the name is not."""

    code: str = text("区划代码", note="12 位，上级以 0 补足")
    name: str = text("名称")
    level: DivisionTerm = term("级别")
    parent: str | None = ref("上级区划", to="division", default=None)
    ur_code: str | None = text("城乡分类代码", default=None)
    since: date | None = day("启用日期", default=None)
    until: date | None = day("停用日期", default=None)


@record("sub_district", label="街道", key=("code",), division="id")
class SubDistrict(Record):
    """A sub-district office (街道办事处)."""

    code: str = text("区划代码")
    name: str = text("名称")
    county: str | None = text("所属区县", default=None)
    since: date | None = day("设立日期", default=None)
    until: date | None = day("撤销日期", default=None)


@record(
    "community", label="社区", key=("code",), division="id", over=(CommunityStatus.MERGED, CommunityStatus.DISSOLVED)
)
class Community(Record):
    """A community with its residents' committee."""

    code: str = text("区划代码")
    name: str = text("名称")
    sub_district: str = ref("街道", to="sub_district")
    status: CommunityStatus = term("状态")
    status_reason: str | None = text("未运行原因", default=None)
    characters: tuple[str, ...] = texts("特色", table=COMMUNITY_CHARACTERS)
    since: date | None = day("设立日期", default=None)
    until: date | None = day("撤销日期", default=None)


@record("honour", label="荣誉", key=("community", "title", "awarded"), division="community")
class Honour(Record):
    """An honour given to a community."""

    community: str = ref("社区", to="community")
    title: str = text("荣誉名称")
    level: HonourLevel = term("级别")
    awarded: date = day("授予日期")


@record("zone", label="片区", key=("community", "name"), division="community")
class Zone(Record):
    """A zone or grid cell (片区/网格) of a community."""

    community: str = ref("社区", to="community")
    name: str = text("名称")
    since: date | None = day("设立日期", default=None)
    until: date | None = day("撤销日期", default=None)
    ended: bool = ended_flag(default=False)


@record("estate", label="小区", key=("community", "name"), division="community")
class Estate(Record):
    """A housing estate."""

    community: str = ref("社区", to="community")
    name: str = text("名称")
    address: str | None = text("地址", default=None)
    built: date | None = day("建成日期", default=None)
    enclosed: bool = flag("封闭式管理", default=False)


@record("building", label="楼幢", key=("zone", "name"), division="zone.community")
class Building(Record):
    """A building; it lies in exactly one zone."""

    zone: str = ref("片区", to="zone")
    name: str = text("楼号")
    estate: str | None = ref("小区", to="estate", default=None)
    longitude: Decimal | None = measure("经度", unit="度", scale=6, signed=True, default=None)
    latitude: Decimal | None = measure("纬度", unit="度", scale=6, signed=True, default=None)
    since: date | None = day("启用日期", default=None)
    until: date | None = day("拆除日期", default=None)
    ended: bool = ended_flag(default=False)


@record("stairwell", label="楼道", key=("building", "name"), division="building.zone.community")
class Stairwell(Record):
    """A stairwell (unit) of a building."""

    building: str = ref("楼幢", to="building")
    name: str = text("单元")


@record("premises", label="用房", key=("division", "name"), division="division")
class Premises(Record):
    """Rooms that the office, a community or a station uses."""

    division: str = ref("所属区划", to="division")
    name: str = text("名称")
    kind: str = code("类别", table=PREMISES_KINDS)
    area: Decimal | None = measure("面积", unit="平方米", scale=2, default=None)
    tenure: Tenure = term("权属")
    condition: Condition | None = term("条件", default=None)
    address: str | None = text("地址", default=None)
    longitude: Decimal | None = measure("经度", unit="度", scale=6, signed=True, default=None)
    latitude: Decimal | None = measure("纬度", unit="度", scale=6, signed=True, default=None)
    since: date | None = day("启用日期", default=None)
    until: date | None = day("停用日期", default=None)
    ended: bool = ended_flag(default=False)


@record("boundary_change", label="区划变更", key=("event", "before", "after", "on"))
class BoundaryChange(Record):
    """Something that happened to divisions on a day: which there were before, and which there are after."""

    event: BoundaryEvent = term("变更")
    before: tuple[str, ...] = texts("变更前区划", note="代码，以顿号分隔")
    after: tuple[str, ...] = texts("变更后区划", note="代码，以顿号分隔")
    on: date = day("生效日期")
    reason: str | None = text("原因或文号", default=None)
