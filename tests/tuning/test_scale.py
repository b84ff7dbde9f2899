"""The scale: chosen on the curve, and written so that every reader of the adapter sees it."""

from __future__ import annotations

import pytest
from tiny import SETTINGS, VOCABULARY, Letters, rows_of, tiny_llama

from tunebook.tuning.encoded import encode
from tunebook.tuning.forgetting import Probe, drift
from tunebook.tuning.general import Choice, GeneralSet
from tunebook.tuning.scale import SCALES, Point, choose, counted, curve_of, loss_of, write
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


@pytest.fixture(scope="module")
def adapter(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapter")
    train(tiny_llama(), Letters(), rows_of(24), folder, SETTINGS, lambda *_: None)
    return folder


def with_adapter(folder):
    from peft import PeftModel

    return PeftModel.from_pretrained(tiny_llama(), str(folder)).eval()


def test_what_is_written_is_what_was_counted(adapter, tmp_path):
    import shutil

    halved = shutil.copytree(adapter, tmp_path / "halved")
    write(halved, 0.5)
    rows = [encode(Letters(), row) for row in rows_of(6)]
    whole = with_adapter(adapter)
    with counted(whole, 0.5):
        wanted = loss_of(whole, rows)
    assert loss_of(with_adapter(halved), rows) == pytest.approx(wanted, rel=1e-5)
    assert loss_of(whole, rows) != pytest.approx(wanted, rel=1e-3)
    with counted(whole, 0.0):
        assert loss_of(whole, rows) == pytest.approx(loss_of(tiny_llama(), rows), rel=1e-5)


def test_the_curve_goes_from_little_forgotten_to_more(adapter):
    base = Probe.of(tiny_llama(), Letters(), GENERAL)
    held = [encode(Letters(), row) for row in rows_of(6)]
    tuned = with_adapter(adapter)
    curve = curve_of(tuned, Letters(), held, base, GENERAL)
    assert [point.scale for point in curve] == list(SCALES)
    assert [point.kl for point in curve] == sorted(point.kl for point in curve)
    whole = Probe.of(tuned, Letters(), GENERAL)
    assert drift(base, whole)[1] == pytest.approx(curve[-1].kl)
    assert (len(whole.right), len(whole.log_probabilities)) == (1, 2)
    assert whole.log_probabilities[1].shape == (10, VOCABULARY)


@pytest.mark.parametrize("method", ["lora", "dora"])
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
    assert loss_of(alone.eval(), rows) == pytest.approx(loss_of(with_adapter(tmp_path / "adapter"), rows), rel=1e-5)
    assert loss_of(alone, rows) != pytest.approx(loss_of(tiny_llama(), rows), rel=1e-3)
