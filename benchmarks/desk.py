"""Does the examples desk find what is wrong with examples, and leave alone what is not?

    python benchmarks/desk.py --data ../shared/data [--test2 FILE] [--quick] [--json]

Leaks: dialogues of `mts_dialog` that stand among cases and examples alike, found here by comparing letters and digits
alone; --test2 names the data set's second test file (CSV), which is not among the cases.  Planted: 40 faults of 13 kinds
(planted_faults.py) among the example project's rows, with its library, five times with other draws.  Clean: 500 rows of
three data sets, every accusation listed; thresholds were chosen on rows of even numbers, the 500 are of odd ones.  Facts:
answers of `squad2` without their sources, over its documents, beside rows of form.  Time: 50,000 rows.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from planted_faults import planted

from tunebook import Project
from tunebook.models.tokenizer import ChatTokenizer, model_folder
from tunebook.rows import read_cases, read_examples
from tunebook.tuning import Desk, inspect
from tunebook.tuning.checks.facts import looked_up
from tunebook.tuning.checks.personal import personal_data
from tunebook.tuning.checks.repeats import nearly, repeated
from tunebook.values import Case, Example

SETS = ("snips", "mts_dialog", "squad2")
EXAMPLE = Path(__file__).parents[1] / "examples" / "larkmoor"
LIMIT = 1536
SEEDS = 5
ORDER = (
    "Sort this message: my order number {} has not arrived, and nobody answers the telephone at your office in town."
)


def main() -> None:
    arguments = _arguments()
    count = ChatTokenizer.load(model_folder("starter"), "starter").count
    leaks = _leaks(arguments.data, arguments.test2, count)
    found = _planted(1 if arguments.quick else SEEDS)
    facts = _facts(arguments.data, 50 if arguments.quick else 300)
    clean = _clean(arguments.data, 150 if arguments.quick else 500, count)
    speed = _speed(arguments.data, 5_000 if arguments.quick else 50_000, count)
    claims = _claims(leaks, found, facts, clean, speed)
    parts = {"leaks": leaks, "planted": found, "facts": facts, "clean": clean, "speed": speed}
    if arguments.json:
        machine = {"processor": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"name": "desk", "machine": machine, "claims": claims, **parts}))
    else:
        _print(parts, claims)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--test2", type=Path, help="MTS-Dialog-TestSet-2-MEDIQA-Sum-2023.csv")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _leaks(data: Path, test2: Path | None, count: Any) -> dict[str, Any]:
    """Dialogues that are the same to the letter, against what the desk lists as leaks."""
    examples, cases = (
        read_examples(data / "mts_dialog" / "examples.jsonl"),
        read_cases(data / "mts_dialog" / "cases.jsonl"),
    )
    if test2:
        cases += _second_test(test2)
    asked = {_letters(_dialogue(case.prompt)): case.id for case in cases}
    known = {e.id: asked[_letters(_dialogue(e.prompt))] for e in examples if _letters(_dialogue(e.prompt)) in asked}
    desk = inspect(examples, cases, count, LIMIT)
    listed = {finding.id: finding.why for finding in desk.findings if finding.kind == "leak"}
    return {
        "cases": dict(Counter(case.id.split("-")[0] for case in cases)),
        "known": known,
        "found": sorted(known.keys() & listed.keys()),
        "missed": sorted(known.keys() - listed.keys()),
        "beyond": {id: why for id, why in listed.items() if id not in known},
    }


def _second_test(path: Path) -> list[Case]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    asked = "Write the {section_header} section of the clinical note for this visit.\n\n{dialogue}"
    turns = [({"role": "user", "content": asked.format(**row)},) for row in rows]
    return [
        Case(at, f"test2-{at}", messages, answers=(row["section_text"],), kind="behaviour", group=f"test2-{at}")
        for at, (row, messages) in enumerate(zip(rows, turns, strict=True))
    ]


def _dialogue(prompt: str) -> str:
    return prompt.split("\n\n", 1)[-1]


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text).lower()


def _planted(seeds: int) -> dict[str, Any]:
    """Faults found of those planted, by kind, and clean rows accused, over several draws."""
    clean = [json.loads(line) for line in (EXAMPLE / "examples.jsonl").read_text(encoding="utf-8").splitlines()]
    found, all_of, missed, accused = Counter[str](), Counter[str](), [], []
    with tempfile.TemporaryDirectory() as folder:
        project = Project.open(EXAMPLE, Path(folder) / "state")
        project.sync()
        documents = {listed.id: project.document(listed.id).text for listed in project.documents()}
        cases = read_cases(EXAMPLE / "cases.jsonl")
        before = {finding["id"] for finding in project.check_examples()["findings"]}
        for seed in range(seeds):
            rows, kinds = planted(clean, cases, documents, seed)
            file = Path(folder) / f"planted-{seed}.jsonl"
            file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            told = project.check_examples(file)["findings"]
            for id, kind in kinds.items():
                all_of[kind] += 1
                said = [finding["kind"] for finding in told if finding["id"] == id]
                found[kind] += kind in said
                missed += [] if kind in said else [{"seed": seed, "id": id, "planted": kind, "said": said}]
            accused += [{"seed": seed, **finding} for finding in told if finding["id"] not in kinds]
    return {
        "found": dict(found),
        "planted": dict(all_of),
        "missed": missed,
        "clean_rows": len(clean) * seeds,
        "accused": accused,
        "accused_before_planting": sorted(before),
    }


def _facts(data: Path, wanted: int) -> dict[str, Any]:
    """Answers of squad2 whose sources were taken away, over its library; and rows of form of the other sets."""
    draw = random.Random(0)
    answered = [e for e in read_examples(data / "squad2" / "examples.jsonl") if e.completion and e.row % 2]
    form = [e for name in SETS[:2] for e in read_examples(data / name / "examples.jsonl") if e.row % 2]
    rows = draw.sample(answered, min(wanted, len(answered))) + draw.sample(form, wanted)
    with tempfile.TemporaryDirectory() as folder:
        project = Project.open(data / "squad2", Path(folder) / "state")
        project.sync()
        file = Path(folder) / "rows.jsonl"
        told = ({"id": row.id, "prompt": row.prompt, "completion": row.completion} for row in rows)
        file.write_text("".join(json.dumps(row) + "\n" for row in told), encoding="utf-8")
        findings = project.check_examples(file)["findings"]
        looked = {row.id for row in looked_up(read_examples(file))}
    found = {finding["id"]: finding["why"] for finding in findings if finding["kind"] == "facts"}
    known = [row for row in rows if row.sources and row.id in looked]
    right = sum(row.sources[0] in found.get(row.id, "") for row in known)
    wrong = {row.id: found[row.id] for row in rows if row.id in found and not row.sources}
    return {"looked_up": len(known), "found": right, "form_rows": wanted, "form_rows_accused": wrong}


def _clean(data: Path, wanted: int, count: Any) -> dict[str, Any]:
    """Rows of odd numbers, drawn from three data sets; each accusation with the two texts that it is about."""
    draw = random.Random(0)
    accused = []
    for at, name in enumerate(SETS):
        cases = read_cases(data / name / "cases.jsonl")
        odd = [example for example in read_examples(data / name / "examples.jsonl") if example.row % 2]
        rows = sorted(draw.sample(odd, wanted // 3 + (at < wanted % 3)), key=lambda example: example.row)
        texts = Counter(_letters(text.prompt) for texts in (rows, cases) for text in texts)
        desk = inspect(rows, cases, count, LIMIT)
        accused += [_accusation(name, rows, desk, texts, place) for place in range(len(desk.findings))]
    return {"rows": wanted, "accused": accused}


def _accusation(name: str, rows: Sequence[Example], desk: Desk, texts: Counter[str], place: int) -> dict[str, Any]:
    """`same`: whether another row or case has the same letters, which needs no desk to see."""
    finding = desk.findings[place]
    prompt = next(example.prompt for example in rows if example.row == finding.row)
    told = {"set": name, "id": finding.id, "kind": finding.kind, "fatal": finding.fatal, "why": finding.why}
    return told | {"prompt": prompt[-120:], "same": texts[_letters(prompt)] > 1}


def _speed(data: Path, wanted: int, count: Any) -> dict[str, Any]:
    """Seconds for rows whose prompts begin like one row of a data set and end like another."""
    draw = random.Random(0)
    known = [example for name in SETS for example in read_examples(data / name / "examples.jsonl")]
    rows = []
    for row in range(1, wanted + 1):
        one, other = draw.sample(known, 2)
        a, b = one.prompt.split(" "), other.prompt.split(" ")
        text = " ".join([*a[: len(a) // 2], *b[len(b) // 2 :]])
        said = f"{other.completion or 'Nobody knows.'} {row}"
        rows.append(Example(row, str(row), ({"role": "user", "content": text},), said, group=str(row)))
    cases = read_cases(data / "snips" / "cases.jsonl")
    spent = {"all": _seconds(lambda: inspect(rows, cases, count, LIMIT))}
    spent["tokens"] = _seconds(lambda: count([f"{row.prompt}\n{row.completion}" for row in rows]))
    spent["near"] = _seconds(lambda: list(nearly(rows, cases, True)))
    spent["personal data"] = _seconds(lambda: list(personal_data(rows)))
    spent["equal"] = _seconds(lambda: list(repeated(rows)))
    like = [replace(row, messages=({"role": "user", "content": ORDER.format(row.row)},)) for row in rows]
    spent["all, of one template"] = _seconds(lambda: inspect(like, cases, count, LIMIT))
    words = sum(len(row.prompt.split()) for row in rows) / len(rows)
    return {"rows": wanted, "words_a_prompt": round(words, 1), "seconds": spent}


def _seconds(work: Any) -> float:
    begin = time.perf_counter()
    work()
    return round(time.perf_counter() - begin, 2)


def _claims(leaks: Any, found: Any, facts: Any, clean: Any, speed: Any) -> dict[str, Any]:
    first = 40 - sum(one["seed"] == 0 for one in found["missed"])
    right, all_of = sum(found["found"].values()) - first, sum(found["planted"].values()) - 40
    wrong = [one["id"] for one in clean["accused"] if not one["same"]]
    rows, spent = f"{speed['rows']:,} rows", speed["seconds"]
    alike = spent["all, of one template"]
    return {
        "dialogues of mts_dialog that leak are listed": {
            "value": f"{len(leaks['found'])} of {len(leaks['known'])}",
            "goal": "all",
            "holds": not leaks["missed"],
        },
        "40 planted faults are found with their kind": {"value": first, "goal": 40, "holds": first == 40},
        "so are those of other draws": {"value": f"{right} of {all_of}", "goal": "all", "holds": right == all_of},
        "clean rows among planted ones are not accused": {
            "value": len(found["accused"]),
            "goal": 0,
            "holds": not found["accused"],
        },
        "rows of form are not accused of teaching facts": {
            "value": f"{len(facts['form_rows_accused'])} of {facts['form_rows']}",
            "goal": 0,
            "holds": not facts["form_rows_accused"],
        },
        f"of {clean['rows']} rows none is accused that repeats no other to the letter": {
            "value": wrong,
            "goal": [],
            "holds": not wrong,
        },
        f"seconds for {rows}": {"value": spent["all"], "goal": "< 60", "holds": spent["all"] < 60},
        f"seconds for {rows} of one template": {"value": alike, "goal": "< 60", "holds": alike < 60},
    }


def _print(parts: dict[str, Any], claims: dict[str, Any]) -> None:
    leaks, found = parts["leaks"], parts["planted"]
    print(f"leaks of mts_dialog, cases {leaks['cases']}")
    for id, case in leaks["known"].items():
        print(f"  {id} is {case}: {'found' if id in leaks['found'] else 'missed'}")
    for id, why in leaks["beyond"].items():
        print(f"  {id}, beyond these: {why}")
    print("\nplanted            found")
    for kind, number in found["planted"].items():
        print(f"{kind:<16} {found['found'].get(kind, 0):>4} of {number}")
    for one in [*found["missed"], *found["accused"]]:
        print(f"  {one}")
    print(f"\nfacts: {parts['facts']}")
    print(f"\naccused of {parts['clean']['rows']} rows")
    for one in parts["clean"]["accused"]:
        print(
            f"  {one['set']} {one['id']}: {one['kind']}{'' if one['fatal'] else ' (warning)'}: {one['why']}\n    {one['prompt']!r}"
        )
    print(f"\n{parts['speed']}\n")
    for claim, result in claims.items():
        print(f"{'holds' if result['holds'] else 'fails'}: {claim}: {result['value']} (goal: {result['goal']})")


if __name__ == "__main__":
    main()
