"""Money that the sub-district sets aside for the communities' own work (专项经费)."""

from collections.abc import Sequence
from datetime import date

from shequ.model import DedicatedFund
from shequ.sample.ledger import Ledger, random_source
from shequ.sample.places import SUB_DISTRICT_NAME, Site

__all__ = ["grant"]

_YEARS = (2024, 2025)
# name, source, month and day of the grant, bounds in units of ten thousand yuan
_FUNDS = (
    ("社区服务群众专项经费", "区级财政", (3, 20), (12, 24)),
    ("社区党建工作经费", "区管党费", (6, 25), (2, 5)),
    ("社区工作经费补助", "街道财政", (9, 10), (1, 4)),
)
_FEN = 1_000_000


def grant(ledger: Ledger, seed: int, sites: Sequence[Site]) -> None:
    """Write what each operating community was granted in the two years."""
    rng = random_source(seed, "funds")
    for year in _YEARS:
        for site in sites:
            if not site.operating:
                continue
            for number, (name, source, (month, day), bounds) in enumerate(_FUNDS, 1):
                ledger.add(
                    DedicatedFund,
                    division=site.code,
                    name=name,
                    granted=date(year, month, day),
                    amount=rng.randint(*bounds) * _FEN,
                    source=source,
                    document=f"{SUB_DISTRICT_NAME[:2]}街〔{year}〕{number * 6}号",
                )
