"""What stands in for a gate where a project has no examples."""

from __future__ import annotations

import pytest

from tunebook.answer.default_gate import THRESHOLDS, default_gate

FOUND = {"cosine": 0.75, "late": 0.8, "lead": 0.6, "sentence_holds": 1.0}
NOT_FOUND = {"cosine": 0.35, "late": 0.55, "lead": 0.02, "sentence_holds": 0.2}


def test_it_lets_what_stands_out_and_refuses_what_nothing_speaks_of():
    gate = default_gate(0.1)
    assert gate.lets(FOUND)
    assert not gate.lets(NOT_FOUND)
    assert gate.lets({}), "nothing known is average"


@pytest.mark.parametrize(("share", "threshold"), [(0, 0), (0.1, 0.2039), (0.15, 0.2333), (0.9, 0.2627)])
def test_the_threshold_is_that_of_the_refusals_allowed(share, threshold):
    assert default_gate(share).threshold == pytest.approx(threshold)


def test_thresholds_rise_with_the_share():
    assert list(THRESHOLDS) == sorted(THRESHOLDS)
