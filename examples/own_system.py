"""For developers: shequ inside one's own system, with records made by the program and kept in memory."""

from datetime import date

import shequ
from shequ.model import (
    Community,
    CommunityStatus,
    Coverage,
    Household,
    HouseholdMembership,
    MembershipKind,
    Resident,
    SubDistrict,
)

STREET, COMMUNITY = "999900001000", "999900001001"

with shequ.open("memory:", district=STREET, actor="own-system") as register:
    register.put(
        SubDistrict(id=STREET, code=STREET, name="云溪街道"),
        Community(id=COMMUNITY, code=COMMUNITY, name="望溪社区", sub_district=STREET, status=CommunityStatus.OPERATING),
        Household(id="h1", community=COMMUNITY, number="1"),
        Resident(id="r1", name="王芳", sex="2", birth_date=date(1960, 6, 30)),
        HouseholdMembership(id="m1", household="h1", resident="r1", kind=MembershipKind.LIVING, since=date(2020, 1, 1)),
        Coverage(id="all", type="*", division=STREET),
        reason="first records",
    )
    for code in ("population.households", "population.floating", "population.elderly_share"):
        print(register.measure(code, at="2025-12-31").explain())
