"""Examples to an adapter: the desk that checks them, the training set, the loop, and what was forgotten."""

from tunebook.tuning.checks import Finding
from tunebook.tuning.desk import Desk, inspect, sound
from tunebook.tuning.trainingset import TrainingRow, form_rows, reading_rows

__all__ = [
    "Desk",
    "Finding",
    "TrainingRow",
    "form_rows",
    "inspect",
    "reading_rows",
    "sound",
]
