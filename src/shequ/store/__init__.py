"""Where records are kept: the contract, and what every store of the library's own is built from."""

from shequ.store.chain import Entry
from shequ.store.contract import ABSENT, ANY, Change, Expect, Session, Snapshot, Store, Stored, StoreFactory
from shequ.store.guarded import COMMIT_HOOKS, Commit, GuardedStore, RecordChange, faults

__all__ = [
    "ABSENT",
    "ANY",
    "COMMIT_HOOKS",
    "Change",
    "Commit",
    "Entry",
    "Expect",
    "GuardedStore",
    "RecordChange",
    "Session",
    "Snapshot",
    "Store",
    "StoreFactory",
    "Stored",
    "faults",
]
