"""The street's standards keep the contract of rule sets."""

from typing import ClassVar

from yunxi_charging.piles import PILE_LIFECYCLE, ChargingPile
from yunxi_charging.standards import standards

from shequ.lifecycle import LIFECYCLES
from shequ.metrics import Catalogue
from shequ.model import RECORD_TYPES, Schema
from shequ.register import declared, host_from_environment
from shequ.rules import RuleSet
from shequ.testing import RuleSetConformance


class TestStandards(RuleSetConformance):
    """Every clause of the contract of rule sets."""

    schema: ClassVar[Schema] = Schema([*RECORD_TYPES, ChargingPile])
    lifecycles = (*LIFECYCLES, PILE_LIFECYCLE)

    def make_rule_set(self) -> RuleSet:
        return standards()

    def catalogue(self) -> Catalogue:
        return declared(host_from_environment())[1]
