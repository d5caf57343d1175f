"""The demonstration district: a fictitious sub-district of six communities, the same for the same seed.

>>> sample = make_sample(households=60)
>>> [community.name for community in sample.records["community"]]
['望溪社区', '听泉社区', '桂湾社区', '竹园社区', '新桥社区', '石坊社区']
"""

from shequ.sample.district import SMALLEST, Sample, make_sample
from shequ.sample.flaws import FLAWS, Flaw

__all__ = ["FLAWS", "SMALLEST", "Flaw", "Sample", "make_sample"]
