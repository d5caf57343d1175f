"""How workers were appraised and trained, and what came of the symposia (民情恳谈会)."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from shequ.effective import Span, local_date
from shequ.lifecycle.casework import RESOLUTION
from shequ.model import (
    Activity,
    Appraisal,
    CommunityWorker,
    Feedback,
    Resolution,
    ResolutionState,
    Training,
)
from shequ.sample.ledger import LAST_DAY, Ledger, random_source
from shequ.sample.places import SUB_DISTRICT
from shequ.sample.staff import Staff
from shequ.sample.walk import Stage, later, walk

__all__ = ["appraise", "resolve", "train"]

_GRADES = ("excellent", "good", "qualified", "fail")
_SCORES = {"excellent": (90, 99), "good": (80, 92), "qualified": (66, 82), "fail": (48, 60)}
_SUBJECTS = ("民法典与物业纠纷", "网格信息采集", "群众工作方法", "低保政策解读", "居家养老服务", "应急处置")


def appraise(ledger: Ledger, seed: int) -> None:
    """Write the appraisals of the full-time workers in office at the end of each of the two years."""
    rng = random_source(seed, "appraisals")
    for year in (2024, 2025):
        full_time = [worker for worker in ledger.all(CommunityWorker) if worker.full_time]
        for number, worker in enumerate(full_time):
            if date(year, 12, 31) not in Span(worker.since, worker.until):
                continue
            grade = rng.choices(_GRADES[:3], (22, 66, 12))[0]
            if (number, year) == (len(full_time) - 1, 2024):
                grade = "fail"
            ledger.add(Appraisal, worker=worker.id, year=year, grade=grade, by_residents=rng.randint(*_SCORES[grade]))


def train(ledger: Ledger) -> None:
    """Write the trainings of workers: the sub-district's activities of that kind, with the same heads."""
    sessions = [a for a in ledger.all(Activity) if a.division == SUB_DISTRICT and a.kind == "training"]
    for subject, session in zip(_SUBJECTS, sessions, strict=True):
        ledger.add(
            Training,
            division=SUB_DISTRICT,
            subject=subject,
            on=local_date(session.began),
            persons=session.attendance or 0,
            hours=3,
        )


_R = ResolutionState
_TITLES = (
    ("增设电动车充电桩", "物业企业"),
    ("修剪遮光树木", "社区居委会"),
    ("规范楼道堆物", "楼群小组长"),
    ("增设晾衣架", "社区居委会"),
    ("延长阅览室开放时间", "社区服务中心"),
    ("协调夜间施工噪声", "街道城建科"),
    ("加装路口减速带", "街道城建科"),
)
_TOLD = ("已完成，请居民监督", "已落实并公示", "已整改，效果良好")


def resolve(ledger: Ledger, seed: int, held: Mapping[str, Sequence[Activity]], staff: Mapping[str, Staff]) -> None:
    """Write what each symposium resolved, what became of it, and what the residents were told."""
    rng = random_source(seed, "resolutions")
    for code, activities in held.items():
        symposia = [activity for activity in activities if activity.kind == "symposium"]
        for place, symposium in enumerate(symposia):
            day = local_date(symposium.began)
            chosen = rng.sample(_TITLES, rng.randint(2, 3))
            for number, (title, responsible) in enumerate(chosen):
                state = _R.DONE
                if place == len(symposia) - 1:
                    state = (_R.PASSED, _R.UNDERWAY, _R.DONE)[number]
                elif number == 2:
                    state = _R.DROPPED
                draft = ledger.draft(
                    Resolution,
                    activity=symposium.id,
                    title=title,
                    responsible=responsible,
                    due=later(day, 180 if state in (_R.PASSED, _R.UNDERWAY) else 90),
                )
                way = list(_way(rng, state, day))
                made = ledger.keep(walk(ledger, RESOLUTION, draft, way, actor=staff[code].head))
                if state in (_R.DONE, _R.DROPPED):
                    _tell(ledger, rng, made, way[-1].on)


def _way(rng: random.Random, state: ResolutionState, day: date) -> Iterator[Stage]:
    if state is _R.PASSED:
        return
    if state is _R.DROPPED:
        yield Stage("drop", later(day, 14), "不具备施工条件")
        return
    yield Stage("start", later(day, rng.randint(2, 9)))
    if state is _R.DONE:
        yield Stage("finish", min(later(day, rng.randint(20, 80)), LAST_DAY))


def _tell(ledger: Ledger, rng: random.Random, resolution: Resolution, on: date) -> None:
    dropped = resolution.state is _R.DROPPED
    facts: dict[str, Any] = {"content": rng.choice(_TOLD), "satisfied": rng.random() < 0.93}
    if dropped:
        facts = {"content": "已说明不予采纳的原因", "satisfied": None}
    ledger.add(Feedback, resolution=resolution.id, on=min(later(on, rng.randint(1, 4)), LAST_DAY), **facts)
