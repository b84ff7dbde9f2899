"""Multiple choice by log-probability: which of an item's choices a model would rather say.

    rights(model, tokenizer, items)       →  [True, False, …]  whether the right choice has the highest mean log p
    abstains(model, tokenizer, general)   →  [True, True, …]   whether the abstention has, against made-up answers

All choices of an item are read in one row, behind their question, each of them blind to the others:

    ids        Question: … Answer:   iron   pear tree
    positions  0 1 2 3               4      4 5
    segments   0 0 0 0               1      2 2           a token sees segment 0 and its own, up to itself

The scores are those of reading each choice in a row of its own, at less than half the tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tunebook.answer import over_passages
from tunebook.models.batches import batch_ids, by_tokens
from tunebook.models.tokenizer import answer_ids, chat_ids, text_ids
from tunebook.tuning.encoded import Encoded, causal, completion_nats, logits_at
from tunebook.tuning.general import Choice, GeneralSet, Unanswerable
from tunebook.values import Message, Passage

BATCH_TOKENS = 2048
ATTENTIONS = ("full_attention", "sliding_attention", "chunked_attention", "attention")  # kinds of layers


@dataclass(frozen=True, slots=True)
class Row:
    """Token ids of a question and of each of its choices."""

    question: list[int]
    choices: list[list[int]]

    @property
    def ids(self) -> list[int]:
        return [*self.question, *(token for choice in self.choices for token in choice)]

    @property
    def positions(self) -> list[int]:
        start = len(self.question)
        return [*range(start), *(start + place for choice in self.choices for place in range(len(choice)))]

    @property
    def segments(self) -> list[int]:
        own = (number for number, choice in enumerate(self.choices, 1) for _ in choice)
        return [*(0 for _ in self.question), *own]

    @property
    def seen_from(self) -> list[int]:
        """For each token of the choices, the index from which it is predicted: the one before, or the question's end."""
        end = len(self.question)
        starts = [end + sum(map(len, self.choices[:number])) for number in range(len(self.choices))]
        pairs = zip(starts, self.choices, strict=True)
        return [start + place - 1 if place else end - 1 for start, choice in pairs for place in range(len(choice))]


def rights(model: Any, tokenizer: Any, items: Sequence[Choice]) -> list[bool]:
    """Whether the right choice has the highest mean log-probability of its tokens."""
    chosen = _chosen(model, [_row(tokenizer, item) for item in items])
    return [choice == item.answer for choice, item in zip(chosen, items, strict=True)]


def abstains(model: Any, tokenizer: Any, general: GeneralSet) -> list[bool]:
    """Whether the abstention is likelier than every made-up answer, over passages that hold none."""
    if not general.abstention:
        return []
    return [
        choice == 0
        for choice in _chosen(model, [_over_passage(tokenizer, one, general) for one in general.unanswerable])
    ]


def _chosen(model: Any, rows: Sequence[Row]) -> list[int]:
    """Index of the choice with the highest mean log-probability, for each row."""
    best: list[int] = [0] * len(rows)
    for batch in by_tokens([len(row.ids) for row in rows], BATCH_TOKENS):
        for index, nats in zip(batch, mean_nats(model, [rows[index] for index in batch]), strict=True):
            best[index] = min(range(len(nats)), key=nats.__getitem__)
    return best


def _over_passage(tokenizer: Any, asked: Unanswerable, general: GeneralSet) -> Row:
    """The question as `rag` asks it; the abstention is the first choice."""
    passage = Passage("general", "", "", None, 0, len(asked.passage), asked.passage)
    question: tuple[Message, ...] = ({"role": "user", "content": asked.question},)
    prompt = chat_ids(tokenizer, over_passages(question, [passage], general.instruction))
    return Row(prompt, [answer_ids(tokenizer, text) for text in (general.abstention, *asked.wrong)])


def _row(tokenizer: Any, item: Choice) -> Row:
    def ids(text: str) -> list[int]:
        return list(tokenizer(text, add_special_tokens=False)["input_ids"])

    return Row(
        text_ids(tokenizer, f"Question: {item.question}\nAnswer:"), [ids(f" {choice}") for choice in item.choices]
    )


def mean_nats(model: Any, rows: Sequence[Row]) -> list[list[float]]:
    """For each row the mean −log p of each choice's tokens, nats a token; read in one batch."""
    import torch

    plain = causal(model)
    with torch.inference_mode():
        if _goes_by_mask(plain, max(len(row.ids) for row in rows)):
            nats = _together(plain, rows)
        else:
            asked = [(row.question, choice) for row in rows for choice in row.choices]
            nats = completion_nats(plain, [Encoded([*question, *choice], len(question)) for question, choice in asked])
    lengths = [len(choice) for row in rows for choice in row.choices]
    means = iter([float(own.mean()) for own in nats.split(lengths)])
    return [[next(means) for _ in row.choices] for row in rows]


def _together(plain: Any, rows: Sequence[Row]) -> Any:
    """−log p of all tokens of all choices, those of a question in one row: float32 (choice tokens)."""
    import torch

    ids = batch_ids([row.ids for row in rows], plain.device)  # (batch, tokens)
    positions = batch_ids([row.positions for row in rows], plain.device)
    at = [(place, seen, row.ids[len(row.question) + number])
          for place, row in enumerate(rows) for number, seen in enumerate(row.seen_from)]  # fmt: skip
    places, seen, said = (torch.tensor(column, device=ids.device) for column in zip(*at, strict=True))
    mask = _mask(rows, plain.dtype).to(plain.device)
    logits = logits_at(plain, places, seen, input_ids=ids, attention_mask=mask, position_ids=positions)
    return torch.nn.functional.cross_entropy(logits, said, reduction="none")


def _goes_by_mask(plain: Any, longest: int) -> bool:
    """Whether all that a token of such rows sees is what its mask says: a layer that is no attention (LFM2, Granite 4, Falcon H1)
    carries on whatever stood before, and a window would have to stand in the mask."""
    config = plain.config.get_text_config()
    attend = set(getattr(config, "layer_types", None) or ()) <= set(ATTENTIONS)
    return attend and longest <= (getattr(config, "sliding_window", None) or longest)


def _mask(rows: Sequence[Row], dtype: Any) -> Any:
    """(batch, 1, tokens, tokens), added to the attention scores: 0 where a token may look, else the least number."""
    import torch

    longest = max(len(row.ids) for row in rows)
    segments = torch.full((len(rows), longest), -1)  # padding sees padding
    for place, row in enumerate(rows):
        segments[place, : len(row.ids)] = torch.tensor(row.segments)
    sees = (segments[:, None, :] == segments[:, :, None]) | (segments == 0)[:, None, :]
    sees &= torch.ones(longest, longest, dtype=torch.bool).tril()
    return torch.zeros(sees.shape, dtype=dtype).masked_fill(~sees, torch.finfo(dtype).min)[:, None]
