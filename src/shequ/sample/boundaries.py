"""How the communities came about: what the sub-district took over in 2001, and what became of it."""

from datetime import date

from shequ.model import BoundaryChange, BoundaryEvent, Division, DivisionTerm
from shequ.sample.ledger import Ledger
from shequ.sample.places import SUB_DISTRICT

__all__ = ["remember"]

_FOUNDED = date(2001, 7, 1)
_REFORMED = date(2001, 10, 1)
_FORMER = (
    ("999900001021", "溪畔居民委员会", _FOUNDED, _REFORMED),
    ("999900001022", "渡口居民委员会", _FOUNDED, _REFORMED),
    ("999900001023", "泉湾居民委员会", _FOUNDED, _REFORMED),
    ("999900001024", "竹林居民委员会", _FOUNDED, _REFORMED),
    # Under this name; the change of 2002 says that there was another before.
    ("999900001025", "河埠居民委员会", date(2002, 3, 1), date(2004, 1, 1)),
)
_CHANGES = (
    (BoundaryEvent.SET_UP, (), (SUB_DISTRICT,), _FOUNDED, "演示政发〔2001〕12号"),
    (BoundaryEvent.MERGE, ("999900001021", "999900001022"), ("999900001001",), _REFORMED, "社区体制改革"),
    (BoundaryEvent.SPLIT, ("999900001023",), ("999900001002", "999900001003"), _REFORMED, "社区体制改革"),
    (BoundaryEvent.RECODE, ("999900001024",), ("999900001004",), _REFORMED, "竹林居民委员会改建为竹园社区"),
    (BoundaryEvent.SET_UP, (), ("999900001005",), _REFORMED, "新建住宅区设立社区"),
    (BoundaryEvent.SET_UP, (), ("999900001006",), date(2001, 12, 1), "企业生活区设立社区，职能暂未移交"),
    (BoundaryEvent.RENAME, ("999900001025",), ("999900001025",), date(2002, 3, 1), "渡头居民委员会更名"),
    (BoundaryEvent.DISSOLVE, ("999900001025",), (), date(2004, 1, 1), "整体拆迁"),
)


def remember(ledger: Ledger) -> None:
    """Write the former committees as divisions that ended, and every event with its paper or reason."""
    for code, name, since, until in _FORMER:
        ledger.add(
            Division, code=code, name=name, level=DivisionTerm.VILLAGE, parent=SUB_DISTRICT, since=since, until=until
        )
    for event, before, after, on, reason in _CHANGES:
        ledger.add(BoundaryChange, event=event, before=before, after=after, on=on, reason=reason)
