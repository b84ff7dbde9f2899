"""The scale: chosen on the curve, and written so that every reader of the adapter sees it."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import pytest
from tiny import SETTINGS, VOCABULARY, Letters, rows_of, tiny_llama

from tunebook.models.local import LocalChatModel
from tunebook.tuning.encoded import encode
from tunebook.tuning.forgetting import Probe, drift
from tunebook.tuning.general import Choice, GeneralSet
from tunebook.tuning.scale import SCALES, Point, choose, curve_of, loss_of, write
from tunebook.tuning.train import train

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
GENERAL = GeneralSet("test", ("a quiet street in the rain", "seven boats"), (Choice("which", ("one", "two"), 0),))


def points(*rows: tuple[float, float, float]) -> list[Point]:
    return [Point(scale, loss, 0.0, kl) for scale, loss, kl in rows]


def test_the_scale_that_forgets_least_keeps_the_gain():
    curve = points((0.25, 2.0, 0.1), (0.5, 1.04, 0.2), (0.75, 0.9, 0.4), (1.0, 1.0, 0.8))
    assert choose(curve, 3.0) == 0.5, "a gain of 1.96 of 2"
    assert choose(curve[:1] + curve[2:], 3.0) == 0.75
    assert choose(curve, 0.9) == 1.0, "nothing was gained"


@pytest.fixture(scope="module", params=["lora", "full"])
def adapter(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    settings = SETTINGS.model_copy(update={"method": request.param})
    train(tiny_llama(), Letters(), rows_of(24), folder, settings, lambda *_: None)
    return folder


def local():
    return LocalChatModel("tiny", tiny_llama(), SimpleNamespace(plain=Letters(), window=99, count=len))


def loss_with(folder, rows, scale=1.0):
    with local().using(folder, scale) as tuned:
        return loss_of(tuned, rows)


def test_what_is_written_is_what_was_counted(adapter, tmp_path):
    import shutil

    halved = shutil.copytree(adapter, tmp_path / "halved")
    write(halved, 0.5)
    rows = [encode(Letters(), row) for row in rows_of(6)]
    wanted = loss_with(adapter, rows, 0.5)
    assert loss_with(halved, rows) == pytest.approx(wanted, rel=1e-5)
    assert loss_with(adapter, rows) != pytest.approx(wanted, rel=1e-3)
    assert loss_with(adapter, rows, 0.0) == pytest.approx(loss_of(tiny_llama(), rows), rel=1e-5)


def test_the_curve_goes_from_little_forgotten_to_more(adapter):
    base = Probe.of(tiny_llama(), Letters(), GENERAL)
    held = [encode(Letters(), row) for row in rows_of(6)]
    model = local()
    curve = curve_of(partial(model.using, adapter), Letters(), held, base, GENERAL)
    assert [point.scale for point in curve] == list(SCALES)
    assert [point.kl for point in curve] == sorted(point.kl for point in curve)
    with model.using(adapter) as tuned:
        whole = Probe.of(tuned, Letters(), GENERAL)
    assert drift(base, whole)[1] == pytest.approx(curve[-1].kl)
    assert (len(whole.right), len(whole.log_probabilities)) == (1, 2)
    assert whole.log_probabilities[1].shape == (10, VOCABULARY)


@pytest.mark.parametrize("method", ["lora", "dora", "full"])
def test_merged_weights_say_what_the_adapter_says(method, tmp_path):
    from transformers import LlamaForCausalLM

    from tunebook.models.weights import merged

    settings = SETTINGS.model_copy(update={"method": method, "epochs": 2.0})
    train(tiny_llama(), Letters(), rows_of(24), tmp_path / "adapter", settings, lambda *_: None)
    tiny_llama().save_pretrained(tmp_path / "base")
    weights = {name: torch.from_numpy(weight) for name, weight in merged(tmp_path / "base", tmp_path / "adapter")}
    alone = LlamaForCausalLM.from_pretrained(tmp_path / "base")
    alone.load_state_dict(weights, strict=False)
    rows = [encode(Letters(), row) for row in rows_of(6)]
    assert loss_of(alone.eval(), rows) == pytest.approx(loss_with(tmp_path / "adapter", rows), rel=1e-5)
    assert loss_of(alone, rows) != pytest.approx(loss_of(tiny_llama(), rows), rel=1e-3)
