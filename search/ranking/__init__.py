"""How well texts answer a text: words (BM25) and meaning (LSA), and the two together.

Pure computation: no Django, plain arrays in and out. `Ranker` is the way in.
"""

from search.ranking.fusion import fuse
from search.ranking.ranker import Ranker

__all__ = ["Ranker", "fuse"]
