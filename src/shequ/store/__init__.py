"""Where records are kept: the contract, and what every store of the library's own is built from."""

from shequ.store.chain import Entry
from shequ.store.contract import ABSENT, ANY, Change, Expect, Session, Snapshot, Store, Stored, StoreFactory

__all__ = ["ABSENT", "ANY", "Change", "Entry", "Expect", "Session", "Snapshot", "Store", "StoreFactory", "Stored"]
