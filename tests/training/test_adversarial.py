import copy

import pytest
import torch

from kizu.training.context import StepContext
from kizu.training.data import to_unit


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
        loss = task.discriminator_loss(
            discriminator(to_unit(batch["images"]), batch["labels"]),
            discriminator(fakes.detach(), labels),
        )
        for_discriminator.zero_grad()
        loss.backward()
        for_discriminator.step()
    latent, labels = draw(task.generator_batch_multiple * len(given[0]["images"]))
    loss = task.generator_loss(discriminator(generator(latent, labels), labels))
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
    task = tiny.tiny_task(discriminator_steps=1)
    hidden, losses = [], []
    task.discriminator.head.register_forward_hook(lambda m, i, o: hidden.append(o.dtype))
    original = task.discriminator_loss
    task.discriminator_loss = lambda real, fake: losses.append(real.dtype) or original(real, fake)
    task.step(batches(tiny, 1), context(precision="bfloat16"))
    assert hidden == [torch.bfloat16] * 2
    assert losses == [torch.float32]
