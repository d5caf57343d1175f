"""Works, tasks and news: what the office builds, what is sent down to it, what is written about it."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import attrs

from shequ.lifecycle.works import PROJECT
from shequ.model import (
    AssignedTask,
    Expenditure,
    NewsItem,
    Project,
    ProjectPhase,
    TaskCategory,
)
from shequ.sample.ledger import Ledger, random_day, random_source
from shequ.sample.places import SUB_DISTRICT, SUB_DISTRICT_NAME, Site
from shequ.sample.walk import Stage, later, walk

__all__ = ["assign", "build", "publish"]

_YEARS = (2024, 2025)


@attrs.frozen
class _Work:
    """A project: community's place in the list, name, kind, phase, budget and spending in yuan, its dates."""

    site: int
    name: str
    kind: str
    phase: ProjectPhase
    budget: int
    spent: int | None = None
    began: date | None = None
    completed: date | None = None


_DONE, _GOING = ProjectPhase.COMPLETED, ProjectPhase.UNDERWAY
# What is approved and has not begun is to begin then.
_TO_BEGIN, _CANCELLED = date(2026, 1, 30), date(2025, 6, 18)
_WORKS = (
    _Work(
        0,
        "溪畔花园老旧小区改造",
        "renewal",
        _DONE,
        3_600_000,
        3_482_650,
        date(2024, 3, 18),
        date(2024, 11, 8),
    ),
    _Work(0, "望溪路人行道铺装", "paving", _DONE, 480_000, 471_320, date(2025, 4, 7), date(2025, 6, 30)),
    _Work(0, "云锦里口袋花坛", "green_spot", _DONE, 86_000, 84_900, date(2024, 4, 10), date(2024, 5, 25)),
    _Work(1, "听泉小区楼道亮化", "lighting", _DONE, 215_000, 208_760, date(2024, 6, 3), date(2024, 8, 16)),
    _Work(1, "泉水湾老旧小区改造", "renewal", _GOING, 5_200_000, 2_940_000, date(2025, 5, 12)),
    _Work(1, "清源里小景点", "green_spot", _DONE, 64_000, 63_120, date(2025, 3, 12), date(2025, 4, 18)),
    _Work(2, "桂湾花园补绿", "greening", _DONE, 148_000, 142_300, date(2025, 3, 10), date(2025, 5, 20)),
    _Work(2, "丹桂新村健身设施", "facility", _DONE, 320_000, 318_000, date(2024, 5, 6), date(2024, 9, 10)),
    _Work(2, "金桂苑道路铺装", "paving", ProjectPhase.APPROVED, 560_000),
    _Work(3, "竹园小区亮化", "lighting", _DONE, 176_000, 171_050, date(2025, 7, 1), date(2025, 9, 12)),
    _Work(3, "翠竹苑老旧小区改造", "renewal", ProjectPhase.PROPOSED, 4_100_000),
    _Work(4, "新桥家园绿化提升", "greening", _GOING, 260_000, 120_500, date(2025, 10, 9)),
    _Work(4, "石桥里立体车库", "facility", ProjectPhase.CANCELLED, 1_900_000),
    _Work(5, "石坊新村雨污管网", "facility", _GOING, 2_300_000, 860_000, date(2025, 8, 4)),
)
_FUNDS = ("市级老旧小区改造补助", "街道城建专项", "福彩公益金", "共建单位支持")


def build(ledger: Ledger, sites: Sequence[Site]) -> None:
    """Write the projects, in every phase, with their money: what was spent is what was paid out in instalments."""
    for number, work in enumerate(_WORKS):
        draft = ledger.draft(
            Project,
            division=sites[work.site].code,
            name=work.name,
            kind=work.kind,
            funding=_FUNDS[0] if work.kind == "renewal" else _FUNDS[number % len(_FUNDS)],
            phase=work.phase,
            budget=work.budget * 100,
            spent=work.spent * 100 if work.spent is not None else None,
        )
        project = ledger.keep(walk(ledger, PROJECT, draft, _course(work), actor=f"{SUB_DISTRICT_NAME}城建科"))
        for turn, (paid, amount, purpose) in enumerate(_instalments(project)):
            ledger.add(
                Expenditure,
                project=project.id,
                voucher=f"GC-{paid.year}-{number + 1:02d}-{turn + 1}",
                paid=paid,
                amount=amount,
                funding=project.funding,
                payee="演示市城乡建设工程公司",
                purpose=purpose,
            )


def _course(work: _Work) -> Iterator[Stage]:
    if work.phase is ProjectPhase.PROPOSED:
        return
    if work.phase is ProjectPhase.CANCELLED:
        yield Stage("cancel", _CANCELLED, "地下管线无法迁改")
        return
    yield Stage("approve", later(work.began or _TO_BEGIN, -45), "列入年度城建计划")
    if work.began is not None:
        yield Stage("start", work.began)
    if work.completed is not None:
        yield Stage("complete", work.completed, "竣工验收合格")


def _instalments(project: Project) -> Iterator[tuple[date, int, str]]:
    """Three tenths in advance; the rest on completion, or with what has been built so far."""
    if project.spent is None or project.began is None:
        return
    advance = project.spent * 3 // 10
    yield later(project.began, 7), advance, "预付款"
    rest = project.spent - advance
    if project.completed is not None:
        yield later(project.completed, 30), rest, "竣工结算款"
    else:
        yield later(project.began, 60), rest, "工程进度款"


_REGULAR, _INSPECTION, _OWN = TaskCategory.REGULAR, TaskCategory.INSPECTION, TaskCategory.AUTONOMOUS
_TASKS: tuple[tuple[str, str, TaskCategory, str | None], ...] = (
    ("民政局", "低保对象年度复核", _REGULAR, "welfare"),
    ("民政局", "高龄津贴核实", _REGULAR, "welfare"),
    ("残疾人联合会", "残疾人基本状况调查", _REGULAR, "welfare"),
    ("人力资源和社会保障局", "失业人员登记", _REGULAR, "public_service"),
    ("人力资源和社会保障局", "养老待遇资格认证", _REGULAR, "public_service"),
    ("卫生健康局", "健康档案更新", _REGULAR, "public_service"),
    ("卫生健康局", "流动育龄人口登记", _REGULAR, "public_service"),
    ("统计局", "人口抽样调查", _REGULAR, "public_service"),
    ("公安分局", "流动人口登记", _REGULAR, "safety"),
    ("司法局", "矛盾纠纷月排查", _REGULAR, "safety"),
    ("应急管理局", "消防安全检查", _REGULAR, "safety"),
    ("城市管理局", "垃圾分类入户", _REGULAR, "health_environment"),
    ("城市管理局", "违章搭建巡查", _REGULAR, "health_environment"),
    ("文化和旅游局", "文化活动月报", _REGULAR, "culture"),
    ("教育局", "学龄儿童摸底", _REGULAR, "culture"),
    ("文明办", "文明城市创建检查", _INSPECTION, "health_environment"),
    ("爱卫办", "卫生城市复审", _INSPECTION, "health_environment"),
    ("政法委", "平安建设年度考核", _INSPECTION, "safety"),
    ("组织部", "基层党建督查", _INSPECTION, None),
    ("社区居民", "居民公约修订", _OWN, "self_governance"),
    ("社区居民", "居民代表会议", _OWN, "self_governance"),
    ("社区居民", "楼道自治公约", _OWN, "self_governance"),
)


def assign(ledger: Ledger, seed: int, sites: Sequence[Site]) -> None:
    """Write what each operating community was told to do, and what it does of its own accord."""
    rng = random_source(seed, "tasks")
    for site in sites:
        if not site.operating:
            continue
        for year in _YEARS:
            for number, (department, name, category, work_class) in enumerate(_TASKS):
                received = random_day(rng, date(year, 1, 5), date(year, 11, 10))
                if category is TaskCategory.REGULAR:
                    received = date(year, 1 + number % 3, 10)
                ledger.add(
                    AssignedTask,
                    division=site.code,
                    department=department,
                    name=name,
                    category=category,
                    work_class=work_class,
                    received=received,
                    until=received + timedelta(days=rng.randint(15, 45)),
                )


_OUTLETS = (
    "district",
    "online",
    "city",
    "online",
    "district",
    "province",
    "online",
    "city",
    "district",
    "national",
)
_HEADLINES = (
    "党员亮身份 服务在楼道",
    "邻里节上话家常",
    "志愿者周末进小区",
    "老旧小区换新颜",
    "百姓讲堂开讲",
    "社区食堂暖人心",
    "一张联系卡 连起千家户",
    "文化周里好戏多",
)


def publish(ledger: Ledger, seed: int, sites: Sequence[Site]) -> None:
    """Write the news about the sub-district and its communities."""
    rng = random_source(seed, "news")
    operating = [site for site in sites if site.operating]
    for year in _YEARS:
        for number in range(22):
            site = operating[number % len(operating)] if number % 4 else None
            ledger.add(
                NewsItem,
                division=site.code if site is not None else SUB_DISTRICT,
                title=f"{site.name if site else SUB_DISTRICT_NAME}：{_HEADLINES[number % len(_HEADLINES)]}",
                outlet=_OUTLETS[number % len(_OUTLETS)],
                published=date(year, 1 + number // 2, rng.randint(1, 28)),
            )
