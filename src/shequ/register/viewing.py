"""What somebody may see of a register, and the log of what they saw."""

from collections.abc import Iterable

from shequ.metrics import Measurement
from shequ.model import Record, Role, Viewer
from shequ.register.holding import Holding
from shequ.reports import Access
from shequ.store import ANY

__all__ = ["Viewing"]


class Viewing(Holding):
    """What the viewer may read, and the log of readings."""

    def show(self, type: str, id: str) -> dict[str, str] | None:  # noqa: A002 - the contract's own words
        """A record as text, label → value, with what the viewer may not see masked; ``None`` if there is none.

        Personal and sensitive values that were shown are logged (个人信息查阅记录).

        Raises:
            Forbidden: If it lies outside the viewer's places.
        """
        record = self._stored(type, id)
        if record is None:
            return None
        access = self._access()
        row = access.row(record)
        fields = record.__record__.fields
        values = {name: getattr(record, name) for name in fields}
        labels = self.labels
        row |= {spec.label: told for spec in fields.values() if (told := labels.told(spec, values)) is not None}
        self._log_reading(access, record)
        return row

    def _stored(self, type_: str, id_: str) -> Record | None:
        with self.store.read(self.district) as snapshot:
            stored = snapshot.get(self.schema[type_].name, id_)
        return None if stored is None else stored.record

    def _access(self) -> Access:
        """What the viewer may read; without one, everything, as the actor."""
        return Access(
            self.viewer or Viewer(self.actor, frozenset({Role.CUSTODIAN}), purpose="程序读取"), self._engine()
        )

    def _log_reading(self, access: Access, record: Record) -> None:
        seen = access.seen(record)
        if seen:
            self._keep_readings([access.reading(record.__record__.name, record.id, seen, at=self.now)], "查阅")

    def _keep_readings(self, readings: Iterable[Record], what: str) -> None:
        """Log readings. What was read stays as it is: nothing that is counted has changed but the log itself."""
        with self.store.session(self.district, actor=self.actor, reason=f"{what}个人信息", at=self.now) as session:
            for reading in readings:
                session.put(reading, ANY)

    def _narrowed(self, found: Measurement) -> Measurement:
        """A measurement that lists the viewer's rows only."""
        return found if self.viewer is None else self._access().narrowed(found)
