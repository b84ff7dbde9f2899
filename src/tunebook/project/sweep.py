"""Learning rate and epochs by trying: runs within a time, compared by the loss of the held-out rows.

    found = sweep(parts, checked, 1800.0, progress)
    found["settings"]       →  {"learning_rate": 0.00087, "epochs": 2.0}          found["tried"]: every run, best first

The settings as they are come first, so that what is found is never worse on the held-out rows; then Optuna's TPE
(Bergstra et al. 2011) chooses.  Runs are kept in a journal: a killed sweep goes on, in the middle of a run as well.  No run
begins that would not end in time, going by the runs before it.
Left out on purpose: stopping a bad run early, since the rate falls over all of a run's steps and half a run tells little; the
hybrid, which goes on from `tuned` at the same rate.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunebook import journal
from tunebook.errors import BadInput, BadSettings, Diverged
from tunebook.progress import Progress
from tunebook.project import soup
from tunebook.project.parts import Parts
from tunebook.project.training import Work, trained, with_replay
from tunebook.project.tune import tune, work_of
from tunebook.tuning import Desk
from tunebook.tuning.encoded import hold_out
from tunebook.tuning.method import rate

LOWEST, HIGHEST = 1 / 8, 2.0  # learning rates, times the present one
EPOCHS = (1 / 3, 2 / 3, 1.0, 5 / 3)  # times the present ones
UNGUIDED = 4  # runs before the sampler learns from them

Choice = Mapping[str, float]  # learning_rate, epochs


def sweep(parts: Parts, checked: Desk, seconds: float, progress: Progress) -> dict[str, Any]:
    """Tries for about `seconds`, then makes the adapter of the best run and brings it into use.

    Raises BadInput without Optuna, with nothing to learn from or at an endpoint; BadSettings where no rows are held out;
    Diverged where every run did.
    """
    if parts.settings.model.endpoint:
        raise BadInput("--sweep compares runs made here, and an endpoint answers", "leave out model.endpoint to sweep")
    optuna = _optuna()
    tuning = parts.settings.tuning
    usual = {"learning_rate": _rate(parts), "epochs": tuning.epochs}
    present = _work(parts, checked, usual)
    held = len(hold_out(present.rows, tuning)[1])
    if not held:
        raise _none_held_out(present)
    study = _study(optuna, parts.folder.state / "sweeps" / f"{present.folder.name}.log", tuning.seed)
    due = _take_up(optuna, study, usual)
    begin, a_pass = time.monotonic(), 0.0  # seconds of an epoch
    while True:
        trial = study.ask()
        choice = _chosen(trial, usual)
        due -= 1
        if due < 0 and time.monotonic() - begin + a_pass * choice["epochs"] > seconds:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            break
        one = time.monotonic()
        try:
            study.tell(trial, _loss(parts, checked, choice, len(_done(study)) + 1, progress))
            _drop_others(parts, checked, study)
        except Diverged as error:  # another choice may hold
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            progress("sweeping", 0, 0, error.message)
        a_pass = max(a_pass, (time.monotonic() - one) / choice["epochs"])
    if not _done(study):
        raise Diverged("every run of the sweep diverged", "lower tuning.learning_rate")
    best = _settled(study.best_params)
    made = tune(_under(parts, best), "tuned", checked, progress)
    tried = sorted(map(_told, _done(study)), key=lambda row: float(row["validation"]))
    return {
        "settings": dict(best),
        "tried": tried,
        "held_out": held,
        "adapter": str(made.folder),
        "refused": made.refused,
    }


def _none_held_out(work: Work) -> BadSettings:
    groups = Counter(row.group for row in work.rows)
    least, share = min(groups.values(), default=0), work.tuning.validation_share
    told = f"the smallest of {len(groups)} groups has {least} of {len(work.rows)} rows, and tuning.validation_share is {share:g}"
    return BadSettings(
        f"a sweep compares by the rows held out, and there are none: {told}",
        "raise it, or let more examples stand in more groups: a group is held out as a whole",
    )


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise BadInput("--sweep needs optuna, which is not installed", "pip install 'tunebook[sweep]'") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def _study(optuna: Any, path: Path, seed: int) -> Any:
    path.parent.mkdir(parents=True, exist_ok=True)
    journal.trim(path)
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=UNGUIDED)
    return optuna.create_study(storage=storage, sampler=sampler, study_name="tuned", load_if_exists=True)


def _take_up(optuna: Any, study: Any, usual: Choice) -> int:
    """How many runs are due whatever the time: the one in which a sweep was killed; the present settings, at first."""
    broken = study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING])
    begun = [trial for trial in broken if trial.params]
    for trial in broken:
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
    for trial in begun:
        study.enqueue_trial(trial.params)
    if study.get_trials(deepcopy=False):
        return len(begun)
    study.enqueue_trial(dict(usual))
    return 1


def _chosen(trial: Any, usual: Choice) -> Choice:
    rate, epochs = usual["learning_rate"], usual["epochs"]
    return {
        "learning_rate": trial.suggest_float("learning_rate", rate * LOWEST, rate * HIGHEST, log=True),
        "epochs": trial.suggest_categorical("epochs", [round(share * epochs, 2) for share in EPOCHS]),
    }


def _settled(choice: Choice) -> Choice:
    """In so few digits that what is printed can be set, and finds the same adapter."""
    return {"learning_rate": float(f"{choice['learning_rate']:.3g}"), "epochs": choice["epochs"]}


def _under(parts: Parts, choice: Choice) -> Parts:
    tuning = parts.settings.tuning.model_copy(update=dict(_settled(choice)))
    return parts.with_settings(parts.settings.model_copy(update={"tuning": tuning}))


def _work(parts: Parts, checked: Desk, choice: Choice) -> Work:
    return work_of(soup.singles(_under(parts, choice))[0], "tuned", checked, None)


def _rate(parts: Parts) -> float:
    return rate(parts.settings.tuning, int(parts.local_model.detached().config.get_text_config().hidden_size))


def _loss(parts: Parts, checked: Desk, choice: Choice, number: int, progress: Progress) -> float:
    """Nats a token of the held-out rows, with the weights that the run kept."""
    work = _work(parts, checked, choice)
    if found := parts.adapters.manifest(work.folder):
        seen = {int(step): float(loss) for step, loss in found["loss"]["validation"]}
        return seen.get(found["loss"]["best_step"], min(seen.values()))
    rows = with_replay(parts, work.rows, work.tuning, progress)

    def say(step: int, steps: int, loss: float, rate: float) -> None:
        told = f"rate {work.tuning.learning_rate:.2g}, {work.tuning.epochs:g} epochs, loss {loss:.3f}"
        progress(f"sweep, run {number}", step, steps, told)

    with parts.folder.lock():
        return trained(parts, work, rows, say).best_loss


def _drop_others(parts: Parts, checked: Desk, study: Any) -> None:
    """Folders of runs that are not the best: their checkpoints may be large."""
    best = _work(parts, checked, study.best_params).folder
    for trial in _done(study):
        folder = _work(parts, checked, trial.params).folder
        if folder != best and parts.adapters.manifest(folder) is None:
            shutil.rmtree(folder, ignore_errors=True)


def _done(study: Any) -> list[Any]:
    return [trial for trial in study.get_trials(deepcopy=False) if trial.value is not None]


def _told(trial: Any) -> dict[str, Any]:
    seconds = (trial.datetime_complete - trial.datetime_start).total_seconds()
    return {**_settled(trial.params), "validation": trial.value, "seconds": round(seconds, 1)}
