import numpy as np
import pytest
import torch
import torch.nn.functional as F

from kizu.detection.bigan_task import BiganTask
from kizu.detection.images.efficient_gan import EfficientGan
from kizu.models.bigan import JointDiscriminator
from kizu.models.dcgan import DcganGenerator
from kizu.models.encoder import Encoder
from kizu.objectives.adversarial import ADVERSARIAL
from kizu.training.context import StepContext


@pytest.fixture
def task():
    torch.manual_seed(0)
    return BiganTask(
        DcganGenerator(16, 1, latent_dim=3, width=2),
        Encoder(16, 1, 3, width=2),
        JointDiscriminator(16, 1, 3, width=2, hidden=4, dropout=0.0),
        ADVERSARIAL["cross_entropy"],
        generator_learning_rate=1e-3,
        discriminator_learning_rate=1e-3,
        average_decay=0.9,
    )


@pytest.fixture
def context():
    return StepContext(torch.device("cpu"), torch.Generator().manual_seed(0))


def test_every_weight_learns_from_its_own_loss(task, context):
    images = torch.randint(0, 256, (5, 1, 16, 16), dtype=torch.uint8)
    losses = {}

    def record(loss, optimizer):
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        losses[optimizer] = loss.detach()
        gradients = torch.autograd.grad(loss, weights)
        assert all(gradient.abs().sum() > 0 for gradient in gradients if gradient.ndim > 1)

    context.update = record
    metrics = task.step([{"images": images}], context)
    joint = metrics["generator_loss"] + metrics["encoder_loss"]
    torch.testing.assert_close(losses[task.optimizers["generator_encoder"]], joint)
    torch.testing.assert_close(
        losses[task.optimizers["discriminator"]], metrics["discriminator_loss"]
    )


def test_losses_by_hand(task, context, monkeypatch):
    real, fake = torch.tensor([0.3, -1.2]), torch.tensor([2.0, 0.1])
    monkeypatch.setattr(
        task, "_logits", lambda *_: (real.clone().requires_grad_(), fake.clone().requires_grad_())
    )
    monkeypatch.setattr(context, "update", lambda loss, optimizer: None)
    metrics = task.step([{"images": torch.zeros(2, 1, 16, 16, dtype=torch.uint8)}], context)
    log_sigmoid = F.logsigmoid
    expected = -(log_sigmoid(real).mean() + log_sigmoid(-fake).mean())
    torch.testing.assert_close(metrics["discriminator_loss"], expected)
    torch.testing.assert_close(metrics["generator_loss"], -log_sigmoid(fake).mean())
    torch.testing.assert_close(metrics["encoder_loss"], -log_sigmoid(-real).mean())


def test_discriminator_is_left_alone_by_the_other_update(task, context):
    images = torch.randint(0, 256, (4, 1, 16, 16), dtype=torch.uint8)
    task.discriminator.requires_grad_(True)
    task.optimizers["discriminator"].param_groups[0]["lr"] = 0.0
    before = [weight.detach().clone() for weight in task.discriminator.parameters()]
    others = [
        w.detach().clone() for w in [*task.generator.parameters(), *task.encoder.parameters()]
    ]
    task.step([{"images": images}], context)
    for weight, old in zip(task.discriminator.parameters(), before, strict=True):
        assert torch.equal(weight, old)
        assert weight.requires_grad
    now = [*task.generator.parameters(), *task.encoder.parameters()]
    assert any(not torch.equal(weight, old) for weight, old in zip(now, others, strict=True))


def test_discriminator_scores_in_eval_mode(fitted, unseen, monkeypatch):
    """Dropout of one half and spectral norm's power iteration would show at once."""
    detector = fitted("efficient_gan")
    modes = []
    features = JointDiscriminator.features

    def watched(self, *pair):
        modes.append((self.training, self.dropout.training, torch.is_grad_enabled()))
        return features(self, *pair)

    monkeypatch.setattr(JointDiscriminator, "features", watched)
    discriminator = detector._networks["discriminator"]
    discriminator.train()  # whoever left it so
    first = detector.score(unseen)
    assert modes == [(False, False, False)] * 2
    assert discriminator.training
    discriminator.eval()
    np.testing.assert_array_equal(detector.score(unseen), first)


@pytest.mark.parametrize("discrimination", ["features", "cross_entropy"])
def test_score_by_hand(fitted, unseen, discrimination):
    networks = fitted("efficient_gan")._networks
    parameters = fitted("efficient_gan").parameters.model_copy(
        update={"discrimination": discrimination, "discrimination_weight": 0.25}
    )
    detector = EfficientGan(parameters)
    detector._keep(networks, (1, 16, 16))
    images = torch.from_numpy(unseen).float() / 127.5 - 1
    with torch.no_grad():
        latent = networks["encoder"](images)
        reconstruction = networks["generator"](latent)
        residual = (images - reconstruction).abs().sum(dim=(1, 2, 3))
        judge = networks["discriminator"]
        if discrimination == "features":
            difference = judge.features(images, latent) - judge.features(reconstruction, latent)
            said = difference.abs().sum(dim=1)
        else:
            logits = judge(images, latent)
            said = F.binary_cross_entropy_with_logits(
                logits, torch.ones_like(logits), reduction="none"
            )
    expected = (0.75 * residual + 0.25 * said).numpy()
    np.testing.assert_allclose(detector.score(unseen), expected, rtol=1e-5)
