"""The verdict: the better arm where it is better, the simplest where nobody can tell, and few false alarms."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from tunebook.settings import WeightSettings
from tunebook.trial.saying import CANNOT_TELL, NONE
from tunebook.trial.standing import Field
from tunebook.trial.utility import Terms
from tunebook.trial.verdict import SIMPLEST_FIRST, decide, hopeless, so_far

COUNT = 80


def terms(scores, retrieves=False):
    right = np.atleast_2d(np.asarray(scores, dtype=float))
    return Terms(right, np.zeros_like(right), np.zeros_like(right), 0.0, retrieves)


def field(scores, kinds=None, groups=None, resamples=400, seed=0, weights=None, trivial=None):
    count = len(next(iter(scores.values()), []))
    arms = {name: terms(values) for name, values in scores.items()} if count else {}
    doing_nothing = {name: terms(values) for name, values in (trivial or {}).items()}
    kinds, groups = kinds or ["knowledge"] * count, groups or [str(n) for n in range(count)]
    return Field(arms, kinds, groups, weights or WeightSettings(), resamples, seed, doing_nothing)


def share(right: int, count: int = COUNT, shift: int = 0) -> list[float]:
    """`right` ones of `count`, spread by a fixed draw."""
    values = np.r_[np.ones(right), np.zeros(count - right)]
    return [float(value) for value in np.random.default_rng(shift).permutation(values)]


@pytest.mark.parametrize("winner", SIMPLEST_FIRST[1:])
def test_a_clearly_better_arm_is_recommended(winner):
    scores = {name: share(64 if name == winner else 16) for name in SIMPLEST_FIRST}
    told = decide(field(scores))
    assert (told["recommended"], told["decided"], told["choice"]) == (winner, True, "settled")
    assert told["sure"] == 1.0
    assert told["difference"]["low"] > 0
    lead = "Prompt it better" if winner == "prompted" else f"Choose {winner}"
    assert told["sentence"].startswith(f"{lead}: it scores 80%, +60 points against ")
    assert told["sentence"].endswith(", allowing for 4 comparisons).")
    assert "beyond chance" in told["reason"]


def test_of_equal_arms_above_base_the_simplest_is_recommended():
    good = share(64)
    for last, choice in ((0.0, "simplest of equals"), (1.0, "for now")):
        arms = {"base": share(16), "rag": [*good[:-1], 0.5], "tuned": [*good[:-1], 0.0], "hybrid": [*good[:-1], last]}
        told = decide(field(arms))
        assert (told["recommended"], told["decided"], told["choice"]) == ("rag", False, choice)


def test_where_none_can_be_told_the_leader_is_held_against_base():
    told = decide(field({"base": share(3, 12), "rag": share(6, 12, shift=1)}))
    assert (told["recommended"], told["leader"], told["runner_up"]) == (CANNOT_TELL, "rag", "base")
    assert told["difference"]["mean"] == 0.25


def test_a_lead_that_could_be_chance_goes_to_the_simpler_arm():
    scores = {"base": share(10), "rag": share(50, shift=1), "hybrid": share(52, shift=2)}
    told = decide(field(scores))
    assert (told["recommended"], told["runner_up"], told["choice"]) == ("rag", "hybrid", "for now")
    assert "hybrid scored highest, but its lead over rag, which is simpler to run, could be chance." in told["reason"]
    assert told["cases_needed"] > COUNT
    assert told["sure"] < 0.5
    assert told["sentence"].startswith("Choose rag for now: it scores ")
    assert re.match(
        r"hybrid scored highest in \d+% of the resamples and rag in \d+%; rag is taken because", told["how_sure"]
    )


def test_where_nothing_is_told_from_base_the_verdict_is_cannot_tell():
    told = decide(field({"base": share(40, shift=1), "rag": share(42, shift=2), "hybrid": share(41, shift=3)}))
    assert (told["recommended"], told["decided"], told["choice"]) == (CANNOT_TELL, False, None)
    assert told["sentence"].startswith("Cannot tell: no approach is shown to be above the base model")
    assert told["cases_needed"] > COUNT


@pytest.mark.parametrize("base", [40, 42])
def test_base_on_top_by_chance_is_no_decision_either(base):
    """Equal to the letter, or ahead by what could be chance."""
    others = {"rag": share(40), "tuned": share(40)} if base == 40 else {"rag": share(40, shift=7)}
    told = decide(field({"base": share(base), **others}))
    assert (told["recommended"], told["decided"]) == (CANNOT_TELL, False)


def test_base_is_recommended_where_it_beats_the_others():
    told = decide(field({"base": share(70), "rag": share(20), "tuned": share(30)}))
    assert (told["recommended"], told["decided"], told["runner_up"]) == ("base", True, "tuned")


def test_base_that_beats_some_and_equals_others_is_the_simplest():
    told = decide(field({"base": share(60), "rag": share(60), "tuned": share(10)}))
    assert (told["recommended"], told["decided"]) == ("base", False)


def test_weights_decide_what_counts():
    knows, forms = [1.0] * 40 + [0.0] * 40, [0.0] * 40 + [1.0] * 40
    kinds = ["knowledge"] * 40 + ["behaviour"] * 40
    scores = {"base": [0.0] * 80, "rag": knows, "tuned": forms}
    for weights, wins in (((3, 1), "rag"), ((1, 3), "tuned")):
        given = WeightSettings(knowledge=weights[0], behaviour=weights[1])
        told = decide(field(scores, kinds, weights=given))
        assert told["recommended"] == wins
        assert f"Choose {wins}: by your weights it is worth 0.75" in told["sentence"], "the mean score is 50 %"
        assert f"{wins} was worth most in " in told["how_sure"]


def test_equals_share_the_resamples():
    told = decide(field({"base": share(0), "rag": share(0)}))
    assert (told["recommended"], told["sure"]) == (CANNOT_TELL, 0.5)


def test_a_worth_is_no_score():
    told = decide(field({"base": share(10), "rag": share(60)}, weights=WeightSettings(second=0.01)))
    assert told["sentence"].startswith("Choose rag: by your weights it is worth 0.75, +62 points against base")
    assert "scored highest" not in str(told)
    cannot = {"base": share(40, shift=1), "rag": share(42, shift=2)}
    assert "rag was worth most" in decide(field(cannot, weights=WeightSettings(second=0.01)))["sentence"]
    assert so_far(field(cannot)).startswith("rag leads with 52%")
    assert so_far(field(cannot, weights=WeightSettings(second=0.01))).startswith("rag leads with 0.5")


@pytest.mark.parametrize("nothing", ["always_refuse", "commonest_answer"])
def test_what_does_not_beat_doing_nothing_is_not_recommended(nothing):
    """Half of the cases are unanswerable, and one arm has learned to refuse them all."""
    refused = share(40)
    scores = {"base": share(2, shift=9), "rag": share(25, shift=1), "tuned": refused}
    told = decide(field(scores, trivial={nothing: refused}))
    assert (told["recommended"], told["decided"]) == (NONE, False)
    assert told["sentence"].startswith("None of them yet: always ")
    assert "no approach is shown to be above that" in told["sentence"]
    assert told["leader"] == "tuned"
    assert told["doing_nothing"]["not_above"] == ["base", "rag", "tuned"]
    assert decide(field(scores | {"hybrid": share(75, shift=4)}, trivial={nothing: refused}))["recommended"] == "hybrid"


@pytest.mark.parametrize(("count", "right"), [(6, 1), (7, 2)])
def test_a_perfect_arm_over_few_cases_has_not_failed_but_cannot_be_told_from_doing_nothing(count, right):
    commonest = [1.0] * right + [0.0] * (count - right)
    told = decide(field({"base": [0.0] * count, "rag": [1.0] * count}, trivial={"commonest_answer": commonest}))
    assert (told["recommended"], told["decided"], told["runner_up"]) == (CANNOT_TELL, False, "commonest_answer")
    assert "rag scored highest, but is not shown to be above always giving the commonest answer" in told["sentence"]
    assert told["reason"] == (
        "The lead of rag over always giving the commonest answer could be chance: more cases would tell."
    )
    assert told["difference"]["mean"] == pytest.approx(1 - right / count)
    assert (told["comparisons"], told["difference"]["n"]) == (1, count)
    assert told["difference"]["low"] <= 0
    assert told["cases_needed"] > count


def test_what_is_told_from_the_leader_is_given_up():
    scores = {"base": share(4), "rag": share(60, shift=1), "hybrid": share(58, shift=2)}
    given_up = hopeless(field(scores))
    assert list(given_up) == ["base"]
    assert given_up["base"] == "stopped after 80 cases: rag was 70 points above it"
    assert hopeless(field({"rag": share(4)})) == {}


def test_base_that_a_third_arm_is_told_to_be_above_is_not_among_the_equals():
    """`tuned` is base and 16 cases more; `rag`, the highest, differs from base on many cases, both ways."""
    base, tuned = np.r_[np.ones(100), np.zeros(100)], np.r_[np.ones(116), np.zeros(84)]
    rag = np.r_[np.ones(60), np.zeros(40), np.ones(61), np.zeros(39)]
    told = decide(field({"base": base, "rag": rag, "tuned": tuned}))
    assert (told["recommended"], told["decided"], told["runner_up"]) == ("rag", False, "tuned")
    assert told["reason"] == (
        "The lead of tuned over base is beyond chance. rag cannot be told from tuned, which is costlier to keep."
    )


def test_several_costlier_equals_are_costlier():
    good = share(64)
    told = decide(field({"base": share(4), "prompted": good, "rag": good, "tuned": good}))
    assert told["reason"].endswith("cannot be told from rag and tuned, which are costlier to keep.")


def test_a_costlier_equal_above_doing_nothing_is_taken_for_now():
    """Always refusing scores 20 %, base 28 %, rag 35 %: rag is above it, base is not, and the two cannot be told apart."""
    floor, base, rag = np.zeros(100), np.zeros(100), np.zeros(100)
    floor[:20] = 1
    base[:10] = base[30:48] = 1
    rag[:14] = rag[44:65] = 1
    told = decide(field({"base": base, "rag": rag}, trivial={"always_refuse": floor}))
    assert (told["recommended"], told["decided"]) == ("rag", False)
    assert told["sentence"].startswith("Choose rag for now: it scores 35%, +7 points against base")
    assert told["reason"] == (
        "It scored highest. It cannot be told from base, simpler to run but not shown to be above always refusing."
    )
    higher = np.r_[rag[:-5], np.ones(5)]  # the highest, and not told from rag: base is passed over all the same
    told = decide(field({"base": base, "rag": rag, "hybrid": higher}, trivial={"always_refuse": floor}))
    assert told["recommended"] == "rag"
    assert told["reason"].endswith(
        "could be chance. So could that over base, simpler to run but not shown to be above always refusing."
    )


def test_an_equal_that_is_costlier_than_the_best_is_taken_where_it_alone_is_above_doing_nothing():
    """`prompted` answers everything, 42 right; `hybrid` refuses the 30 unanswerable, as always refusing does, and has 11 more."""
    refuse = np.r_[np.ones(30), np.zeros(70)]
    prompted, hybrid = np.r_[np.zeros(30), np.ones(42), np.zeros(28)], np.r_[np.ones(41), np.zeros(59)]
    scores = {"base": np.zeros(100), "prompted": prompted, "hybrid": hybrid}
    told = decide(field(scores, trivial={"always_refuse": refuse}))
    assert (told["recommended"], told["leader"], told["runner_up"]) == ("hybrid", "prompted", "prompted")
    assert told["decided"] is False
    assert told["sentence"].startswith("Choose hybrid for now: it scores 41%, -1 point against prompted")
    assert told["reason"] == (
        "prompted scored highest, but is not shown to be above always refusing; hybrid is, and the two cannot be told apart."
    )
    assert "taken because it is shown to be above always refusing" in told["how_sure"]
    assert "simpler" not in told["reason"] + told["how_sure"]


def test_an_arm_told_to_be_below_is_not_what_is_open_though_its_mean_is_the_next():
    """`tuned` is settled: rag is never worse. `hybrid` is lower and open."""
    rag = np.r_[np.ones(140), np.zeros(60)]
    tuned = np.r_[np.zeros(12), np.ones(128), np.zeros(60)]
    hybrid = np.r_[np.zeros(76), np.ones(64), np.ones(60)]
    told = decide(field({"rag": rag, "tuned": tuned, "hybrid": hybrid}))
    assert told["worth"]["tuned"] > told["worth"]["hybrid"]
    assert (told["recommended"], told["runner_up"], told["decided"]) == ("rag", "hybrid", False)
    assert told["difference"]["low"] < 0
    assert told["cases_needed"] > 200
    settled = decide(field({"rag": rag, "tuned": tuned}))
    assert (settled["runner_up"], settled["cases_needed"], settled["decided"]) == ("tuned", None, True)


def test_of_two_equals_the_open_one_is_nearer_in_half_widths_though_its_mean_is_lower():
    """`tuned` lost four cases and won none; `hybrid` lost thirty and won twenty-four."""
    rag = np.r_[np.ones(140), np.zeros(60)]
    tuned = np.r_[np.zeros(4), np.ones(136), np.zeros(60)]
    hybrid = np.r_[np.zeros(30), np.ones(134), np.zeros(36)]
    told = decide(field({"rag": rag, "tuned": tuned, "hybrid": hybrid}))
    assert told["worth"]["tuned"] > told["worth"]["hybrid"]
    assert "cannot be told from tuned and hybrid" in told["reason"]
    assert (told["recommended"], told["runner_up"]) == ("rag", "hybrid")


def test_where_all_others_were_given_up_they_are_still_the_evidence():
    scores = {"base": share(4), "prompted": share(8, shift=3), "rag": share(60, shift=1)}
    early = {name: field({"rag": scores["rag"][:40], name: scores[name][:40]}) for name in ("base", "prompted")}
    last = field({"rag": scores["rag"]})
    told = decide(replace(last, began=3, given_up={name: replace(one, began=3) for name, one in early.items()}))
    assert (told["recommended"], told["decided"], told["comparisons"]) == ("rag", True, 2)
    assert (told["sure"], told["how_sure"]) == (
        None,
        "all others were given up on the way, each told to be below it",
    )
    assert told["runner_up"] in early
    assert told["difference"]["n"] == 40
    assert told["difference"] == told["given_up"][told["runner_up"]]
    assert told["difference"]["low"] > 0
    assert "allowing for 2 comparisons" in told["sentence"]
    assert told["reason"].startswith("Its lead over base and prompted is beyond chance.")


def test_who_was_given_up_without_being_told_below_keeps_it_open():
    """Two arms were given up: `tuned` is told to be below; `base` differs both ways and is not."""
    rag = np.r_[np.ones(30), np.zeros(10)]
    tuned = np.r_[np.zeros(12), np.ones(18), np.zeros(10)]
    base = np.r_[np.zeros(12), np.ones(18), np.ones(8), np.zeros(2)]
    early = {name: field({"rag": rag, name: its}) for name, its in (("base", base), ("tuned", tuned))}
    last = replace(field({"rag": np.r_[rag, rag]}), began=3)
    told = decide(replace(last, given_up={name: replace(one, began=3) for name, one in early.items()}))
    assert told["given_up"]["tuned"]["low"] > 0 > told["given_up"]["base"]["low"]
    assert (told["recommended"], told["decided"], told["runner_up"]) == ("rag", False, "base")
    assert told["how_sure"] == "cannot be said: one approach is left"


def test_arms_that_were_given_up_still_count_among_the_comparisons():
    scores = {"rag": share(40), "hybrid": share(52, shift=2)}
    two, five = (decide(replace(field(scores), began=began)) for began in (2, 5))
    assert (two["comparisons"], five["comparisons"]) == (1, 4)
    assert five["difference"]["low"] < two["difference"]["low"]


def test_highest_is_of_those_not_barred():
    told = decide(replace(field({"base": share(4), "rag": share(60, shift=1)}), barred=("hybrid",)))
    assert told["how_sure"] == "rag scored highest of those not barred in 100% of the resamples"


def test_a_difference_of_scores_is_within_100_points():
    told = decide(field({"base": [0.0] * 6, "rag": [1.0] * 6}))
    assert told["difference"]["high"] == 1.0
    assert "(95 % interval +6 to +100)" in told["sentence"]
    weighed = decide(field({"base": [0.0] * 6, "rag": [1.0] * 6}, weights=WeightSettings(citations=1.0)))
    assert weighed["difference"]["high"] > 1.0


@pytest.mark.parametrize("count", [2, 8, 19])
def test_nobody_is_given_up_after_a_handful_of_groups(count):
    told = field({"base": [0.0] * 4 * count, "rag": [1.0] * 4 * count}, groups=[str(n // 4) for n in range(4 * count)])
    assert hopeless(told) == {}


def test_nobody_is_given_up_before_each_kind_was_asked():
    """What `tuned` is good at has not come up yet."""
    scores = {"rag": share(60), "tuned": share(4, shift=1)}
    assert hopeless(field(scores), {"knowledge": 90, "behaviour": 20}) == {}
    assert list(hopeless(field(scores), {"knowledge": 90})) == ["tuned"]
    asked = ["knowledge"] * 77 + ["behaviour"] * 3
    assert hopeless(field(scores, asked), {"knowledge": 90, "behaviour": 20}) == {}
    assert list(hopeless(field(scores, asked), {"knowledge": 90, "behaviour": 3})) == ["tuned"]


def test_equal_arms_are_seldom_given_up_or_told_apart_by_few_cases():
    """Five equal arms: looks at 2 to 20 cases in 100 trials.  By their own spread .30 were told apart at two cases."""
    told = given_up = 0
    for seed in range(100):
        scores = np.random.default_rng(seed).integers(0, 2, (5, 20))
        for count in (2, 3, 5, 20):
            one = field(dict(zip(SIMPLEST_FIRST, scores[:, :count].tolist(), strict=True)), resamples=100)
            told += count < 20 and decide(one)["recommended"] != CANNOT_TELL
            given_up += bool(hopeless(one))
    assert told <= 2
    assert given_up <= 2


def test_cases_of_one_group_are_one_witness():
    lucky = {"base": [0.0] * 80, "rag": [1.0] * 40 + [0.0] * 40}
    assert decide(field(lucky))["recommended"] == "rag"
    two_groups = ["a"] * 40 + ["b"] * 40
    assert decide(field(lucky, groups=two_groups))["recommended"] == CANNOT_TELL


def test_controls_are_no_candidates():
    told = decide(field({"base": share(10), "rag": share(40), "oracle": share(80)}))
    assert told["recommended"] == "rag"


def test_one_arm_or_none_is_nothing_to_compare():
    alone = decide(field({"rag": share(40)}))
    assert (alone["recommended"], alone["runner_up"], alone["difference"]) == ("rag", None, None)
    assert decide(field({}))["recommended"] == CANNOT_TELL
    assert hopeless(field({})) == {}


def test_one_group_tells_nothing():
    told = decide(field({"base": [0.0, 0.0], "rag": [1.0, 1.0]}, groups=["a", "a"]))
    assert (told["recommended"], told["sure"]) == (CANNOT_TELL, None)
    assert told["how_sure"] == "cannot be said: all cases are of one group"


def test_the_same_seed_gives_the_same_verdict():
    scores = {name: share(30 + 5 * n, shift=n) for n, name in enumerate(SIMPLEST_FIRST)}
    assert decide(field(scores)) == decide(field(scores))


def test_arms_that_are_equal_are_seldom_told_apart():
    """A/A: five arms that are right with the same chance on each case; 200 trials with known seeds."""
    false_alarms = 0
    for seed in range(200):
        draw = np.random.default_rng(seed)
        chance = draw.beta(1, 1, COUNT)  # some cases are easy, some are hard, for every arm alike
        scores = {name: [float(x) for x in draw.random(COUNT) < chance] for name in SIMPLEST_FIRST}
        told = decide(field(scores, resamples=200, seed=seed))
        false_alarms += told["recommended"] not in (CANNOT_TELL, "base") or told["decided"]
    assert false_alarms / 200 <= 0.05


def test_the_same_arm_under_two_names_cannot_be_told_apart():
    scores = share(40)
    told = decide(field({"rag": scores, "hybrid": scores}))
    assert (told["recommended"], told["decided"]) == ("rag", False)
    assert told["difference"]["low"] < 0 < told["difference"]["high"]


def test_where_all_are_equal_nobody_scored_highest_and_no_weight_is_passed_downwards_from_none():
    wrong = share(0)
    arms = field({"base": wrong, "rag": wrong})
    cited = replace(arms.arms["rag"], cited=arms.arms["rag"].cited + 1.0)
    told = decide(replace(arms, arms={**arms.arms, "rag": cited}))
    assert told["sentence"].endswith("which scores 0% and scored as high as any.")
    assert told["reason"].startswith("It scored as high as any.")
    (row,) = [row for row in told["tipping"] if row["weight"] == "citations"]
    assert row["sentence"] == "rag would be worth most with the worth of a right citation above 0 (now 0)."


def test_a_leader_whose_worth_is_huge_is_still_alone_in_front():
    values = {"base": share(20), "rag": share(44, shift=1)}
    given = field(values, weights=WeightSettings(second=1000))
    slow = {name: replace(its, seconds=100.0) for name, its in given.arms.items()}
    assert decide(replace(given, arms=slow))["how_sure"] == "rag was worth most in 100% of the resamples"


def test_a_tie_is_told_as_one():
    told = decide(field({"base": share(60), "rag": share(60)}))
    assert told["how_sure"] == "base scored highest in 50% of the resamples (a tie counts in equal parts)"
    assert told["sentence"].endswith("above the base model, which scores 75% and scored as high as any.")


def test_an_arm_alone_decides_nothing():
    told = decide(field({"rag": share(40)}))
    assert (told["recommended"], told["decided"], told["runner_up"]) == ("rag", False, None)
    assert told["sentence"] == "Nothing to compare: rag alone was run, and it scores 50%."
    assert told["how_sure"] == "cannot be said: one approach was run"


def test_that_nobody_is_above_doing_nothing_is_told_where_none_can_be_told():
    scores = {"base": share(2), "rag": share(3, shift=1)}
    told = decide(field(scores, trivial={"always_refuse": share(12)}))
    assert told["recommended"] == CANNOT_TELL
    assert told["sentence"].endswith("above the base model, which scores 2%; rag scored highest, 4%.")
    assert told["reason"].endswith("None of them is above always refusing, which scores 15%.")
    assert told["cases_needed"] is None, "which of them is best matters to nobody"
    assert "None of them" not in decide(field(scores, trivial={"always_refuse": share(1)}))["reason"]


def test_trainings_that_lie_far_apart_are_told_where_more_cases_would_not_help():
    moody = np.array([share(30), share(50, shift=1), share(75, shift=2)])
    apart = field({"rag": share(40)})
    apart = replace(apart, arms={"rag": terms(share(40)), "hybrid": terms(moody)})
    told = decide(apart)
    assert (told["recommended"], told["cases_needed"]) == ("rag", None)
    assert "more of them (trial.seeds) would tell more than more cases." in told["reason"]
    assert "trial.seeds" not in decide(field({"rag": share(40), "hybrid": share(48, shift=1)}))["reason"]


def test_of_few_cases_few_more_would_tell():
    """Student's t falls as they are added: five that differ alike do not need a thousand."""
    told = decide(field({"base": [0.0] * 3, "rag": [1.0] * 3}))
    assert told["recommended"] == CANNOT_TELL
    assert 6 <= told["cases_needed"] <= 12
