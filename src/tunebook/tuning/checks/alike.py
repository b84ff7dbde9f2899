"""Texts that are equal but for their dress, and texts that are nearly equal.

    bare("How heavy  is the WREN?")            →  "how heavy is the wren"
    list(Near(texts).pairs())                  →  [Alike(later=7, earlier=2, similarity=0.91)]

Similarity is Jaccard's, of the sets of four neighbouring characters: |A ∩ B| / |A ∪ B|.  Candidates come from MinHash
signatures in 16 bands of 5 (Broder 1997; Leskovec et al., Mining of Massive Datasets, chapter 3): a pair of similarity s
is met with 1 - (1 - s⁵)¹⁶, .987 at .75.  Two guards, because examples share instructions and contexts:

- a line or sentence that stands in 20 rows or more is a template, and is not compared;
- what is left when the shared sentences are taken out must be alike too (.5), unless one side has nothing left.

Left out on purpose: paraphrases, which share a meaning and no characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

NEAR, LEFT = 0.75, 0.5  # least similarity of the texts, and of what they do not share
BANDS, BAND = 16, 5
TEMPLATE_ROWS = 20
FEWEST_WORDS = 4  # shorter texts are alike by chance
BUCKET = 12  # rows of one bucket that a later row is compared with, so that no file takes quadratic time
MOST = 6  # candidates of a row that are looked at

# no emoji, no sign that computes
_MARKS = re.escape("!\"'(),.:;?[]_`{}\\…“”„‘’‚«»‹›–—¡¿。、，！？：；「」『』（）【】《》")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))  # soft hyphen, marks without width
_TYPED = str.maketrans("\u2019\u02bc\u2010\u2011", "''--")  # apostrophes and hyphens as keyboards have them
_EDGES = re.compile(rf"(?<!\w)[{_MARKS}]+|[{_MARKS}]+(?!\w)")
_PIECES = re.compile(r"\n+|(?<=[.!?:;])\s+")

Grams = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Alike:
    """Places of two texts, the later first."""

    later: int
    earlier: int
    similarity: float


def plain(text: str) -> str:
    """Without case, the width of white space and what is not seen; a letter and its accent are one character."""
    return " ".join(unicodedata.normalize("NFC", text.translate(_UNSEEN)).lower().split())


def bare(text: str) -> str:
    """Without punctuation at the edges of words too, and typed plainly; what counts or computes (1.5, a-b, < 3) stays."""
    return " ".join(_EDGES.sub(" ", plain(text).translate(_TYPED)).split())


def unaccented(text: str) -> str:
    """ "ou est le velo" of "où est le vélo"; signs of vowels in other scripts stay."""
    return re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFD", text))


def similarity(a: str, b: str) -> float:
    """Jaccard of two texts' characters, four at a time, in [0, 1]."""
    return _jaccard(_grams(bare(a)), _grams(bare(b)))


class Near:
    """Which of many texts are nearly equal."""

    def __init__(self, texts: Sequence[str], known: int = 0) -> None:
        """The first `known` texts are not compared with each other."""
        self._known = known
        self._pieces = [[bare(piece) for piece in _PIECES.split(text)] for text in texts]
        rows = Counter(piece for pieces in self._pieces for piece in set(pieces))
        self._kept = [" ".join(p for p in pieces if p and rows[p] < TEMPLATE_ROWS) for pieces in self._pieces]

    def pairs(self) -> Iterator[Alike]:
        """Each text with earlier ones that it is near to, in no order; equal ones with the first of them."""
        first: dict[str, int] = {}
        for place, text in enumerate(self._kept):
            if text.count(" ") + 1 >= FEWEST_WORDS:
                earlier = first.setdefault(text, place)
                if earlier != place >= self._known:
                    yield Alike(place, earlier, 1.0)
        grams = {place: _grams(text) for text, place in first.items()}
        for later, earlier in self._candidates(grams):
            alike = _jaccard(grams[later], grams[earlier])
            if alike >= NEAR and self._alike_in_the_rest(later, earlier):
                yield Alike(later, earlier, alike)

    def _candidates(self, grams: dict[int, Grams]) -> Iterator[tuple[int, int]]:
        """Those met in most bands, of the known texts and of the others."""
        buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
        for later in sorted(grams):
            signature = _signature(grams[later])
            met: Counter[int] = Counter()
            for band in range(BANDS):
                bucket = buckets[band, signature[band * BAND : (band + 1) * BAND].tobytes()]
                met.update(bucket)
                if len(bucket) < BUCKET:
                    bucket.append(later)
            if later < self._known:
                continue
            for side in (True, False):
                of_side = Counter({place: bands for place, bands in met.items() if (place < self._known) is side})
                yield from ((later, earlier) for earlier, _ in of_side.most_common(MOST))

    def _alike_in_the_rest(self, later: int, earlier: int) -> bool:
        one, other = self._pieces[later], self._pieces[earlier]
        rests = [" ".join(p for p in own if p not in set(theirs)) for own, theirs in ((one, other), (other, one))]
        return not all(rests) or _jaccard(_grams(rests[0]), _grams(rests[1])) >= LEFT


def _grams(text: str) -> Grams:
    """Sorted hashes of each four neighbouring characters; fewer make one."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    if len(codes) < 4:
        codes = np.pad(codes, (0, 4 - len(codes)))
    hashes = codes[:-3]
    for step in (1, 2, 3):  # wraps around at 2⁶⁴, as it should
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + codes[step : len(codes) - 3 + step]
    return np.unique(hashes)


def _signature(grams: Grams) -> Grams:
    """The least of each of BANDS × BAND hash functions, by multiplying and shifting: (BANDS * BAND,)."""
    factors, shifts = _functions()
    least: Grams = ((grams[:, None] * factors + shifts) >> np.uint64(32)).min(0)  # (grams, functions) → (functions,)
    return least


@lru_cache(maxsize=1)
def _functions() -> tuple[Grams, Grams]:
    draw = np.random.default_rng(0)
    factors = draw.integers(1, 2**63, BANDS * BAND, dtype=np.uint64) | np.uint64(1)
    return factors, draw.integers(0, 2**63, BANDS * BAND, dtype=np.uint64)


def _jaccard(a: Grams, b: Grams) -> float:
    if min(len(a), len(b)) < LEFT * max(len(a), len(b)):  # such sizes cannot reach either bound
        return 0.0
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / (len(a) + len(b) - shared)
