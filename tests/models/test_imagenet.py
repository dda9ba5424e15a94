"""torchvision's classifiers behind the house's interface."""

from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from safetensors.torch import save_file
from torchvision import models
from torchvision.transforms import functional as reference

from kizu.models.imagenet import (
    ImagenetClassifier,
    classifier_names,
    imagenet_categories,
    load_imagenet_weights,
)
from kizu.models.pretrained import PretrainedWeightsError
from kizu.models.serialization import pack, unpack

SMALL = "shufflenet_v2_x0_5"


@pytest.fixture(scope="module")
def published() -> torch.nn.Module:
    """A network that stands for torchvision's trained one."""
    torch.manual_seed(0)
    return models.get_model(SMALL, weights=None).eval()


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_weights_of_a_file_give_torchvisions_logits(
    tmp_path: Path, published: torch.nn.Module, suffix: str
) -> None:
    file = tmp_path / f"weights{suffix}"
    save = torch.save if suffix == ".pth" else save_file
    save(published.state_dict(), file)
    model = ImagenetClassifier(SMALL, 1000).eval()
    load_imagenet_weights(model, str(file))

    images = torch.rand(2, 3, 64, 64)
    normalized = reference.normalize(images, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    torch.testing.assert_close(model(images * 2 - 1), published(normalized))


def test_a_head_of_other_classes_stays_as_it_was(
    tmp_path: Path, published: torch.nn.Module
) -> None:
    torch.save(published.state_dict(), tmp_path / "weights.pth")
    model = ImagenetClassifier(SMALL, 3)
    head = model.head.weight.clone()
    load_imagenet_weights(model, str(tmp_path / "weights.pth"))

    assert torch.equal(model.head.weight, head)
    assert torch.equal(model.network.conv1[0].weight, published.conv1[0].weight)


def test_gray_images_are_repeated() -> None:
    model = ImagenetClassifier(SMALL, 2).eval()
    gray = torch.rand(2, 1, 64, 64) * 2 - 1

    torch.testing.assert_close(model(gray), model(gray.repeat(1, 3, 1, 1)))


def test_it_can_be_packed() -> None:
    model = ImagenetClassifier(SMALL, 2).eval()
    again = unpack(pack(classifier=model), "classifier", ImagenetClassifier)
    images = torch.rand(1, 3, 64, 64)

    torch.testing.assert_close(again(images), model(images))


@pytest.mark.parametrize("architecture", ["vgg16", "resnet18", "vit_b_16", "densenet121"])
def test_every_parameter_is_in_one_stage(architecture: str) -> None:
    with torch.device("meta"):
        model = ImagenetClassifier(architecture, 2)
    stages = model.stages()
    members = [id(parameter) for stage in stages.values() for parameter in stage]

    assert sorted(members) == sorted(id(parameter) for parameter in model.parameters())
    # VGG-16: 13 convolutions, two hidden layers, the head; each with weight and bias.
    if architecture == "vgg16":
        assert {name: len(stage) for name, stage in stages.items()} == {
            "features": 26,
            "classifier": 4,
            "head": 2,
        }


def test_the_class_index_is_imagenets() -> None:
    categories = imagenet_categories("vgg16")

    assert len(categories) == 1000
    assert (categories[0], categories[309], categories[310]) == ("tench", "bee", "ant")


def test_a_trained_model_of_the_pipeline_lends_its_features(tmp_path: Path) -> None:
    trained, model = ImagenetClassifier(SMALL, 3), ImagenetClassifier(SMALL, 3)
    head = model.head.weight.clone()
    save_file(
        {
            name: torch.from_numpy(array)
            for name, array in pack(classifier=trained)["tensors"].items()
        },
        tmp_path / "model.safetensors",
    )
    load_imagenet_weights(model, str(tmp_path / "model.safetensors"))

    images = torch.rand(1, 3, 64, 64)
    torch.testing.assert_close(model.eval().features(images), trained.eval().features(images))
    assert torch.equal(model.head.weight, head)
    with pytest.raises(PretrainedWeightsError, match="weights of resnet18: it has"):
        load_imagenet_weights(
            ImagenetClassifier("resnet18", 3), str(tmp_path / "model.safetensors")
        )


def test_frozen_batch_norm_stays_in_evaluation_mode() -> None:
    model = ImagenetClassifier(SMALL, 2)
    for parameter in model.stages()["features"]:
        parameter.requires_grad_(False)
    before = {name: buffer.clone() for name, buffer in model.named_buffers()}
    model.train()
    model(torch.rand(2, 3, 64, 64))

    assert model.training
    assert all(torch.equal(buffer, before[name]) for name, buffer in model.named_buffers())


def test_weights_of_another_architecture_are_refused(
    tmp_path: Path, published: torch.nn.Module
) -> None:
    file = tmp_path / "weights.pth"
    torch.save(published.state_dict(), file)

    with pytest.raises(PretrainedWeightsError, match="does not hold the weights of resnet18"):
        load_imagenet_weights(ImagenetClassifier("resnet18", 2), str(file))


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "there is no file"), (b"no weights", "no readable weights")],
)
def test_a_file_without_weights_is_refused(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    file = tmp_path / "weights.pth"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(PretrainedWeightsError, match=message):
        load_imagenet_weights(ImagenetClassifier(SMALL, 2), str(file))


def test_without_a_network_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise URLError("no route")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", unreachable)

    with pytest.raises(PretrainedWeightsError, match=r"no route.*fetch https://.*pretrained"):
        load_imagenet_weights(ImagenetClassifier(SMALL, 2), "imagenet")


def test_an_unknown_architecture_is_refused_with_the_choices() -> None:
    assert "inception_v3" not in classifier_names()
    with pytest.raises(ValueError, match=r"architecture='vgg' .*vgg16"):
        ImagenetClassifier("vgg", 2)
