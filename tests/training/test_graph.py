"""What only a CUDA device can show."""

import pytest
import torch

from kizu.training.loop import train
from kizu.training.settings import TrainingParameters

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA"),
]


def parameters(**changes) -> TrainingParameters:
    return TrainingParameters(
        **{"steps": 12, "batch_size": 8, "device": "cuda", "log_every": 5, **changes}
    )


def test_a_replayed_step_is_the_step(tiny):
    plain, graphed = tiny.tiny_task(), tiny.tiny_task()
    expected = train(plain, tiny.tiny_arrays(), parameters())
    result = train(graphed, tiny.tiny_arrays(), parameters(cuda_graph=True))
    torch.testing.assert_close(tiny.weights(graphed), tiny.weights(plain), rtol=1e-4, atol=1e-5)
    for ours, theirs in zip(result.history, expected.history, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-3)


@pytest.mark.parametrize(
    "changes",
    [{}, {"cuda_graph": True}, {"precision": "bfloat16"}, {"precision": "float16"}],
)
def test_a_run_that_died_goes_on_bit_for_bit(tiny, tmp_path, changes):
    chosen = parameters(checkpoint_every=5, gradient_clip=1.0, **changes)
    whole, resumed = tiny.tiny_task(), tiny.tiny_task()
    expected = train(whole, tiny.tiny_arrays(), chosen)

    def die() -> None:
        raise InterruptedError

    # The step is not called while a graph replays, so die early.
    stopped = chosen.model_copy(update={"checkpoint_every": 2})
    with pytest.raises(InterruptedError):
        train(tiny.DyingTask(tiny.tiny_task(), 3, die), tiny.tiny_arrays(), stopped, tmp_path)
    assert train(resumed, tiny.tiny_arrays(), chosen, tmp_path).history == expected.history
    ours, theirs = tiny.weights(resumed), tiny.weights(whole)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert expected.nondeterministic == []
