"""Made-up persons: names, resident IDs of the demonstration area, and codes that fit their age."""

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import attrs

from shequ.codes import check_digit
from shequ.effective import age
from shequ.model import Resident, derive_id
from shequ.sample.ledger import LAST_DAY, Ledger

__all__ = ["Person", "Registry", "made_up_name", "made_up_phone"]

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤"
)
_MALE = "伟强磊军勇杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林博建国志文海山东亮成康庆福生荣祥永德"
_FEMALE = "芳娜敏静丽艳娟霞秀玲桂兰英梅红燕云萍雪莹洁琳晶欢颖婷慧莉珍凤琴素淑惠珠翠雅芝爱香月莺媛瑞倩佳怡"


def made_up_name(rng: random.Random, sex: str, surname: str | None = None) -> str:
    """A name of two or three characters."""
    given = _MALE if sex == "1" else _FEMALE
    return (surname or rng.choice(_SURNAMES)) + "".join(rng.sample(given, 1 if rng.random() < 0.16 else 2))


def made_up_phone(rng: random.Random) -> str:
    """A telephone number that nobody can have: no number in the country starts with three zeros."""
    return f"000{rng.randrange(10**8):08d}"


@attrs.define(eq=False)
class Person:
    """A person while the sample is being made; written as a :class:`Resident` at the end."""

    id: str
    id_number: str
    name: str
    sex: str
    birth: date
    phone: str | None = None
    education: str | None = None
    employment: str | None = None
    political: str = "13"
    marital: str = "10"
    health: str = "1"
    died: date | None = None

    @property
    def age(self) -> int:
        """Completed years on the last day of the sample."""
        return age(self.birth, LAST_DAY)

    def write(self, ledger: Ledger) -> Resident:
        """Write the person down as a resident."""
        return ledger.keep(self.resident(ledger))

    def resident(self, ledger: Ledger) -> Resident:
        """The person as a resident, not written down yet."""
        return ledger.draft(
            Resident,
            name=self.name,
            id_number=self.id_number,
            sex=self.sex,
            birth_date=self.birth,
            education=self.education,
            employment=self.employment,
            political=self.political,
            marital=self.marital,
            health=self.health,
            phone=self.phone,
            died=self.died,
        )


_COHORT_EDUCATION: tuple[tuple[int, tuple[str, ...], tuple[int, ...]], ...] = (
    # Oldest age, codes of GB/T 4658, weights: the younger a cohort, the longer it went to school.
    (34, ("10", "20", "30", "40", "60", "70"), (8, 38, 27, 11, 10, 6)),
    (49, ("10", "20", "30", "40", "60", "70"), (5, 25, 24, 14, 18, 14)),
    (64, ("20", "30", "40", "60", "70", "80"), (8, 14, 13, 25, 33, 7)),
    (120, ("20", "30", "40", "60", "70", "80", "90"), (5, 7, 9, 14, 30, 29, 6)),
)
_SKILLED = frozenset(("10", "20", "30"))


@attrs.define
class Registry:
    """Gives out persons, each with an ID that no other has."""

    rng: random.Random
    persons: list[Person] = attrs.field(factory=list)
    _numbers: Counter[str] = attrs.field(factory=Counter)

    def person(self, sex: str, years: int, *, surname: str | None = None, **facts: Any) -> Person:
        """A person of this age in completed years on the last day; ``facts`` override what chance gives."""
        rng = self.rng
        birth = LAST_DAY.replace(year=LAST_DAY.year - years) - timedelta(days=rng.randrange(365))
        number = self._number(birth, sex)
        person = Person(derive_id("resident", (number,)), number, made_up_name(rng, sex, surname), sex, birth)
        if years >= 12:
            person.phone = made_up_phone(rng)
        person.education = self._education(years)
        person.employment = self._employment(person, years)
        person.political = self._political(person, years)
        person.health = self._health(years)
        for name, value in facts.items():
            setattr(person, name, value)
        self.persons.append(person)
        return person

    def _number(self, birth: date, sex: str) -> str:
        """Area, birth date, a sequence that is odd for men, check digit."""
        stem = f"999900{birth:%Y%m%d}"
        turn = self._numbers[stem + sex]
        self._numbers[stem + sex] += 1
        first17 = f"{stem}{2 * turn + (1 if sex == '1' else 2):03d}"
        return first17 + check_digit(first17)

    def _education(self, years: int) -> str | None:
        if years < 7:
            return None
        if years < 18:
            return "80" if years < 13 else "70" if years < 16 else self.rng.choice(("60", "60", "40"))
        if years < 22:
            return self.rng.choice(("20", "20", "30", "60"))
        codes, weights = next((c, w) for limit, c, w in _COHORT_EDUCATION if years <= limit)
        return self.rng.choices(codes, weights)[0]

    def _employment(self, person: Person, years: int) -> str | None:
        rng = self.rng
        if years < 7:
            return None
        if years < 18 or (years < 23 and rng.random() < 0.8):
            return "31"
        if years >= (60 if person.sex == "1" else 55):
            return "80" if rng.random() < 0.9 else "90"
        if person.education in _SKILLED:
            return rng.choices(("11", "13", "17", "21", "51", "54", "37", "70"), (7, 28, 33, 9, 9, 9, 1, 4))[0]
        return rng.choices(("17", "24", "27", "51", "54", "70", "90"), (20, 38, 2, 11, 18, 8, 3))[0]

    def _political(self, person: Person, years: int) -> str:
        if 14 <= years <= 28 and self.rng.random() < 0.45:
            return "03"
        if years >= 30 and person.education in _SKILLED and self.rng.random() < 0.02:
            return self.rng.choice(("04", "05", "06", "07", "08", "09", "10", "11", "12"))
        return "13"

    def _health(self, years: int) -> str:
        weights = (93, 6, 1) if years < 40 else (76, 14, 10) if years < 65 else (42, 28, 30)
        return self.rng.choices(("1", "2", "3"), weights)[0]
