"""Intervals and the power of a comparison: closed forms, coverage in a simulation, and the bootstrap done slowly."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunebook.trial import resample
from tunebook.trial.errors import Spread, pooled_t, standard_error, t_quantile, widened
from tunebook.trial.resample import resampled_means, resampled_scores
from tunebook.trial.statistics import (
    Comparison,
    Lead,
    cases_needed,
    compare,
    detectable,
    estimate,
    leads,
    paired,
    share,
)
from tunebook.values import Estimate

scores = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6)), min_size=1, max_size=30)


def bounds(found: Estimate | None) -> tuple[float, float]:
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


def test_no_values_and_one_group_are_unknown() -> None:
    assert estimate([], [], 100, 0) is None
    assert paired([], [], [], 100, 0) is None
    assert estimate([0.25], ["a"], 100, 0) == Estimate(0.25, None, None, 1)
    assert estimate([0.0, 1.0], ["a", "a"], 100, 0) == Estimate(0.5, None, None, 2)


def test_two_groups_have_three_means() -> None:
    """Drawn are aa, ab, ba, bb: means 0, 1/2, 1 with chances 1/4, 1/2, 1/4."""
    means = resampled_means([0.0, 1.0], ["a", "b"], 20_000, 3)[:, 0]
    values, counts = np.unique(means, return_counts=True)
    assert values.tolist() == [0, 0.5, 1]
    assert counts / 20_000 == pytest.approx([0.25, 0.5, 0.25], abs=0.015)


def test_a_group_weighs_by_its_members() -> None:
    """Mean of ab is (3·1 + 0)/4, not the mean of group means."""
    assert set(resampled_means([1, 1, 1, 0], list("aaab"), 500, 0)[:, 0]) == {0.0, 0.75, 1.0}
    assert estimate([1, 1, 1, 0], list("aaab"), 500, 0) == Estimate(0.75, 0.0, 1.0, 4)


def test_groups_of_one_give_the_spread_of_the_mean() -> None:
    values = np.random.default_rng(1).normal(size=200)
    means = resampled_means(values, list(range(200)), 4000, 0)[:, 0]
    assert means.mean() == pytest.approx(values.mean(), abs=0.01)
    assert means.std() == pytest.approx(values.std() / math.sqrt(200), rel=0.05)


def test_the_quick_bootstrap_agrees_with_the_slow_one() -> None:
    rng = np.random.default_rng(5)
    groups = [f"g{i}" for i in rng.integers(0, 12, 60)]
    values = rng.random(60)
    members = {group: [v for v, g in zip(values, groups, strict=True) if g == group] for group in sorted(set(groups))}
    names = list(members)
    slow = [
        np.mean([v for name in rng.choice(names, len(names)) for v in members[name]]) for _ in range(4000)
    ]  # draws groups, strings all members together
    quick = bounds(estimate(values.tolist(), groups, 4000, 0))
    assert quick == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])), abs=0.012)


def test_arms_share_their_resamples() -> None:
    matrix = np.random.default_rng(2).random((40, 2))
    shifted = np.column_stack([matrix, matrix[:, 0] + 0.125])
    means = resampled_means(shifted, [i // 4 for i in range(40)], 300, 7)
    assert means.shape == (300, 3)
    assert means[:, 2] - means[:, 0] == pytest.approx(np.full(300, 0.125))


def test_blocks_do_not_change_what_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    values, groups = [0.0, 1.0, 0.5, 0.2], list("abcd")
    whole = resampled_means(values, groups, 100, 0)
    monkeypatch.setattr(resample, "BLOCK_WEIGHTS", 28)
    assert np.array_equal(resampled_means(values, groups, 100, 0), whole)


def test_paired_is_the_mean_of_the_differences() -> None:
    a, b, groups = [1.0, 0.5, 0.0, 1.0], [0.0, 0.5, 0.25, 0.5], list("aabc")
    found = paired(a, b, groups, 400, 2)
    low, high = bounds(found)
    assert found is not None
    assert found.mean == pytest.approx(np.mean([1.0, 0.0, -0.25, 0.5]))
    assert low < found.mean < high


def test_pairing_narrows_what_cases_have_in_common() -> None:
    rng = np.random.default_rng(4)
    hardness, groups = rng.random(80), list(range(80))
    a, b = (hardness + rng.normal(0.1, 0.02, 80)).tolist(), (hardness + rng.normal(0, 0.02, 80)).tolist()
    (gap_low, gap_high), (low, high) = bounds(paired(a, b, groups, 1000, 0)), bounds(estimate(a, groups, 1000, 0))
    assert gap_low > 0
    assert gap_high - gap_low < 0.2 * (high - low)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    """30 groups of 3 whose members share a part: 95 % nominal; the percentile interval runs a little below."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), 3)
    covered = 0
    for _ in range(300):
        values = rng.normal(0, 1, 30)[groups] + rng.normal(0, 0.5, 90)
        low, high = bounds(estimate(values.tolist(), groups.tolist(), 400, int(rng.integers(2**31))))
        covered += low <= 0 <= high
    assert 0.89 <= covered / 300 <= 0.98


def test_groups_widen_the_interval_of_correlated_members() -> None:
    values = np.repeat(np.random.default_rng(6).random(25), 8)
    low, high = bounds(estimate(values.tolist(), np.repeat(range(25), 8).tolist(), 2000, 0))
    low_apart, high_apart = bounds(estimate(values.tolist(), range(200), 2000, 0))
    # Copies add nothing: the interval of 25 groups of 8 is √8 times as wide as that of 200 cases.
    assert (high - low) / (high_apart - low_apart) == pytest.approx(math.sqrt(8), rel=0.15)


def test_standard_error_of_groups_of_one_is_s_over_root_n() -> None:
    values = np.random.default_rng(8).random(50)
    assert standard_error(values.tolist(), range(50)) == pytest.approx(values.std(ddof=1) / math.sqrt(50))
    # Copies of a case are one case.
    copies = np.repeat(values, 3).tolist()
    assert standard_error(copies, np.repeat(range(50), 3).tolist()) == pytest.approx(values.std(ddof=1) / math.sqrt(50))


def test_student_t_in_its_tables() -> None:
    found = [t_quantile(0.975, degrees) for degrees in (1, 2, 3, 5, 10, 30, 1000)]
    assert found == pytest.approx([12.706, 4.303, 3.182, 2.571, 2.228, 2.042, 1.962], rel=0.004)


def test_student_t_between_its_tables_and_far_out() -> None:
    """Against scipy.stats.t.isf 1.14: fractions of a degree, and as far out as five normal standard errors."""
    sure = {1.5: 6.01666, 2.5: 3.57465, 20.5: 2.08271}
    assert [t_quantile(0.975, f) for f in sure] == pytest.approx(list(sure.values()), rel=1e-4)
    far = {4: 56.8484, 7: 17.1026, 60: 5.59647}
    assert [t_quantile(1 - 2.866516e-07, f) for f in far] == pytest.approx(list(far.values()), rel=1e-4)


def test_the_t_of_cases_and_seeds_lies_between_the_two() -> None:
    many, two_seeds = (0.01, 199.0), (0.01, 1.0)
    assert pooled_t(1.959964, [many]) == pytest.approx(t_quantile(0.975, 199.0))
    assert pooled_t(1.959964, [many, two_seeds]) == pytest.approx((1.9720 + 12.7062) / 2, rel=1e-4)
    assert pooled_t(2.45, [(0.0, 9.0), two_seeds]) == pytest.approx(12.7062 * 2.45 / 1.959964, rel=1e-4)
    assert pooled_t(1.959964, [(0.0, 9.0), (0.0, 1.0)]) == pytest.approx(2.262157), "nothing varies"


@pytest.mark.parametrize(("seeds", "spread"), [(2, 0.06), (2, 0.15), (3, 0.06), (3, 0.15)])
def test_intervals_hold_the_truth_where_two_or_three_seeds_vary(seeds: int, spread: float) -> None:
    """An arm whose chance moves by so much from seed to seed against one that stays; held in .72 to .92 before."""
    rng, held = np.random.default_rng(seeds), 0
    for draw in range(150):
        luck = rng.random(200)
        chances = 0.5 + rng.normal(0, spread, seeds)
        rows = [np.where(rng.random(200) < 0.6, luck, rng.random(200)) < chance for chance in chances]
        low, high = bounds(compare({"a": np.array(rows), "b": luck < 0.5}, range(200), 200, draw)["a", "b"].alone)
        held += low <= 0 <= high
    assert held / 150 >= 0.91


def test_the_seeds_move_the_resamples_by_the_variance_of_their_mean() -> None:
    """Two seeds .4 apart over cases that are all alike: s²/S = .2²."""
    rows = {"a": np.stack([np.full(50, 0.2), np.full(50, 0.6)]), "b": np.zeros((1, 50))}
    drawn = resampled_scores(rows, range(50), 4000, 0)
    assert drawn[:, 0].std() == pytest.approx(0.2, rel=0.05)
    assert drawn[:, 0].mean() == pytest.approx(0.4, abs=0.01)
    assert not drawn[:, 1].any()


def test_all_zeros_are_not_surely_zero() -> None:
    low, high = bounds(share([0.0] * 40, range(40)))
    assert low == 0
    assert 0.07 < high < 0.1
    assert bounds(share([1.0] * 40, range(40)))[0] == pytest.approx(1 - high)
    assert bounds(share([0.0] * 40, [n // 8 for n in range(40)]))[1] > 0.4, "five groups are five witnesses"


def test_a_share_of_single_cases_is_wilsons() -> None:
    """Newcombe 1998: 81 of 263 gives 0.2553 to 0.3662 with z; t of 262 degrees is a little wider."""
    low, high = bounds(share([1.0] * 81 + [0.0] * 182, range(263)))
    assert (low, high) == pytest.approx((0.2553, 0.3662), abs=0.002)


def test_a_share_over_several_trainings_varies_with_these() -> None:
    """Trainings at .2, .5 and .8: s²/S = .03 is nearly all of the variance, and two degrees of freedom have a t of 4.3."""
    values = [0.5] * 100
    assert bounds(share(values, range(100)))[1] < 0.6
    low, high = bounds(share(values, range(100), [0.2, 0.5, 0.8]))
    n, t2 = 0.25 / 0.03, t_quantile(0.975, 2) ** 2
    assert high - low == pytest.approx(2 * math.sqrt(t2 * (0.25 / n + t2 / (4 * n * n))) / (1 + t2 / n), rel=1e-6)
    assert bounds(share(values, range(100), [0.5, 0.5])) == bounds(share(values, range(100), [0.5]))


@pytest.mark.parametrize("chance", [0.02, 0.1, 0.5, 0.9])
def test_shares_cover_the_truth(chance: float) -> None:
    rng = np.random.default_rng(3)
    found = [bounds(share((rng.random(60) < chance).astype(float).tolist(), range(60))) for _ in range(400)]
    assert np.mean([low <= chance <= high for low, high in found]) >= 0.92


def test_arms_that_agree_everywhere_may_still_differ() -> None:
    one = compare({"a": [1.0] * 50, "b": [1.0] * 50}, range(50), 200, 0)["a", "b"]
    low, high = bounds(one.alone)
    assert one.alone.mean == 0
    assert 0.03 < high < 0.08
    assert low == -high
    assert not one.told_apart


@pytest.mark.parametrize(("count", "apart"), [(2, False), (3, False), (5, False), (6, True), (8, True)])
def test_cases_that_all_differ_alike_tell_what_the_sign_test_tells(count: int, apart: bool) -> None:
    """2 / 2^count is below .05 from six cases on; by their own spread two would do."""
    one = compare({"a": [1.0] * count, "b": [0.0] * count}, range(count), 200, 0)["a", "b"]
    assert (one.told_apart, bounds(one.alone)[0] > 0) == (apart, apart)
    low, high = bounds(one.alone)
    assert low + high == pytest.approx(2.0)


def test_two_more_groups_that_differ_widen_by_the_closed_form() -> None:
    """Differences 1, 1, 0, 0 in groups of one: m = .5, q = 1, so 4/3 (1 + 2 (1 + .25)) / 16; and in two groups of two."""
    column = np.array([[1.0], [1.0], [0.0], [0.0]])
    errors, plain = widened(column, range(4))
    assert (float(errors[0]), float(plain[0])) == pytest.approx((math.sqrt(4 / 3 * 3.5) / 4, math.sqrt(4 / 3) / 4))
    errors, plain = widened(column, list("aabb"))  # sums 2 and 0, k m = 1, q = 2
    assert (float(errors[0]), float(plain[0])) == pytest.approx((math.sqrt(2 * (2 + 2 * 5)) / 4, math.sqrt(2 * 2) / 4))


def test_more_comparisons_make_wider_intervals() -> None:
    rng = np.random.default_rng(11)
    arms = {name: rng.random(100) for name in "abcde"}
    two, five = compare({k: arms[k] for k in "ab"}, range(100), 1000, 0), compare(arms, range(100), 1000, 0)
    assert len(five) == 10
    (low, high), (lower, higher) = bounds(two["a", "b"].among), bounds(five["a", "b"].among)
    # Tukey's studentised range for five arms over z: 2.73 / 1.96
    assert (higher - lower) / (high - low) == pytest.approx(2.73 / 1.96, abs=0.09)
    assert bounds(five["a", "b"].alone) == pytest.approx(bounds(two["a", "b"].alone))


def test_the_variance_between_seeds_enters() -> None:
    rng = np.random.default_rng(12)
    base = rng.random(200)
    steady = np.stack([base + 0.1, base + 0.1, base + 0.1])
    moody = np.stack([base - 0.1, base + 0.1, base + 0.3])
    widths = []
    for rows in (steady, moody):
        low, high = bounds(compare({"a": rows, "b": base}, range(200), 800, 0)["a", "b"].among)
        widths.append(high - low)
        assert (low + high) / 2 == pytest.approx(0.1)
    # s = .2 between the seeds, so s / √3 = .115 of standard error at least
    assert widths[1] > 2 * 1.96 * 0.115 > widths[0]


def test_one_group_compares_nothing() -> None:
    one = compare({"a": [1.0, 0.0], "b": [0.0, 0.0]}, ["g", "g"], 100, 0)["a", "b"]
    assert one.alone == one.among == Estimate(0.5, None, None, 2)
    assert (detectable(one), cases_needed(one), one.told_apart) == (None, None, False)
    assert compare({"a": [1.0]}, ["g"], 100, 0) == {}


def test_detectable_and_cases_needed_in_closed_form() -> None:
    alone, among = Estimate(0.1, 0.1 - 1.959964 * 0.05, 0.1 + 1.959964 * 0.05, 100), Estimate(0.1, -0.03, 0.23, 100)
    found = Comparison("a", "b", alone, among)
    assert detectable(found) == pytest.approx(0.13 + 0.841621 * 0.05)
    many = replace(found, spread=Spread(0.05**2, 0.0, 10**6, (), 2.6))  # t is normal, and the error falls with √n
    assert cases_needed(many) == math.ceil(100 * ((0.13 + 0.841621 * 0.05) / 0.1) ** 2)
    close = Comparison("a", "b", Estimate(0.001, -0.1, 0.102, 9), Estimate(0.001, -0.1, 0.102, 9), many.spread)
    assert cases_needed(close) is None, "more than a thousand times as many"
    nothing = Estimate(0.0, -0.1, 0.1, 9)
    assert cases_needed(Comparison("a", "b", nothing, nothing, many.spread)) is None
    apart = replace(many, spread=Spread(0.01**2, 0.0, 10**6, ((0.05**2, 2.0),), 2.6))
    assert cases_needed(apart) is None, "no number of cases changes how far the trainings lie apart"


@pytest.mark.parametrize(("count", "better"), [(4, 1), (12, 2), (40, 3)])
def test_so_many_cases_as_these_would_tell(count: int, better: int) -> None:
    """The same cases over and over, each of its own group: what is needed is just detectable, and less is not."""
    a = np.r_[np.ones(count // 2), np.zeros(count - count // 2)]
    b = np.r_[np.zeros(better), a[better:]]
    needed = cases_needed(compare({"a": a, "b": b}, range(count), 2000, 0)["a", "b"])
    assert needed is not None and needed > count
    for times, told in ((1.4, True), (0.6, False)):
        size = int(times * needed)
        found = compare({"a": np.resize(a, size), "b": np.resize(b, size)}, range(size), 2000, 0)["a", "b"]
        assert (float(detectable(found) or 1) <= abs(found.among.mean)) is told


def test_detectable_is_found_about_as_often_as_promised() -> None:
    """Two arms, differences of ±1 and 0; the planted difference is what a first sample says it could show."""
    rng = np.random.default_rng(9)
    smallest = detectable(
        compare({"a": rng.integers(0, 2, 150), "b": rng.integers(0, 2, 150)}, range(150), 400, 0)["a", "b"]
    )
    assert smallest is not None
    told = 0
    for seed in range(150):
        b = rng.random(150) < 0.4
        a = rng.random(150) < 0.4 + smallest
        told += compare({"a": a, "b": b}, range(150), 200, seed)["a", "b"].told_apart
    assert told / 150 == pytest.approx(0.8, abs=0.11)


@settings(max_examples=60, deadline=None)
@given(scores, st.integers(0, 2**32))
def test_intervals_stay_within_the_values(rows: list[tuple[float, int]], seed: int) -> None:
    values, groups = [value for value, _ in rows], [group for _, group in rows]
    found = estimate(values, groups, 50, seed)
    assert found is not None
    assert found.n == len(values)
    assert found == estimate(values, groups, 50, seed)
    assert (found.low is None) == (found.high is None) == (len(set(groups)) < 2)
    if found.low is not None:
        low, high = bounds(found)
        assert min(values) <= low <= high <= max(values)


def _arms(count: int, seed: int) -> dict[str, list[float]]:
    random = np.random.default_rng(seed)
    return {name: random.integers(0, 2, 60).astype(float).tolist() for name in "abcde"[:count]}


def test_of_two_arms_the_lead_is_their_comparison() -> None:
    arms, groups = _arms(2, 3), list(range(60))
    best = max(arms, key=lambda name: sum(arms[name]))
    other = next(name for name in arms if name != best)
    whole = compare(arms, groups, 500, 0)["a", "b"]
    assert leads(arms, groups, 500, 0) == {other: Lead(whole if best == "a" else whole.turned(), None)}


def test_leads_are_of_the_best_and_narrower_than_all_pairs() -> None:
    arms, groups = _arms(5, 1), list(range(60))
    found, every = leads(arms, groups, 2000, 0), compare(arms, groups, 2000, 0)
    best = max(arms, key=lambda name: sum(arms[name]))
    assert set(found) == set(arms) - {best}
    for name, lead in ((name, one.over) for name, one in found.items()):
        assert (lead.a, lead.b) == (best, name)
        assert lead.among.mean >= 0
        pair = every.get((best, name)) or every[name, best].turned()
        assert lead.alone == pair.alone
        (low, high), (wide_low, wide_high) = bounds(lead.among), bounds(pair.among)
        assert wide_low < low < lead.among.mean < high < wide_high


def test_leads_of_nothing_of_one_arm_and_of_one_group() -> None:
    assert leads({}, [], 100, 0) == {}
    assert leads({"a": [1.0]}, ["x"], 100, 0) == {}
    one = leads({"a": [0.0, 1.0], "b": [1.0, 1.0]}, ["x", "x"], 100, 0)["a"].over
    assert (one.a, one.among.mean, one.among.low) == ("b", 0.5, None)


def test_an_arm_is_behind_a_third_that_is_told_to_be_above_it() -> None:
    """`b` is never worse than `a` and better on 16 of 200; `c`, the best, differs from both on many cases, both ways."""
    a = np.r_[np.ones(100), np.zeros(100)]
    b = np.r_[np.ones(116), np.zeros(84)]
    c = np.r_[np.ones(60), np.zeros(40), np.ones(61), np.zeros(39)]
    found = leads({"a": a, "b": b, "c": c}, range(200), 1000, 0)
    assert (found["a"].over.a, found["a"].over.above, found["a"].behind) == ("c", False, "b")
    assert found["b"].behind is None
    assert found == leads({"a": a, "b": b, "c": c}, range(200), 1000, 0, comparisons=2)


def test_a_family_of_more_comparisons_has_sidaks_value() -> None:
    arms = _arms(2, 3)
    one, four = (compare(arms, range(60), 500, 0, comparisons)["a", "b"] for comparisons in (1, 4))
    widths = [high - low for low, high in (bounds(one.among), bounds(four.among))]
    assert widths[1] / widths[0] == pytest.approx(
        t_quantile(1 - (1 - 0.95**0.25) / 2, 59) / t_quantile(0.975, 59), abs=0.02
    )
    assert one.alone == four.alone


def test_a_difference_is_shown_within_what_it_can_be() -> None:
    one = compare({"a": [1.0] * 6, "b": [0.0] * 6}, range(6), 200, 0)["a", "b"]
    assert bounds(one.among)[1] > 1.5
    shown = one.within(1.0)
    assert (shown.among.mean, shown.among.high, shown.alone.high) == (1.0, 1.0, 1.0)
    assert (shown.among.low, shown.alone.low) == (one.among.low, one.alone.low)
    assert one.turned().within(1.0).among.low == -1.0
