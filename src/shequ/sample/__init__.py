"""The demonstration district: a fictitious sub-district of six communities, the same for the same seed.

>>> sample = make_sample(households=60)
>>> [community.name for community in sample.records["community"]]
['望溪社区', '听泉社区', '桂湾社区', '竹园社区', '新桥社区', '石坊社区']

A city of many such sub-districts is made by :func:`make_city`; :func:`write_files` and :func:`fill` write a district
down.
"""

from shequ.sample.city import MOST_RESIDENTS, make_city
from shequ.sample.district import SMALLEST, Sample, make_sample
from shequ.sample.flaws import FLAWS, Flaw
from shequ.sample.output import fill, write_files

__all__ = [
    "FLAWS",
    "MOST_RESIDENTS",
    "SMALLEST",
    "Flaw",
    "Sample",
    "fill",
    "make_city",
    "make_sample",
    "write_files",
]
