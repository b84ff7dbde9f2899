"""Fusion against its formula by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebook.library import fuse

SCORES = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(-5, 40, allow_nan=False), max_size=8)


def two(lexical: dict[str, float], dense: dict[str, float], dense_weight: float) -> dict[str, float]:
    return fuse({"bm25": lexical, "cosine": dense}, {"bm25": 1 - dense_weight, "cosine": dense_weight})


def test_the_formula_by_hand():
    fused = two({"a": 9.0, "b": 4.0, "c": 5.0}, {"b": 0.7, "d": 0.6, "a": 0.5}, dense_weight=0.25)
    assert fused == pytest.approx({"a": 0.75, "b": 0.25, "c": 0.15, "d": 0.125})
    assert list(fused) == ["a", "b", "c", "d"]


def test_any_number_of_lists_is_fused():
    lists = {"x": {"a": 1.0, "b": 0.0}, "y": {"a": 0.0, "b": 1.0}, "z": {"b": 3.0, "c": 2.0}}
    assert fuse(lists, {"x": 0.5, "y": 0.25, "z": 0.25}) == {"a": 0.5, "b": 0.5, "c": 0.0}


def test_one_list_alone_keeps_its_order():
    assert list(two({"a": 1.0, "b": 3.0, "c": 2.0}, {}, 0.5)) == ["b", "c", "a"]
    assert list(two({}, {"a": 0.1, "b": 0.3}, 0.5)) == ["b", "a"]
    assert two({}, {}, 0.5) == {}


def test_a_list_of_equal_scores_counts_in_full():
    assert two({"a": 2.0}, {"b": 0.5, "a": 0.5}, 0.5) == {"a": 1.0, "b": 0.5}


def test_ties_are_ordered_by_id_whatever_came_first():
    assert list(two({"c": 1.0, "a": 1.0, "b": 1.0}, {}, 0.5)) == ["a", "b", "c"]
    assert list(two({"b": 2.0, "x": 1.0}, {"a": 0.9, "y": 0.1}, 0.5)) == ["a", "b", "x", "y"]


@given(SCORES, SCORES, st.floats(0, 1))
def test_scores_are_between_0_and_1_best_first_over_all_ids(lexical, dense, weight):
    fused = two(lexical, dense, weight)
    assert fused.keys() == lexical.keys() | dense.keys()
    assert all(-1e-9 <= score <= 1 + 1e-9 for score in fused.values())
    assert list(fused.values()) == sorted(fused.values(), reverse=True)
