"""Every weight of the advisor in one table, with the reason for each beside it.

A weight is points towards tuning or towards retrieval.  `STRONG` points in one direction are a strong lean:

    4      decides alone, with a point to spare       "answers must cite" can only be met by retrieval
    2-3    strong, but wants a second reason          documents change every week
    1      leans                                      citations would be welcome
    0.5    hints                                      no citations wanted: tuning is not ruled out

So "goal: facts" (rag 4) with "volatility: never" (tuning 1) is rag 4, tuning 1: retrieval, not tuning.

The points are judgements, ordered by the published comparisons that the reasons name; they are no
probabilities, and a trial on the project's own cases outranks them.  Left out on purpose: negative weights.
Nothing speaks against an approach except the want of examples, and that is a rule of its own in decide.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Lean = Literal["tuning", "rag"]

STRONG = 3.0  # points in one direction; see the scale above
HINTS = 0.5  # the fewest that anything leans
ENOUGH_EXAMPLES = 50  # under some 50, prompting first is the better advice
MANY_EXAMPLES = 500
ENOUGH_CASES = 50  # of a kind; a 95 % interval of a paired difference is then about ±0.14 (spread 0.5)
ENOUGH_UNANSWERABLE = 20  # refusal recall is then known to about ±0.2
FEW_CASES = 10  # below this the mix of cases says nothing
REGULAR, LOOSELY_REGULAR = 0.6, 0.3  # share of completions whose shape recurs
MOST = 0.5  # a share of examples or cases that counts as most of them
CHANGED_MUCH, CHANGED_SOME = 0.20, 0.02  # share of the documents that changed in a month

GOAL, VOLATILITY, CITATIONS = "primary goal", "data volatility", "need for citations"
COST, RISK, EXAMPLES = "cost and speed", "risk", "examples at hand"
FACTORS = (GOAL, VOLATILITY, CITATIONS, COST, RISK)  # EXAMPLES is what makes tuning possible, not a need


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed answer, the points that it brings, and why."""

    key: str
    label: str
    leans: Mapping[Lean, float]
    why: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `key` is what an answers file says, `factor` is the row of the decision that it serves."""

    key: str
    factor: str
    text: str
    choices: tuple[Choice, ...]

    def choice(self, key: str) -> Choice | None:
        """The choice with that key, or None."""
        return next((choice for choice in self.choices if choice.key == key), None)


@dataclass(frozen=True, slots=True)
class Signal:
    """What the project's own data can say, the points that it brings, and why."""

    factor: str
    leans: Mapping[Lean, float]
    why: str


QUESTIONS: tuple[Question, ...] = (
    Question(
        "goal",
        GOAL,
        "What is the model to learn in the first place?",
        (
            Choice(
                "facts",
                "facts: what the documents say",
                {"rag": 4},
                "Knowledge comes from retrieval: on 910 questions past its cutoff Mistral-7B was right on 0.88 "
                "with it, on 0.50 after tuning (0.59 with paraphrases; arXiv 2312.05934).",
            ),
            Choice(
                "behaviour",
                "behaviour, style or format: how an answer looks",
                {"tuning": 4},
                "Form comes from tuning: the weights hold it, and no instruction has to repeat it in each prompt.",
            ),
            Choice(
                "both",
                "both",
                {"tuning": 4, "rag": 4},
                "Retrieval with tuning was right more often than retrieval alone (87.5 against 83.7 of 100, "
                "Qwen2.5-7B, n = 300), but refused less where it should (17 against 52): its examples must teach that.",
            ),
        ),
    ),
    Question(
        "volatility",
        VOLATILITY,
        "How often do the documents change?",
        (
            Choice("never", "never", {"tuning": 1}, "A snapshot in the weights does not go stale."),
            Choice("yearly", "about once a year", {"tuning": 0.5}, "Tuning again once a year is bearable."),
            Choice("monthly", "every month", {"rag": 1}, "A sync follows at once; tuning again each month is work."),
            Choice("weekly", "every week", {"rag": 2}, "A tuned model would be wrong between two tunings."),
            Choice(
                "daily",
                "every day",
                {"rag": 2.5},
                "Only a library follows daily changes.  Not decisive alone: a house style does not change daily.",
            ),
        ),
    ),
    Question(
        "citations",
        CITATIONS,
        "Must an answer name its source?",
        (
            Choice("none", "no", {"tuning": 0.5}, "Nothing rules out a model that answers from its weights."),
            Choice("welcome", "welcome, not required", {"rag": 1}, "Only retrieved passages can be quoted."),
            Choice(
                "critical",
                "critical: an answer without a source is worthless",
                {"rag": 4},
                "Weights have no page numbers: a citation can be verified only against a retrieved passage.",
            ),
        ),
    ),
    Question(
        "budget",
        COST,
        "Where is the budget tight?",
        (
            Choice("upfront", "up front: no time or machine to train", {"rag": 1}, "Retrieval needs no training run."),
            Choice(
                "per_answer",
                "per answer: latency and tokens",
                {"tuning": 1},
                "A tuned model reads no passages and few instructions: shorter prompts, sooner answers.",
            ),
            Choice("neither", "neither", {}, "Cost then speaks for no approach."),
        ),
    ),
    Question(
        "stakes",
        RISK,
        "How much does a wrong answer cost?",
        (
            Choice("little", "little: someone notices and asks again", {}, "Risk then speaks for no approach."),
            Choice("some", "some: it costs time or goodwill", {"rag": 0.5}, "A shown source lets a reader check."),
            Choice(
                "much",
                "much: saying nothing is better than being wrong",
                {"rag": 1.5},
                "To abstain, a model must see that the passages hold no answer; a careless tune took refusal recall "
                "from 42 to 15 of 100, retrieval raised it to 52.",
            ),
        ),
    ),
    Question(
        "examples",
        EXAMPLES,
        "How many examples of good answers are at hand, if the project does not hold them yet?",
        (
            Choice("none", "none", {}, "There is nothing to tune on: prompt first."),
            Choice("few", f"fewer than {ENOUGH_EXAMPLES}", {}, "Too few to tune on; good as examples in a prompt."),
            Choice(
                "some", f"{ENOUGH_EXAMPLES} to {MANY_EXAMPLES}", {}, "Enough to try tuning, which is no reason to tune."
            ),
            Choice("many", f"more than {MANY_EXAMPLES}", {"tuning": 0.5}, "Trying costs only the training run."),
        ),
    ),
)

SIGNALS: Mapping[str, Signal] = {
    # The mix of cases is what the team calls a right answer: nearly as telling as the stated goal.  The points
    # scale with the kind's share and are full from half of the cases on.
    "knowledge cases": Signal(GOAL, {"rag": 3.5}, "What the cases hold to be right is in the documents."),
    "behaviour cases": Signal(GOAL, {"tuning": 3.5}, "What the cases hold to be right is the form of the answer."),
    "regular": Signal(GOAL, {"tuning": 1.5}, "A form that most examples share is one that tuning learns well."),
    "loosely regular": Signal(GOAL, {"tuning": 0.75}, "Some of the examples share a form that tuning could learn."),
    "irregular": Signal(GOAL, {}, "The examples share no form that could be seen; style may still be in the wording."),
    "taught facts": Signal(
        GOAL, {"rag": 2}, "These examples teach facts; a tuned model repeats them badly, a passage states them."
    ),
    "with sources": Signal(GOAL, {"rag": 1}, "Most examples answer from documents, as retrieval would."),
    "changed much": Signal(VOLATILITY, {"rag": 2}, "The sync history shows it: a tuned snapshot would be stale."),
    "changed some": Signal(VOLATILITY, {"rag": 1}, "The sync history shows a steady trickle of changes."),
    "changed little": Signal(VOLATILITY, {"tuning": 0.5}, "The sync history is quiet so far: a snapshot would last."),
    "unanswerable": Signal(RISK, {"rag": 1}, "The cases ask for abstention, which leans on what a search finds."),
    "enough examples": Signal(EXAMPLES, {}, "Enough to try tuning, which is no reason to tune."),
    "many examples": Signal(EXAMPLES, {"tuning": 0.5}, "Trying costs only the training run."),
    "few examples": Signal(
        EXAMPLES, {}, f"Under some {ENOUGH_EXAMPLES} examples tuning has too little to learn from: prompt first."
    ),
}
