import copy
from typing import NamedTuple

import pytest
import torch
from torch import nn

from kizu.training.context import StepContext
from kizu.training.data import to_unit
from kizu.training.game import Term, relativistic_generator_objective
from kizu.training.loop import train
from kizu.training.settings import TrainingParameters


def context(seed: int = 0, **options) -> StepContext:
    return StepContext(torch.device("cpu"), torch.Generator().manual_seed(seed), **options)


def batches(tiny, count: int, size: int = 6) -> list[dict[str, torch.Tensor]]:
    arrays = tiny.tiny_arrays(count * size)
    return [
        {name: torch.from_numpy(array[i * size : (i + 1) * size]) for name, array in arrays.items()}
        for i in range(count)
    ]


def calm(task) -> None:
    """No dropout, and spectral norm's vectors at rest: passes may be split and joined."""
    task.discriminator.eval()


def plain_step(task, reference, given, noise) -> None:
    """What a step means, written out: both networks' graphs, everything in separate passes."""
    generator, discriminator, for_generator, for_discriminator = reference

    def draw(count):
        latent = torch.randn(count, 4, generator=noise)
        return latent, torch.randint(3, (count,), generator=noise)

    for batch in given:
        latent, labels = draw(len(batch["images"]))
        fakes = generator(latent, labels)
        real_logits = discriminator(to_unit(batch["images"]), batch["labels"])
        fake_logits = discriminator(fakes.detach(), labels)
        loss = (1 - real_logits).relu().mean() + (1 + fake_logits).relu().mean()
        for_discriminator.zero_grad()
        loss.backward()
        for_discriminator.step()
    latent, labels = draw(task.generator_batch_multiple * len(given[0]["images"]))
    loss = -discriminator(generator(latent, labels), labels).mean()
    for_generator.zero_grad()
    loss.backward()
    for_generator.step()


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("multiple", [1, 2])
def test_a_step_is_what_the_papers_write(tiny, batch_norm, multiple):
    task = tiny.tiny_task(discriminator_steps=3, batch_norm=batch_norm)
    task.generator_batch_multiple = multiple
    if not batch_norm:
        calm(task)
    task.discriminator.dropout.p = 0.0
    generator, discriminator = copy.deepcopy((task.generator, task.discriminator))
    reference = (
        generator,
        discriminator,
        torch.optim.Adam(generator.parameters(), 1e-2, (0.0, 0.9)),
        torch.optim.Adam(discriminator.parameters(), 1e-2, (0.0, 0.9)),
    )
    given = batches(tiny, 3)
    noise = torch.Generator().manual_seed(0)
    ours = context()
    for _ in range(3):
        task.step(given, ours)
        plain_step(task, reference, given, noise)
    for network, expected in ((task.generator, generator), (task.discriminator, discriminator)):
        torch.testing.assert_close(
            network.state_dict(), expected.state_dict(), rtol=1e-4, atol=1e-5
        )


def test_no_graph_and_no_gradient_is_made_that_nothing_uses(tiny):
    task = tiny.tiny_task()
    seen: list[tuple[str, bool, bool]] = []

    def note(network, inputs, output):
        name = "generator" if network is task.generator else "discriminator"
        trained = all(parameter.requires_grad for parameter in network.parameters())
        seen.append((name, output.requires_grad, trained))

    for network in task.networks.values():
        network.register_forward_hook(note)
    ours = context()
    for optimizer in task.optimizers.values():
        optimizer.zero_grad(set_to_none=True)
    task.step(batches(tiny, 2), ours)
    discriminator_update = [("generator", False, True), ("discriminator", True, True)]
    generator_update = [("generator", True, True), ("discriminator", True, False)]
    assert seen == [*discriminator_update, *discriminator_update, *generator_update]
    assert all(parameter.requires_grad for parameter in task.discriminator.parameters())


def test_reals_and_fakes_share_a_pass_except_under_batch_norm(tiny):
    for batch_norm, sizes in ((False, [12, 6]), (True, [6, 6, 6])):
        task = tiny.tiny_task(discriminator_steps=1, batch_norm=batch_norm)
        seen = []
        task.discriminator.register_forward_hook(lambda m, i, o, seen=seen: seen.append(len(o)))
        task.step(batches(tiny, 1), context())
        assert seen == sizes


def test_an_unconditional_generator_needs_no_labels(tiny):
    task = tiny.tiny_task(discriminator_steps=1)
    task.class_count = 0
    (batch,) = batches(tiny, 1)
    metrics = task.step([{"images": batch["images"]}], context())
    assert list(metrics) == ["discriminator_loss", "real_logits", "fake_logits", "generator_loss"]
    assert all(value.ndim == 0 and not value.requires_grad for value in metrics.values())


def test_bfloat16_runs_the_networks_but_not_the_losses(tiny):
    losses = []

    def noted(shown):
        losses.append(shown.real.logits.dtype)
        return shown.fake.logits.mean()

    task = tiny.tiny_task(discriminator_steps=1, discriminator_terms=[Term("loss", noted)])
    hidden = []
    task.discriminator.head.register_forward_hook(lambda m, i, o: hidden.append(o.dtype))
    task.step(batches(tiny, 1), context(precision="bfloat16"))
    assert hidden == [torch.bfloat16] * 2
    assert losses == [torch.float32]


def test_terms_are_weighed_and_shown_unweighed(tiny):
    def slopes(**terms):
        task = tiny.tiny_task(discriminator_steps=1, **terms)
        calm(task)
        metrics = task.step(batches(tiny, 1), context())
        return metrics, task.discriminator.head.parametrizations.weight.original.grad

    def first(shown):
        return shown.real.logits.mean()

    def second(shown):
        return shown.fake.logits.square().mean()

    _, of_first = slopes(discriminator_terms=[Term("loss", first)])
    _, of_second = slopes(discriminator_terms=[Term("loss", second)])
    metrics, together = slopes(
        discriminator_terms=[Term("loss", first), Term("square", second, weight=3.0)]
    )
    torch.testing.assert_close(together, of_first + 3 * of_second)
    assert list(metrics)[:2] == ["discriminator_loss", "discriminator_square"]
    alone, _ = slopes(discriminator_terms=[Term("square", second)])
    assert metrics["discriminator_square"] == alone["discriminator_square"]


def test_a_term_of_the_generator_gets_the_last_reals_when_it_asks(tiny):
    seen = []

    def compare(real_logits, fake_logits):
        seen.append((real_logits.requires_grad, len(real_logits), len(fake_logits)))
        return (real_logits.mean() - fake_logits).mean()

    task = tiny.tiny_task(generator_terms=[relativistic_generator_objective(compare)])
    task.generator_batch_multiple = 2
    shown = []
    task.discriminator.register_forward_hook(lambda m, i, o: shown.append(i[0]))
    given = batches(tiny, 2)
    task.step(given, context())
    assert seen == [(False, 6, 12)]
    assert torch.equal(shown[-1], to_unit(given[-1]["images"]))


def test_pairs_share_their_labels(tiny):
    seen = []

    def note(shown):
        seen.append((shown.fake.labels, shown.latent))
        return shown.fake.logits.mean()

    task = tiny.tiny_task(generator_terms=[Term("loss", note, needs_pairs=True)])
    task.step(batches(tiny, 2), context())
    (labels, latent), *_ = seen
    assert torch.equal(*labels.chunk(2))
    assert not torch.equal(*latent.chunk(2))


def test_transforms_change_what_is_seen_and_nothing_else(tiny):
    def brighten(images, generator):
        return images + 10

    def darken(images, generator):
        return images * 2

    task = tiny.tiny_task(discriminator_steps=1, real_transforms=[darken], transforms=[brighten])
    shown = []
    task.discriminator.register_forward_hook(lambda m, i, o: shown.append(i[0].detach()))
    (batch,) = batches(tiny, 1)
    made = []
    task.generator.register_forward_hook(lambda m, i, o: made.append(o.detach()))
    task.step([batch], context())
    expected = torch.cat([2 * to_unit(batch["images"]) + 10, made[0] + 10])
    assert torch.equal(shown[0], expected)
    assert torch.equal(shown[1], made[1] + 10)


class Counter(nn.Module):
    """A controller that counts updates, and adds the count to the images."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("count", torch.zeros(()))

    def forward(self, images, generator):
        return images + self.count

    def observe(self, real_logits):
        assert not real_logits.requires_grad
        self.count += 1

    def metrics(self):
        return {"count": self.count}


def test_a_controller_is_shown_every_update_and_survives_a_crash(tiny, tmp_path):
    def task():
        counter = Counter()
        return tiny.tiny_task(transforms=[counter], controllers={"counter": counter})

    chosen = TrainingParameters(steps=9, batch_size=8, device="cpu", log_every=3)
    whole = task()
    expected = train(whole, tiny.tiny_arrays(), chosen)
    # Means of the updates 2, 4, 6; 8, 10, 12; 14, 16, 18: two of the discriminator a step.
    assert [row["count"] for row in expected.history] == [4, 10, 16]

    def die():
        raise InterruptedError

    often = chosen.model_copy(update={"checkpoint_every": 2})
    with pytest.raises(InterruptedError):
        train(tiny.DyingTask(task(), 5, die), tiny.tiny_arrays(), often, tmp_path)
    resumed = task()
    assert train(resumed, tiny.tiny_arrays(), often, tmp_path).history == expected.history
    ours, theirs = tiny.weights(resumed), tiny.weights(whole)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert ours["counter.count"] == 18


class Use(NamedTuple):
    perplexity: torch.Tensor
    dead_codes: torch.Tensor


@pytest.mark.parametrize("apart", [False, True])
def test_codebooks_learn_from_reals_and_fakes_of_discriminator_updates_alone(tiny, apart):
    calls, losses = [], []

    def note(shown):
        losses.append(shown.quantization_loss.item())
        shown.logits(shown.real.images, shown.real.labels)
        return shown.fake.logits.mean()

    task = tiny.tiny_task(
        discriminator_steps=1, batch_norm=apart, discriminator_terms=[Term("loss", note)]
    )
    calm(task)

    def judge(images, labels, *, update_codebooks=False):
        calls.append((len(images), update_codebooks))
        use = {"block1": Use(torch.tensor(7.0), torch.tensor(2.0))}
        logits = task.discriminator(images, labels)
        return tiny.TinyVerdict(logits, None, images.square().mean(), use)

    task.discriminator.judge = judge
    made = []
    task.generator.register_forward_hook(lambda m, i, o: made.append(o.detach()))
    (batch,) = batches(tiny, 1)
    metrics = task.step([batch], context())
    learning = [(6, True), (6, True)] if apart else [(12, True)]
    assert calls == [*learning, (6, False), (6, False)]
    assert metrics["block1_perplexity"] == 7
    assert metrics["block1_dead_codes"] == 2
    reals = to_unit(batch["images"]).square().mean().item()
    assert losses == [pytest.approx(reals + made[0].square().mean().item(), rel=1e-5)]
