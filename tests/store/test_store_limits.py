"""What no store can hold is refused when it is put, so that nothing is stored that could not be read again."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from store_samples import kept, save, thing

from shequ.effective import SHANGHAI
from shequ.errors import InvalidRecord
from shequ.store import Store

WEST = timezone(timedelta(hours=-12))


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2, 1, 1, tzinfo=SHANGHAI),  # the year 1 in UTC
        datetime(9998, 12, 31, 16, tzinfo=UTC),  # the year 9999 in Shanghai
        datetime(9998, 12, 31, 4, tzinfo=WEST),
    ],
)
def test_a_moment_whose_year_is_out_of_range_in_utc_or_in_shanghai(store: Store, moment: datetime) -> None:
    with pytest.raises(InvalidRecord, match="超出可存储的范围") as caught:
        save(store, thing("a", seen=moment))
    assert ("thing", "seen", "out-of-range") == (caught.value.type, caught.value.field, caught.value.code)
    assert {} == kept(store)


@pytest.mark.parametrize(
    "moment",
    [datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, 23, 59, 59, 999999, tzinfo=SHANGHAI)],
)
def test_the_first_and_the_last_moment_come_back(store: Store, moment: datetime) -> None:
    made = thing("a", seen=moment)
    save(store, made)
    assert made == kept(store)["thing", "a"].record
    assert [made] == [found.record for found in kept(store).values()]
