"""What the office means to do in a year, and what became of it."""

from datetime import date

from shequ.lifecycle.works import WORK_PLAN_ITEM
from shequ.model import PlanState, WorkPlanItem
from shequ.sample.ledger import RECORDED_TO, Ledger
from shequ.sample.places import SUB_DISTRICT
from shequ.sample.walk import Stage, walk

__all__ = ["promise"]

_PLANNED, _KEPT, _UNDERWAY = PlanState.PLANNED, PlanState.DONE, PlanState.UNDERWAY
_PLAN: tuple[tuple[int, str, str, date, str, PlanState, date | None, str | None, str | None], ...] = (
    # year, title, target, due, who, state, done or dropped on, progress, rule
    (
        2024,
        "完成溪畔花园老旧小区改造",
        "改造 12 幢",
        date(2024, 11, 30),
        "城建科",
        _KEPT,
        date(2024, 11, 8),
        "11 月 8 日完工",
        None,
    ),
    (
        2024,
        "健全社区党员联络站",
        "5 个社区全部挂牌",
        date(2024, 9, 30),
        "党建办",
        _KEPT,
        date(2024, 9, 20),
        "5 个已挂牌",
        None,
    ),
    (
        2024,
        "开展社区工作者培训",
        "全年不少于 3 次",
        date(2024, 12, 20),
        "社区办",
        _KEPT,
        date(2024, 12, 12),
        "办 3 次",
        None,
    ),
    (
        2024,
        "组建街道合唱团",
        "40 人",
        date(2024, 10, 31),
        "文化站",
        PlanState.DROPPED,
        date(2024, 6, 20),
        "改由各社区文艺队承担",
        None,
    ),
    (
        2025,
        "每月有活动、每季有安排",
        "5 个社区全覆盖",
        date(2025, 12, 31),
        "文化站",
        _KEPT,
        date(2025, 12, 31),
        "年末汇总完成",
        None,
    ),
    (2025, "楼道亮化", "竹园小区 8 幢", date(2025, 10, 31), "城建科", _KEPT, date(2025, 9, 12), "9 月 12 日完工", None),
    (
        2025,
        "招聘社区工作者",
        "桂湾社区补足 2 名",
        date(2025, 11, 30),
        "社区办",
        _UNDERWAY,
        None,
        "招聘公告已发，尚未到岗",
        "staff.households_per_worker",
    ),
    (
        2025,
        "办好社区文化周",
        "每社区 1 次",
        date(2025, 10, 15),
        "文化站",
        _KEPT,
        date(2025, 9, 28),
        "9 月 22—28 日举办",
        None,
    ),
    (
        2026,
        "补齐社区工作者",
        "桂湾社区达到每 300 户 1 名",
        date(2026, 6, 30),
        "社区办",
        _UNDERWAY,
        None,
        "笔试已完成",
        "staff.households_per_worker",
    ),
    (
        2026,
        "扩建新桥社区服务用房",
        "每百户不少于 30 平方米",
        date(2026, 10, 31),
        "城建科",
        _PLANNED,
        None,
        None,
        "premises.service_area",
    ),
    (2026, "落实楼幢包片责任", "每幢 1 人", date(2026, 3, 31), "社区办", _PLANNED, None, None, "zones.responsible"),
    (
        2026,
        "整顿过小党支部",
        "与邻近支部合并",
        date(2026, 6, 30),
        "党建办",
        _PLANNED,
        None,
        None,
        "party.branch_size",
    ),
    (2026, "完成泉水湾老旧小区改造", "改造 9 幢", date(2026, 11, 30), "城建科", _UNDERWAY, None, "完成过半", None),
    (2026, "推进石坊社区移交", "年内完成体制转换", date(2026, 12, 31), "社区办", _PLANNED, None, None, None),
)


def promise(ledger: Ledger) -> None:
    """Write the plan items of three years; all of 2024 and 2025 are done or dropped, but for the flaw."""
    for year, title, target, due, responsible, state, ended, progress, rule in _PLAN:
        draft = ledger.draft(
            WorkPlanItem,
            division=SUB_DISTRICT,
            year=year,
            title=title,
            target=target,
            due=due,
            responsible=responsible,
            progress=progress,
            rule=rule,
        )
        way = []
        if state is not _PLANNED:
            way.append(Stage("start", min(date(year, 1, 15), RECORDED_TO)))
        if ended is not None:
            way.append(Stage("finish" if state is _KEPT else "drop", ended, progress))
        ledger.keep(walk(ledger, WORK_PLAN_ITEM, draft, way, actor=responsible))
