import logging
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from kizu.training.ema import ExponentialMovingAverage
from kizu.training.errors import CheckpointError, TrainingDiverged
from kizu.training.loop import train
from kizu.training.settings import TrainingParameters
from kizu.training.state import TrainingState


def parameters(**changes) -> TrainingParameters:
    return TrainingParameters(
        **{"steps": 12, "batch_size": 8, "device": "cpu", "log_every": 5, **changes}
    )


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


class Death(Exception):  # noqa: N818
    pass


def die() -> None:
    raise Death


class Line:
    """One weight that a step moves by -1, with a metric of the caller's choice."""

    def __init__(self, metric=lambda step: float(step), spoil_weight_at: int | None = None) -> None:
        self.model = nn.Linear(1, 1)
        self.networks = {"line": self.model}
        self.optimizers = {"line": torch.optim.SGD(self.model.parameters(), lr=1.0)}
        self.schedules: dict = {}
        self.averages: dict[str, ExponentialMovingAverage] = {}
        self.batches_per_step = 1
        self.taken = 0
        self.metric, self.spoil_weight_at = metric, spoil_weight_at

    def step(self, batches, context) -> dict[str, Tensor]:
        self.taken += 1
        context.update(self.model.weight.sum() + 0 * self.model.bias.sum(), self.optimizers["line"])
        if self.taken == self.spoil_weight_at:
            nn.init.constant_(self.model.weight, float("nan"))
        return {"loss": torch.tensor(self.metric(self.taken))}


@pytest.fixture
def arrays(tiny):
    return tiny.tiny_arrays()


def test_same_seed_gives_the_same_bits_and_another_seed_others(tiny, arrays):
    runs = []
    for seed in (3, 3, 4):
        task = tiny.tiny_task()
        result = train(task, arrays, parameters(seed=seed))
        runs.append((tiny.weights(task), result))
    assert same(runs[0][0], runs[1][0])
    assert runs[0][1] == runs[1][1]
    assert not same(runs[0][0], runs[2][0])
    assert runs[0][1].nondeterministic == []


@settings(max_examples=8, deadline=None)
@given(died_at=st.integers(0, 11), checkpoint_every=st.integers(1, 5), log_every=st.integers(1, 7))
def test_a_run_that_died_goes_on_bit_for_bit(
    tiny, tmp_path_factory, died_at, checkpoint_every, log_every
):
    arrays = tiny.tiny_arrays()
    chosen = parameters(checkpoint_every=checkpoint_every, log_every=log_every)
    whole = tiny.tiny_task()
    expected = train(whole, arrays, chosen)

    folder = tmp_path_factory.mktemp("run")
    with pytest.raises(Death):
        train(tiny.DyingTask(tiny.tiny_task(), died_at, die), arrays, chosen, folder)
    resumed = tiny.tiny_task()
    assert train(resumed, arrays, chosen, folder) == expected
    assert same(tiny.weights(resumed), tiny.weights(whole))
    assert resumed.averages["generator"].updates == 12


def test_a_finished_training_is_loaded_and_not_repeated(tiny, arrays, tmp_path, caplog):
    first = tiny.tiny_task()
    expected = train(first, arrays, parameters(), tmp_path)
    again = tiny.tiny_task()
    assert train(tiny.DyingTask(again, 0, die), arrays, parameters(), tmp_path) == expected
    assert same(tiny.weights(again), tiny.weights(first))
    assert "has finished before" in caplog.text
    assert str(tmp_path) in caplog.text


def test_another_trainings_checkpoint_is_refused(tiny, arrays, tmp_path):
    train(tiny.tiny_task(), arrays, parameters(), tmp_path)
    with pytest.raises(CheckpointError, match="its batch_size is 8, here it is 4"):
        train(tiny.tiny_task(), arrays, parameters(batch_size=4), tmp_path)
    with pytest.raises(CheckpointError, match="its data is"):
        train(tiny.tiny_task(), tiny.tiny_arrays(51), parameters(), tmp_path)


def test_a_row_of_history_is_the_mean_since_the_last_reading(arrays):
    result = train(Line(), arrays, parameters(steps=12, log_every=5))
    assert result.history == [
        {"step": 5, "loss": 3.0},
        {"step": 10, "loss": 8.0},
        {"step": 12, "loss": 11.5},
    ]


def test_evaluations_join_the_rows_and_leave_no_trace(tiny, arrays):
    plain, watched = tiny.tiny_task(), tiny.tiny_task()

    def evaluate(step: int) -> dict[str, float]:
        watched.generator.eval()
        return {"noise": float(torch.rand(())), "steps": step}

    train(plain, arrays, parameters(log_every=4))
    result = train(watched, arrays, parameters(log_every=4, evaluate_every=6), evaluate=evaluate)
    assert [row["step"] for row in result.history] == [4, 6, 10, 12]
    assert [row["step"] for row in result.history if "steps" in row] == [6, 12]
    assert same(tiny.weights(plain), tiny.weights(watched))
    assert watched.generator.training


def test_evaluate_every_needs_something_to_evaluate(arrays):
    with pytest.raises(ValueError, match="evaluate_every is 3"):
        train(Line(), arrays, parameters(evaluate_every=3))


def test_rows_are_logged_live_and_again_after_a_resume(tiny, arrays, tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="kizu.metrics")
    chosen = parameters(checkpoint_every=6)
    with pytest.raises(Death):
        train(tiny.DyingTask(tiny.tiny_task(), 8, die), arrays, chosen, tmp_path)
    assert [r.step for r in caplog.records if r.name == "kizu.metrics"] == [5]
    caplog.clear()
    result = train(tiny.tiny_task(), arrays, chosen, tmp_path)
    logged = [r for r in caplog.records if r.name == "kizu.metrics"]
    assert [{"step": r.step, **r.metrics} for r in logged] == result.history


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_divergence_names_step_metric_and_checkpoint(arrays, tmp_path, value):
    task = Line(metric=lambda step: value if step >= 8 else 1.0)
    with pytest.raises(TrainingDiverged) as caught:
        train(task, arrays, parameters(checkpoint_every=6), tmp_path)
    error = caught.value
    assert (error.step, error.name) == (8, "loss")
    assert str(error.value) == str(value)
    assert error.checkpoint == tmp_path / "step-000000006.pt"
    assert str(error.checkpoint) in str(error)
    assert "learning rate" in error.way_out


def test_no_checkpoint_holds_weights_that_are_not_finite(arrays, tmp_path):
    task = Line(spoil_weight_at=7)
    with pytest.raises(TrainingDiverged, match="a weight of line") as caught:
        train(task, arrays, parameters(checkpoint_every=2, log_every=50), tmp_path)
    assert caught.value.step == 8
    assert caught.value.checkpoint == tmp_path / "step-000000006.pt"


def test_no_training_returns_weights_that_are_not_finite(arrays):
    with pytest.raises(TrainingDiverged, match="No checkpoint yet"):
        train(Line(spoil_weight_at=12), arrays, parameters())


def test_a_step_never_waits_for_the_device(tiny, arrays, monkeypatch):
    waits = []
    for name in ("item", "tolist", "__bool__", "__float__", "__int__", "__index__"):
        original = getattr(Tensor, name)

        def counted(self, *details, name=name, original=original):
            waits.append(name)
            return original(self, *details)

        monkeypatch.setattr(Tensor, name, counted)
    train(tiny.tiny_task(), arrays, parameters(steps=20, log_every=10, gradient_clip=1.0))
    # One wait a reading, and at the end one for each network's weights.
    assert waits == ["tolist", "tolist", "__bool__", "__bool__"]


def test_the_callers_random_streams_and_kernels_are_left_alone(tiny, arrays):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    train(tiny.tiny_task(), arrays, parameters())
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize(
    "changes", [{"precision": "bfloat16"}, {"precision": "float16"}, {"channels_last": True}]
)
def test_options_train_and_resume(tiny, arrays, tmp_path, changes, monkeypatch):
    # Loss scaling is offered on CUDA alone, but its state is the same anywhere.
    monkeypatch.setattr("kizu.training.loop.check_features", lambda *details: None)
    chosen = parameters(checkpoint_every=5, gradient_clip=0.5, **changes)
    whole, resumed = tiny.tiny_task(), tiny.tiny_task()
    expected = train(whole, arrays, chosen)
    with pytest.raises(Death):
        train(tiny.DyingTask(tiny.tiny_task(), 7, die), arrays, chosen, tmp_path)
    assert train(resumed, arrays, chosen, tmp_path) == expected
    assert same(tiny.weights(resumed), tiny.weights(whole))
    assert not {torch.bfloat16, torch.float16} & {w.dtype for w in tiny.weights(whole).values()}


@pytest.mark.slow
def test_compiled_networks_train(tiny, arrays):
    task = tiny.tiny_task()
    result = train(task, arrays, parameters(compile=True))
    plain = tiny.tiny_task()
    assert train(plain, arrays, parameters()).history[-1]["step"] == result.history[-1]["step"]
    assert tiny.weights(task).keys() == tiny.weights(plain).keys()


def test_a_training_without_folder_saves_nothing(tiny, arrays, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(TrainingState, "state_dict", lambda self: die())
    train(tiny.tiny_task(), arrays, parameters(checkpoint_every=2))
    assert list(tmp_path.iterdir()) == []


def test_without_a_terminal_every_tenth_part_is_a_line(arrays, caplog):
    caplog.set_level(logging.INFO, logger="kizu.training.bookkeeping")
    train(Line(), arrays, parameters(steps=20), description="line")
    assert [r.message for r in caplog.records if r.name == "kizu.training.bookkeeping"] == [
        f"line: step {step} of 20" for step in range(2, 21, 2)
    ]
