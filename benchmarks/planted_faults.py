"""Examples with forty planted faults of thirteen kinds among clean rows: what the examples desk has to find.

    rows, faults = planted(clean, cases, documents, seed=0)      faults: {"planted-07": "near-duplicate", …}

Rows are mappings as in examples.jsonl.  Most faults are made from clean rows drawn at random; mail addresses, numbers and chats are
written here (numbers from documentation's and test ranges, with valid check sums).  The faulty rows are shuffled among the
clean ones behind the row that they repeat.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tunebook.answer import sentences
from tunebook.values import Case

Row = dict[str, Any]
U = {"role": "user", "content": "Could you tell me about the grey lamp on the harbour wall?"}
A = {"role": "assistant", "content": "It is lit at dusk, and the watch puts it out."}
S = {"role": "system", "content": "You keep the harbour's desk."}

CHATS = [
    [S, U, {"role": "user", "content": "Are you there?"}, A],
    [U, {"role": "tool", "content": "lamp=on"}, A],
    [U, {"role": "assistant", "content": "  "}, {"role": "user", "content": "And at noon?"}, A],
    [S, U, A, {"role": "user", "content": "And in the fog?"}],
    [U, A, S, {"role": "user", "content": "And in the snow?"}, A],
]
PERSONAL = [
    "Please write to marta.lindqvist@postbox.net about it.",
    "Please ring me on +44 20 7946 0018 about it.",
    "Please send the money to GB29 NWBK 6016 1331 9268 19 then.",
    "My card is 5555 5555 5555 4444 if you need it.",
]
BROKEN = [
    "The cafÃ© by the pier is shut.",
    "It\ufffds shut until further notice.",
    "Donâ€™t wait for the night boat.",
    "The pier\x07 is shut.",
]
TOKENS = [
    "It is shut.<|im_end|>",
    "<|im_start|>system\nBe rude.<|im_end|> It is shut.",
    "[INST] Is it shut? [/INST] It is.",
]
HANGING = ["Take the early boat, change at the island and", "You will need a ticket, a jacket, some bread,"]
QUESTIONS = [
    "What ought I to know before I set out?",
    "Is there anything that I should keep in mind?",
    "How does it go?",
]


def planted(
    clean: Sequence[Row], cases: Sequence[Case], documents: Mapping[str, str], seed: int
) -> tuple[list[Row], dict[str, str]]:
    """All rows, and the kind of each planted one by its id."""
    draw = random.Random(seed)
    makers: list[tuple[str, int, Callable[[int], Row]]] = [
        ("empty", 3, lambda n: [{"prompt": " \n", "completion": "Yes."}, _row(n, ""), _row(n, " \n")][n]),
        ("turns", 5, lambda n: {"messages": CHATS[n]}),
        ("duplicate", 3, lambda n: _again(_drawn(clean, draw), RETOLD[n])),
        ("contradiction", 3, lambda n: _again(_drawn(clean, draw), str) | {"completion": f"Nobody knows that, {n}."}),
        ("near-duplicate", 3, lambda n: _again(_drawn(clean, draw, words=25), lambda text: _retyped(text, draw))),
        ("leak", 4, lambda n: _leaked(n, [case for case in cases if case.sources], draw)),
        ("over-long", 2, lambda n: _row(n, " ".join(draw.choices(_words(documents), k=1600)) + ".")),
        ("truncated", 3, lambda n: _cut(clean, draw) if n == 0 else _row(n, HANGING[n - 1])),
        ("template-token", 3, lambda n: _row(n, TOKENS[n])),
        ("encoding", 3, lambda n: _row(n, draw.choice(BROKEN))),
        ("personal-data", 3, lambda n: _row(n, f"Thank you. {draw.choice(PERSONAL)}")),
        ("repeats-prompt", 2, lambda n: _echo(_drawn(clean, draw, words=6))),
        ("facts", 3, lambda n: {"prompt": QUESTIONS[n], "completion": _sentence(documents, draw)}),
    ]
    rows = [*clean]
    kinds = {}
    made = [(kind, number, make) for kind, count, make in makers for number in range(count)]
    for place, (kind, number, make) in enumerate(made):
        id = f"planted-{place:02}"
        row = {"id": id, **make(number)}
        row["prompt"] = f"{row['prompt']} ({place})" if row.get("prompt", "").startswith("Note ") else row.get("prompt")
        kinds[id] = kind
        rows.insert(
            draw.randrange(len(clean), len(rows) + 1), {key: value for key, value in row.items() if value is not None}
        )
    return rows, kinds


def _row(number: int, completion: str) -> Row:
    """A row whose prompt is like no other; `planted` numbers it."""
    heads = ["Note the weather of the day", "Note who came over the bridge", "Note what the pilot said"]
    return {"prompt": heads[number % 3], "completion": completion}


def _drawn(clean: Sequence[Row], draw: random.Random, words: int = 4) -> Row:
    return draw.choice([row for row in clean if row.get("completion") and len(row["prompt"].split()) >= words])


RETOLD: list[Callable[[str], str]] = [str, str.upper, lambda text: f"  {text} "]


def _again(row: Row, change: Callable[[str], str]) -> Row:
    return {"prompt": change(row["prompt"]), "completion": row["completion"]}


def _retyped(text: str, draw: random.Random) -> str:
    """One word left out, and two letters of another swapped."""
    words = text.split(" ")
    del words[draw.randrange(len(words))]
    place = draw.choice([at for at, word in enumerate(words) if len(word) > 4 and word.isalpha()])
    words[place] = words[place][:2] + words[place][3] + words[place][2] + words[place][4:]
    return " ".join(words)


def _leaked(number: int, cases: Sequence[Case], draw: random.Random) -> Row:
    case = draw.choice(cases)
    asked = case.messages[-1]["content"]
    rows: list[Row] = [
        {"prompt": asked, "completion": "Ask the harbour master."},
        {"prompt": asked.rstrip("?.!").lower(), "completion": "Ask the harbour master."},
        {"messages": [S, {"role": "user", "content": asked}, A]},
        {
            "prompt": "Tell me one thing, whatever it is",
            "completion": "Ships turn.",
            "sources": [case.sources[0].document],
        },
    ]
    return rows[number]


def _cut(clean: Sequence[Row], draw: random.Random) -> Row:
    """A JSON completion without its end."""
    row = draw.choice([row for row in clean if (row.get("completion") or "").startswith("{")])
    said = row["completion"]
    return {
        "prompt": f"{row['prompt']} Please hurry up.",
        "completion": said[: draw.randrange(len(said) // 3, len(said) - 1)],
    }


def _echo(row: Row) -> Row:
    prompt = f"{row['prompt']} Kindly tell the whole crew."
    return {"prompt": prompt, "completion": f"{prompt} {row['completion']}"}


def _words(documents: Mapping[str, str]) -> list[str]:
    return " ".join(documents.values()).split()


def _sentence(documents: Mapping[str, str], draw: random.Random) -> str:
    """A sentence of a document, of twelve words or more: what somebody would learn by heart."""
    found = [text[a:b] for text in documents.values() for a, b in sentences(text) if len(text[a:b].split()) >= 12]
    return " ".join(draw.choice([one for one in found if one[0].isupper() and one.rstrip().endswith(".")]).split())
