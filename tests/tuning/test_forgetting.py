"""McNemar's exact test against the binomial one, and what two probes differ by."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from tunebook.tuning.forgetting import Probe, forgotten, mcnemar, refusal


def test_mcnemar_by_hand():
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(3, 3) == 1.0
    assert mcnemar(0, 1) == 1.0
    assert mcnemar(0, 6) == pytest.approx(2 / 64)
    assert mcnemar(9, 1) == mcnemar(1, 9) == pytest.approx(2 * (1 + 10) / 1024)


def test_mcnemar_is_the_exact_binomial_test():
    stats = pytest.importorskip("scipy.stats")
    for lost in range(0, 30, 3):
        for won in range(1, 30, 4):
            assert mcnemar(lost, won) == pytest.approx(stats.binomtest(lost, lost + won).pvalue)


def test_two_probes_differ_by_what_is_computed_by_hand():
    torch = pytest.importorskip("torch")
    base = Probe(2.0, [torch.tensor([[0.5, 0.5], [0.75, 0.25]]).log()], (True, True, False, True))
    tuned = Probe(2.5, [torch.tensor([[0.25, 0.75], [0.75, 0.25]]).log()], (True, False, True, False))
    told = forgotten(base, tuned)
    assert told["kl"] == pytest.approx((0.5 * math.log(2) + 0.5 * math.log(2 / 3)) / 2, abs=1e-6)
    assert told["top_token_agreement"] == 0.5
    assert told["cross_entropy"] == {"before": 2.0, "after": 2.5}
    choice = told["choice"]
    assert (choice["right_to_wrong"], choice["wrong_to_right"], choice["mcnemar_p"]) == (2, 1, 1.0)
    assert (choice["before"], choice["after"], choice["items"]) == (0.75, 0.5, 4)
    assert "no loss detectable" in told["verdict"]


def test_what_is_beyond_chance_is_called_a_loss_or_a_gain():
    """ "3 lost and 15 won (McNemar p = 0.01, no loss detectable)" read as if p said the contrary."""
    torch = pytest.importorskip("torch")
    few = Probe(2.0, [torch.zeros(1, 2).log_softmax(-1)], (True,) * 3 + (False,) * 15)
    many = replace(few, right=(False,) * 3 + (True,) * 15)
    assert "3 of 18 choice items were lost and 15 won (McNemar p = 0.01, a gain)" in forgotten(few, many)["verdict"]
    assert "15 of 18 choice items were lost and 3 won (McNemar p = 0.01, a loss)" in forgotten(many, few)["verdict"]


def test_the_same_model_has_forgotten_nothing():
    torch = pytest.importorskip("torch")
    probe = Probe(3.0, [torch.randn(5, 7).log_softmax(-1)], (True, False))
    told = forgotten(probe, probe)
    assert (told["kl"], told["top_token_agreement"]) == (pytest.approx(0, abs=1e-6), 1.0)
    assert "costs +0.00 nats" in forgotten(probe, replace(probe, cross_entropy=2.998))["verdict"]


def measured(rise: float, lost: int, won: int) -> dict[str, Any]:
    choice = {"items": 100, "right_to_wrong": lost, "wrong_to_right": won, "mcnemar_p": mcnemar(lost, won)}
    return {"cross_entropy": {"before": 3.0, "after": 3.0 + rise}, "choice": choice}


def test_the_gate_refuses_what_has_forgotten_too_much():
    assert refusal(measured(9.0, 50, 0), None) is None, "no gate"
    assert refusal(measured(0.1, 3, 2), 0.2) is None
    assert "costs +0.300 nats a token, and +0.200 is allowed" in str(refusal(measured(0.3, 0, 0), 0.2))
    assert "12 of 100 choice items were lost and 1 won" in str(refusal(measured(0.1, 12, 1), 0.2))
    assert refusal(measured(0.1, 1, 12), 0.2) is None, "what was won is no loss"
