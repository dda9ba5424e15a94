"""The classifier that the parameters describe, and what is refused before anything is trained."""

import copy
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from pydantic import ValidationError
from safetensors.numpy import save_file

from kizu.models.imagenet import ImagenetClassifier
from kizu.models.pretrained import PretrainedWeightsError
from kizu.models.vit import VisionTransformer
from kizu.objectives.augmentation import random_shift
from kizu.pipelines.classifier.building import (
    build_classifier,
    build_optimizer,
    evaluation_batch_size,
)
from kizu.pipelines.classifier.checks import check_classes, check_data
from kizu.pipelines.classifier.nodes import (
    evaluate_classifier,
    explain_classifier,
    train_classifier,
)
from kizu.pipelines.classifier.parameters import ClassifierParameters
from kizu.pipelines.classifier.recipe import build_augment, build_mix
from kizu.pipelines.unfit_data import UnfitDataError

CONF = Path(__file__).parents[2] / "conf"
DIGITS = (4, 1, 16, 16)
TORCHVISION = {"architecture": "shufflenet_v2_x0_5", "transformer": None}


@pytest.fixture
def chosen(shrunk_parameters):
    """The shrunk parameters with changes, nested as in YAML."""

    def choose(**changes: Any) -> ClassifierParameters:
        return ClassifierParameters(**_overlay(shrunk_parameters["classifier"], changes))

    return choose


def _overlay(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = copy.deepcopy(base)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _overlay(merged[key], value) if both else value
    return merged


def rates(features: float, classifier: float, head: float) -> dict[str, float]:
    return {"features": features, "classifier": classifier, "head": head}


# The network and its optimizer.


def test_a_frozen_stage_has_no_gradient_and_no_place_in_the_optimizer(chosen):
    parameters = chosen(model=TORCHVISION, learning_rates=rates(0.0, 0.0, 0.1))
    model = build_classifier(parameters, DIGITS, 3)
    optimizer = build_optimizer(model, parameters.optimizer, parameters.learning_rates)
    trained = [p for group in optimizer.param_groups for p in group["params"]]

    assert {id(p) for p in trained} == {id(p) for p in model.head.parameters()}
    assert not any(p.requires_grad for p in model.network.parameters())


def test_stages_learn_at_their_own_rates_with_momentum(chosen):
    parameters = chosen(
        model={"architecture": "vgg11", "transformer": None},
        optimizer={"name": "sgd", "momentum": 0.9, "weight_decay": 0.0},
        learning_rates=rates(0.001, 0.005, 0.01),
    )
    with torch.device("meta"):
        model = ImagenetClassifier("vgg11", 2)
    optimizer = build_optimizer(model, parameters.optimizer, parameters.learning_rates)

    assert isinstance(optimizer, torch.optim.SGD)
    found: dict[float, int] = {}
    for group in optimizer.param_groups:
        assert group["momentum"] == 0.9
        found[group["lr"]] = found.get(group["lr"], 0) + len(group["params"])
    # VGG-11: 8 convolutions, two hidden layers, the head; each with weight and bias.
    assert found == {0.001: 16, 0.005: 4, 0.01: 2}


def test_a_torchvision_classifier_trains_frozen_and_is_measured(chosen, small_digits, tmp_path):
    parameters = chosen(
        model=TORCHVISION,
        learning_rates=rates(0.0, 0.0, 0.01),
        average_decay=0.5,
        patience=1,
        augmentation={
            "crop_scale": [0.5, 1.0],
            "mirror": True,
            "erasing": 0.5,
            "rand_augment": {"operations": 1, "magnitude": 5},
        },
        mixing={"mixup": 0.2, "cutmix": 1.0},
        training={"steps": 4, "evaluate_every": 2, "checkpoint_every": 9},
    )
    first = build_classifier(parameters, small_digits.images.shape, 10).state_dict()
    model, history = train_classifier(*small_digits, parameters, tmp_path)

    kept = {
        name: np.array_equal(first[name], model["tensors"][f"classifier.{name}"]) for name in first
    }
    assert {name for name, same in kept.items() if not same} == {"head.weight", "head.bias"}
    assert model["config"]["best_step"] in {row["step"] for row in history}
    metrics, *_ = evaluate_classifier(*small_digits, model, parameters)
    assert 0 <= metrics["test.accuracy"] <= 1
    assert explain_classifier(*small_digits, model, parameters).axes


def test_the_moving_average_is_the_model(chosen, small_digits, tmp_path):
    first = build_classifier(chosen(), small_digits.images.shape, 10).state_dict()
    parameters = chosen(average_decay=0.5, training={"steps": 3})
    plain = chosen(training={"steps": 3})
    packed = [
        train_classifier(*small_digits, each, tmp_path / name)[0]["tensors"][
            "classifier.head.weight"
        ]
        for name, each in (("average", parameters), ("plain", plain))
    ]
    start = first["head.weight"].numpy()
    away = [np.abs(weights - start).max() for weights in packed]

    assert 0 < away[0] < away[1]


def test_a_trained_model_lends_its_features_to_another_number_of_classes(
    chosen, small_digits, tmp_path
):
    model, _ = train_classifier(*small_digits, chosen(), tmp_path / "first")
    path = tmp_path / "model.safetensors"
    save_file(model["tensors"], path)
    index = small_digits.index
    few = (index["label"] < 3).to_numpy()
    parameters = chosen(model={"pretrained": str(path)})
    lent = build_classifier(parameters, small_digits.images[few].shape, 3)

    assert lent.config["class_count"] == 3
    np.testing.assert_array_equal(
        lent.positions.detach().numpy(), model["tensors"]["classifier.positions"]
    )


def test_the_evaluation_batch_follows_the_size_of_the_images():
    assert evaluation_batch_size((9, 1, 16, 16)) == 512
    assert evaluation_batch_size((9, 3, 224, 224)) == 27
    assert evaluation_batch_size((9, 3, 4096, 4096)) == 1


# The recipe.


def test_the_defaults_shift_and_do_not_mix(chosen):
    parameters = chosen()
    images = torch.rand(5, 1, 16, 16)
    generators = [torch.Generator().manual_seed(0) for _ in range(2)]
    augment = build_augment(parameters.augmentation)

    assert torch.equal(augment(images, generators[0]), random_shift(images, generators[1], 1))
    assert build_augment(chosen(augmentation={"shift": 0}).augmentation) is None
    assert build_mix(parameters.mixing, 10) is None


@pytest.mark.parametrize("mixing", [{"mixup": 0.8}, {"cutmix": 1.0}, {"mixup": 0.8, "cutmix": 1.0}])
def test_mixed_targets_are_shares_of_the_classes(chosen, mixing):
    mix = build_mix(chosen(mixing=mixing).mixing, 4)
    labels = torch.tensor([0, 1, 2, 3])
    images, targets = mix(torch.rand(4, 1, 8, 8), labels, torch.Generator().manual_seed(1))

    assert images.shape == (4, 1, 8, 8)
    torch.testing.assert_close(targets.sum(1), torch.ones(4))
    assert not torch.equal(targets, torch.eye(4))


# What is refused.


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"learning_rates": rates(0, 0, 0)}, "features, classifier and head are all 0"),
        ({"optimizer": {"momentum": 0.9}}, "momentum must be null for adamw, got 0.9"),
        ({"optimizer": {"name": "sgd"}}, "momentum must be a number from 0 to below 1 for sgd"),
        ({"model": {"architecture": "vgg16"}}, "transformer describes no vgg16; set it to null"),
        ({"model": {"transformer": None}}, "transformer is null, but architecture is vit"),
        ({"model": {"transformer": {"heads": 3}}}, "heads is 3, .* choose one of: 1, 2, 4, 8, 16"),
        ({"augmentation": {"crop_scale": [0.9, 0.1]}}, "crop_scale must be two ascending shares"),
        ({"augmentation": {"rand_augment": {"operations": 1, "magnitude": 31}}}, "magnitude"),
        ({"patience": 2, "training": {"evaluate_every": None}}, "set training.evaluate_every"),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(chosen, changes, message):
    with pytest.raises(ValidationError, match=message):
        chosen(**changes)


@pytest.mark.parametrize(
    ("changes", "shape", "message"),
    [
        (
            {"model": {"transformer": {"patch_size": 5}}},
            (9, 1, 16, 16),
            r"classifier.model.transformer.patch_size is 5.* 16 x 16 pixels.*"
            "choose one of: 1, 2, 4, 8, 16",
        ),
        ({}, (9, 1, 16, 12), "architecture is vit, which needs square images; these are 16 x 12"),
        (
            {"model": TORCHVISION, "augmentation": {"crop_scale": [0.5, 1.0]}},
            (9, 1, 16, 12),
            "crop_scale is set, which needs square images",
        ),
        ({"model": TORCHVISION}, (9, 4, 16, 16), "takes gray or RGB images; these have 4 channels"),
    ],
)
def test_images_that_do_not_fit_are_refused(chosen, small_digits, changes, shape, message):
    images = np.zeros(shape, dtype=np.uint8)
    with pytest.raises(UnfitDataError, match=message):
        check_data(images, small_digits.index, chosen(**changes))


@pytest.mark.parametrize(
    ("labels", "splits", "message"),
    [
        ([0, 0, 0], ["train", "train", "calibration"], "of 1 class .* takes two"),
        ([0, 2, 2], ["train", "train", "calibration"], "labels are 0, 2; .* needs 0 to 1"),
        ([0, 1, 1], ["train", "test", "calibration"], "no training image of b"),
        ([0, 1, 1], ["train", "train", "test"], "no image in the calibration split"),
    ],
)
def test_classes_that_cannot_be_learned_are_refused(chosen, labels, splits, message):
    names = [("a", "b", "c")[label] for label in labels]
    index = pd.DataFrame({"label": labels, "class_name": names, "split": splits})
    with pytest.raises(UnfitDataError, match=message) as caught:
        check_data(np.zeros((3, 1, 16, 16), dtype=np.uint8), index, chosen())
    assert caught.value.way_out


def test_a_model_of_other_classes_is_not_measured(small_digits):
    index = small_digits.index
    model = {"config": {"class_names": ["ants", "bees"]}}
    with pytest.raises(UnfitDataError, match=r"knows 2 classes \(ants, bees\).*are of 10"):
        check_classes(model, index)


def test_an_unknown_architecture_is_refused_with_the_choices(chosen):
    parameters = chosen(model={"architecture": "vgg", "transformer": None})
    expected = "classifier.model.architecture='vgg' is not supported; choose one of: vit, alexnet"
    with pytest.raises(ValueError, match=re.escape(expected)):
        build_classifier(parameters, DIGITS, 10)


def test_images_too_small_for_an_architecture_are_refused(chosen):
    parameters = chosen(model={"architecture": "vgg11", "transformer": None})
    expected = r"architecture is vgg11, which does not take images of 16 x 16.*224 x 224"
    with pytest.raises(UnfitDataError, match=expected):
        build_classifier(parameters, DIGITS, 10)


def test_weights_of_another_architecture_are_refused(chosen, tmp_path):
    other = VisionTransformer(16, 4, 1, 10, width=8, depth=1, heads=2)
    torch.save({f"classifier.{k}": v for k, v in other.state_dict().items()}, tmp_path / "w.pth")
    parameters = chosen(model={"pretrained": str(tmp_path / "w.pth")})
    with pytest.raises(PretrainedWeightsError, match="does not hold the weights of this vision"):
        build_classifier(parameters, DIGITS, 10)


def test_freezing_all_that_a_network_has_is_refused(chosen):
    parameters = chosen(learning_rates=rates(0.0, 0.1, 0.0))
    expected = "freeze all that this network has; set one above 0 of: features, head"
    with pytest.raises(ValueError, match=expected):
        build_classifier(parameters, DIGITS, 10)


def profile(name: str) -> ClassifierParameters:
    base, own = (
        yaml.safe_load((CONF / folder / "parameters_classifier.yml").read_text())["classifier"]
        for folder in ("base", name)
    )
    return ClassifierParameters(**_overlay(base, own))


def test_the_profile_of_ants_and_bees_fine_tunes_vgg16():
    parameters = profile("hymenoptera")
    images = yaml.safe_load((CONF / "hymenoptera" / "parameters_images.yml").read_text())["images"]

    assert parameters.model.architecture == "vgg16"
    rate = parameters.learning_rates
    assert rate.features < rate.classifier < rate.head
    assert images["steps"][-1] == {"center_crop": {"height": 224, "width": 224}}


def test_the_profile_of_cifar10_trains_a_transformer_of_less_than_four_million_parameters():
    model = build_classifier(profile("cifar10"), (1, 3, 32, 32), 10)

    assert sum(parameter.numel() for parameter in model.parameters()) < 4_000_000
