"""Early stopping, on a training whose evaluations are told in advance."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kizu.training.errors import CheckpointError
from kizu.training.loop import train
from kizu.training.settings import TrainingParameters
from kizu.training.stopping import EarlyStopping


def parameters(**changes) -> TrainingParameters:
    fixed = {"steps": 12, "batch_size": 8, "device": "cpu", "log_every": 5, "evaluate_every": 2}
    return TrainingParameters(**fixed | changes)


class Death(Exception):  # noqa: N818
    pass


def die() -> None:
    raise Death


@pytest.fixture
def arrays(tiny):
    return tiny.tiny_arrays()


def same(first, second) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def following(losses):
    """An evaluation that gives the next of these values every second step."""
    return lambda step: {"loss_there": losses[step // 2 - 1]}


def test_it_ends_after_the_patience_with_the_weights_of_the_best(tiny, arrays):
    stopped, best = tiny.tiny_task(), tiny.tiny_task()
    result = train(
        stopped,
        arrays,
        parameters(),
        evaluate=following([3.0, 1.0, 2.0, 1.0, 0.0, 0.0]),
        stopping=EarlyStopping("loss_there", 2),
    )
    train(best, arrays, parameters(steps=4), evaluate=lambda step: {})

    assert [row["step"] for row in result.history] == [2, 4, 6, 8]
    assert result.best_step == 4
    # The averaged generator is put back with the networks.
    assert same(tiny.weights(stopped), tiny.weights(best))


@settings(max_examples=8, deadline=None)
@given(
    losses=st.lists(st.sampled_from([0.0, 1.0, 2.0, math.nan]), min_size=6, max_size=6),
    patience=st.integers(1, 4),
    died_at=st.integers(0, 11),
    checkpoint_every=st.integers(1, 5),
)
def test_a_run_that_died_stops_where_the_whole_one_does(
    tiny, tmp_path_factory, losses, patience, died_at, checkpoint_every
):
    arrays, chosen = tiny.tiny_arrays(), parameters(checkpoint_every=checkpoint_every)

    def run(task, folder=None):
        stopping = EarlyStopping("loss_there", patience)
        return train(task, arrays, chosen, folder, evaluate=following(losses), stopping=stopping)

    whole, resumed = tiny.tiny_task(), tiny.tiny_task()
    expected = run(whole)
    folder = tmp_path_factory.mktemp("run")
    try:
        run(tiny.DyingTask(tiny.tiny_task(), died_at, die), folder)
    except Death:
        assert expected.history[-1]["step"] > died_at
    result = run(resumed, folder)
    # As text, because nan is not equal to itself.
    assert str(result) == str(expected)
    assert same(tiny.weights(resumed), tiny.weights(whole))


def test_a_training_that_stopped_is_loaded_and_not_repeated(tiny, arrays, tmp_path, caplog):
    def run(task):
        stopping = EarlyStopping("loss_there", 1)
        return train(
            task, arrays, parameters(), tmp_path, evaluate=following([1, 2]), stopping=stopping
        )

    first, again = tiny.tiny_task(), tiny.tiny_task()
    expected = run(first)
    assert run(tiny.DyingTask(again, 0, die)) == expected
    assert same(tiny.weights(again), tiny.weights(first))
    assert "has finished before" in caplog.text


def test_a_checkpoint_of_another_patience_is_refused(tiny, arrays, tmp_path):
    def run(patience):
        stopping = EarlyStopping("loss_there", patience)
        evaluate = following([1, 2])
        train(
            tiny.tiny_task(), arrays, parameters(), tmp_path, evaluate=evaluate, stopping=stopping
        )

    run(1)
    with pytest.raises(CheckpointError, match=r"its early stopping is .*'patience': 1"):
        run(2)


def test_what_cannot_be_watched_is_refused(tiny, arrays):
    stopping = EarlyStopping("loss_there", 1)
    with pytest.raises(ValueError, match="patience must be at least 1, got 0"):
        EarlyStopping("loss_there", 0)
    with pytest.raises(ValueError, match="needs evaluate_every"):
        train(
            tiny.tiny_task(),
            arrays,
            parameters(evaluate_every=None),
            evaluate=following([]),
            stopping=stopping,
        )
    with pytest.raises(ValueError, match=r"watches 'loss_there'; the evaluation gives .*'other'"):
        train(
            tiny.tiny_task(),
            arrays,
            parameters(),
            evaluate=lambda step: {"other": 1.0},
            stopping=stopping,
        )
