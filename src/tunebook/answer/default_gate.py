"""The gate of a project that has no examples to fit one on: figures from other people's questions.

    default_gate(false_refusals=0.1)     →  Gate(…, threshold=.2039)

Fitted on answerable examples of SQuAD 2, CLAP NQ and the example project, with and without the documents that answer them, by
`benchmarks/default_gate.py`, which also says what it does on sets that it has not seen.  Its signals are those whose scale
does not depend on the library: BM25 grows with it.  They are the starter embedder's under late
interaction over English words; for any other, for words of another language, and under a cross-encoder, which leads by other
figures, there is no such gate.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tunebook.answer.gate import Gate

# share of answerable questions that is refused, in the one of the three sets where that is most → confidence
THRESHOLDS = ((0.0, 0.0), (0.01, 0.0458), (0.02, 0.1221), (0.05, 0.1725), (0.1, 0.2039), (0.2, 0.2627))
_FITTED = Gate(
    names=("cosine", "lead", "sentence_holds"),
    means=(0.5176, 0.2568, 0.5749),
    scales=(0.1672, 0.2710, 0.2461),
    weights=(0.7296, 1.5323, 0.8817),
    bias=0.3869,
)


def default_gate(false_refusals: float) -> Gate:
    """false_refusals: share of answerable questions that may be refused, in [0, 1); above .2 it is taken for .2."""
    shares, confidences = zip(*THRESHOLDS, strict=True)
    threshold = float(np.interp(false_refusals, shares, confidences))
    return replace(_FITTED, threshold=threshold)
