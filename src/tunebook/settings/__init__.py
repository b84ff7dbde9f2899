"""tunebook.toml, typed: every key has a default, an empty file is valid.

    [model]
    endpoint = "http://localhost:8000/v1"     # any OpenAI-compatible server; leave out for a model in process
    name = "Qwen2.5-7B-Instruct"

`--set model.name=…` overrides one key for one run.  A mistake is reported with its file, line and key.
Left out on purpose: secrets.  `model.key_env` names the environment variable that holds the key.
"""

from tunebook.settings.loading import load_settings
from tunebook.settings.models import EmbedderSettings, ModelSettings, RerankerSettings
from tunebook.settings.sections import (
    ABSTENTION,
    STARTER_INSTRUCTION,
    PassageSettings,
    ServeSettings,
    Settings,
    TraceSettings,
    TuningSettings,
    WeightSettings,
)

__all__ = [
    "ABSTENTION",
    "STARTER_INSTRUCTION",
    "EmbedderSettings",
    "ModelSettings",
    "PassageSettings",
    "RerankerSettings",
    "ServeSettings",
    "Settings",
    "TraceSettings",
    "TuningSettings",
    "WeightSettings",
    "load_settings",
]
