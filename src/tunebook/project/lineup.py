"""Who stands in a trial: adapters are trained where they are missing, arms are made, what cannot run says why.

made, unavailable = tune_missing(parts, checked, names, progress)
arms = arms_of(parts, names, used, made, unavailable, progress)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tunebook.approaches import Unavailable, make
from tunebook.errors import BadInput
from tunebook.progress import Progress
from tunebook.project import hosted, screen
from tunebook.project.arms import Arm
from tunebook.project.neighbours import Neighbours
from tunebook.project.parts import Parts
from tunebook.project.training import Made
from tunebook.project.tune import tune
from tunebook.settings import Settings
from tunebook.tuning import Desk
from tunebook.values import Example, content_hash

WEIGHTS_OF = {"naive_hybrid": "tuned"}  # whose adapter an approach answers with, where it is not its own
WITHOUT_PASSAGES = ("base", "prompted", "tuned", "always_refuse", "commonest_answer")
OVER_PASSAGES = ("min_similarity", "false_refusals", "unsupported", "rag_instruction")  # settings of answer, for these
PROMPTED = ("demonstrations", "prompted_instruction")  # and of `prompted`
PROMPTS_VERSION = "16"  # raised when a prompt or the way an answer is made from it changes


def tune_missing(
    parts: Parts, checked: Desk | None, names: Sequence[str], progress: Progress
) -> tuple[dict[str, list[Made]], dict[str, str]]:
    """An adapter for each target and seed; the first seed is trained last, so that it is the one in use afterwards."""
    made: dict[str, list[Made]] = {}
    unavailable: dict[str, str] = {}
    for target in ("tuned", "hybrid"):
        if target not in names and not (target == "tuned" and "naive_hybrid" in names):
            continue
        if why := hosted.refused(parts.settings):
            unavailable[target] = why
        elif checked is None:
            unavailable[target] = "there are no examples to tune on"
        else:
            try:
                found = [tune(one, target, checked, progress) for one in reversed(seeded(parts))]
                made[target] = found[::-1]
                if said := next((one.refused for one in made[target] if one.refused), None):
                    del made[target]
                    unavailable[target] = f"its adapter was refused: {said}"
            except BadInput as error:
                unavailable[target] = error.message
    return made, unavailable


def seeded(parts: Parts) -> list[Parts]:
    """The project under each of the trial's training seeds, its own first."""
    settings = parts.settings
    first, each = settings.tuning.seed, settings.tuning.soup
    found = []
    for seed in range(first, first + settings.trial.seeds * each, each):  # no two soups have a training in common
        tuning = settings.tuning.model_copy(update={"seed": seed})
        found.append(parts.with_settings(settings.model_copy(update={"tuning": tuning})))
    return found


def arms_of(
    parts: Parts,
    names: Sequence[str],
    used: Sequence[Example],
    made: Mapping[str, Sequence[Made]],
    unavailable: dict[str, str],
    progress: Progress,
) -> list[Arm]:
    """The arms that can run, controls last; what cannot goes to `unavailable`, controls without a word."""
    controls = [name for name in parts.settings.trial.controls if name not in names]
    kit = parts.kit(Neighbours(parts.embedder, used) if used else None, {})
    kit = replace(kit, screen=screen.fitted(parts, used, progress))
    found_in = (parts.library.hash if kit.library else "none", str(kit.screen))
    found = []
    for name in (*names, *controls):
        if name in unavailable:
            continue
        seeds = len(made.get(WEIGHTS_OF.get(name, name), [])) or 1
        adapters = [{target: its[seed].folder for target, its in made.items()} for seed in range(seeds)]
        try:
            approaches = [make(name, replace(kit, adapters=folders)) for folders in adapters]
        except Unavailable as error:
            if name not in controls:
                unavailable[name] = error.message
            continue
        stems = [f"{name}-{_fingerprint(parts, name, found_in, used, folders)[:12]}" for folders in adapters]
        found.append(Arm.of(approaches, [parts.folder.state / "answers" / f"{stem}.jsonl" for stem in stems]))
    return found


def _fingerprint(
    parts: Parts, name: str, found_in: Sequence[str], examples: Sequence[Example], adapters: Mapping[str, Path]
) -> str:
    settings = parts.settings
    seen = [name, PROMPTS_VERSION, parts.model_identity, _answering(settings, name)]
    if name not in WITHOUT_PASSAGES:
        seen += [
            *found_in,
            settings.search.model_dump_json(),
            settings.passages.model_dump_json(),
            parts.searched_with,
        ]
    if name in ("prompted", "hybrid", "commonest_answer"):
        seen += [f"{example.id}:{example.prompt}:{example.completion}" for example in examples]
    adapter = adapters.get(WEIGHTS_OF.get(name, name))
    if adapter:
        seen.append(adapter.name)
    return content_hash(*seen)


def _answering(settings: Settings, name: str) -> str:
    """What of `answer` an approach goes by; the rest as if it were not set.  The gate is set on top of the answers."""
    idle = (*(OVER_PASSAGES if name in WITHOUT_PASSAGES else ()), *(PROMPTED if name != "prompted" else ()))
    unset = {field: getattr(Settings().answer, field) for field in idle}
    return settings.answer.model_copy(update=unset).model_dump_json(exclude={"accepted_wrong"})
