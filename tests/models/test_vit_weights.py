"""torchvision's weights in our vision transformer, and other image sizes."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import VisionTransformer as Reference
from torchvision.transforms import functional

from kizu.models.pretrained import PretrainedWeightsError
from kizu.models.serialization import pack
from kizu.models.vit import VisionTransformer
from kizu.models.vit_weights import (
    from_torchvision,
    load_vit_weights,
    published_name,
    resize_positions,
)

SIZE = {"patch_size": 4, "class_count": 5, "width": 12, "depth": 2, "heads": 3, "mlp_ratio": 2.0}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Reference]:
    """A file that stands for torchvision's trained weights, of images of 8 × 8 pixels."""
    torch.manual_seed(0)
    reference = Reference(8, 4, 2, 3, 12, 24, num_classes=5).eval()
    for parameter in reference.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    path = tmp_path_factory.mktemp("weights") / "vit.pth"
    torch.save(reference.state_dict(), path)
    return path, reference


def test_torchvisions_weights_give_its_logits(published: tuple[Path, Reference]) -> None:
    _, reference = published
    model = VisionTransformer(8, channels=3, **SIZE).eval()
    model.load_state_dict(from_torchvision(reference.state_dict()))

    images = torch.rand(3, 3, 8, 8)
    normalized = functional.normalize(images, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    torch.testing.assert_close(model(images * 2 - 1), reference(normalized), rtol=1e-4, atol=1e-4)


def test_a_file_gives_its_features_to_a_model_of_other_classes(
    published: tuple[Path, Reference],
) -> None:
    path, reference = published
    model = VisionTransformer(8, channels=3, **SIZE).eval()
    trained = VisionTransformer(8, channels=3, **SIZE).eval()
    trained.load_state_dict(from_torchvision(reference.state_dict()))
    head = model.head.weight.clone()
    load_vit_weights(model, str(path))

    images = torch.rand(2, 3, 8, 8)
    torch.testing.assert_close(model.features(images), trained.features(images))
    assert torch.equal(model.head.weight, head)


def test_gray_images_are_taken_as_three_equal_channels(published: tuple[Path, Reference]) -> None:
    path, _ = published
    gray, color = (VisionTransformer(8, channels=c, **SIZE).eval() for c in (1, 3))
    load_vit_weights(gray, str(path))
    load_vit_weights(color, str(path))

    images = torch.rand(2, 1, 8, 8)
    expected = color.features(images.repeat(1, 3, 1, 1))
    torch.testing.assert_close(gray.features(images), expected, rtol=1e-4, atol=1e-4)


def test_positions_are_fitted_to_the_models_images(published: tuple[Path, Reference]) -> None:
    path, reference = published
    model = VisionTransformer(16, channels=3, **SIZE)
    load_vit_weights(model, str(path))

    positions = reference.state_dict()["encoder.pos_embedding"]
    torch.testing.assert_close(model.positions.data, resize_positions(positions, 16))


def test_a_trained_model_of_the_pipeline_lends_its_features(tmp_path: Path) -> None:
    trained, model = (VisionTransformer(8, channels=3, **SIZE).eval() for _ in range(2))
    tensors = pack(classifier=trained)["tensors"]
    save_file({n: torch.from_numpy(a) for n, a in tensors.items()}, tmp_path / "m.safetensors")
    load_vit_weights(model, str(tmp_path / "m.safetensors"))

    images = torch.rand(2, 3, 8, 8)
    torch.testing.assert_close(model.features(images), trained.features(images))
    assert not torch.equal(model.head.weight, trained.head.weight)


@pytest.mark.parametrize("change", [{"patch_size": 2}, {"depth": 3}, {"width": 24}])
def test_weights_of_another_size_are_refused(
    published: tuple[Path, Reference], change: dict[str, int]
) -> None:
    path, _ = published
    model = VisionTransformer(8, channels=3, **SIZE | change)
    before = model.positions.clone()

    with pytest.raises(PretrainedWeightsError, match="does not hold the weights of this vision"):
        load_vit_weights(model, str(path))
    assert torch.equal(model.positions, before)


def test_weights_of_no_transformer_are_refused(tmp_path: Path) -> None:
    torch.save({"layer": torch.zeros(1)}, tmp_path / "other.pth")

    with pytest.raises(PretrainedWeightsError, match="it has no tensor 'blocks"):
        load_vit_weights(VisionTransformer(8, channels=3, **SIZE), str(tmp_path / "other.pth"))


def test_imagenets_weights_are_those_of_a_transformer_of_that_size() -> None:
    assert published_name(16, 768, 12, 12) == "vit_b_16"
    with pytest.raises(ValueError, match=r"\(4, 12, 2, 3\) is not supported.*\(16, 768, 12, 12\)"):
        load_vit_weights(VisionTransformer(8, channels=3, **SIZE), "imagenet")


def test_positions_of_the_same_size_stay() -> None:
    positions = torch.randn(1, 1 + 16, 6)

    torch.testing.assert_close(resize_positions(positions, 16), positions)


def test_a_linear_field_of_positions_stays_linear() -> None:
    # Values that grow with the row; twice as many patches lie at half the distance.
    rows = torch.arange(8.0)[:, None].expand(8, 8)
    positions = torch.cat([torch.full((1, 1, 1), 9.0), rows.reshape(1, 64, 1)], dim=1)
    resized = resize_positions(positions, 256)

    assert resized[0, 0, 0] == 9
    inner = resized[0, 1:, 0].view(16, 16)[4:12, 4:12]
    expected = ((torch.arange(4.0, 12.0) + 0.5) / 2 - 0.5)[:, None].expand(8, 8)
    # torch's cubic kernel (a = -0.75) bends a line by up to a twentieth of a step.
    torch.testing.assert_close(inner, expected, rtol=0, atol=0.05)


@pytest.mark.parametrize(
    ("length", "count", "name"), [(16, 5, "token_count"), (5, 16, "positions")]
)
def test_patches_that_make_no_square_are_refused(length: int, count: int, name: str) -> None:
    with pytest.raises(ValueError, match=rf"{name} of 5 patches make no square"):
        resize_positions(torch.zeros(1, 1 + length, 2), count)
