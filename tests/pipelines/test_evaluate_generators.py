"""The stage `evaluate_generators`."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from safetensors.numpy import save_file

from kizu.evaluation import manifold
from kizu.evaluation.inception_features import InceptionUnavailable
from kizu.models.gan import build_gan
from kizu.models.serialization import pack
from kizu.models.vit import VisionTransformer
from kizu.pipelines.diffusion.nodes import train_diffusion
from kizu.pipelines.diffusion.parameters import DiffusionParameters
from kizu.pipelines.evaluate_generators import create_pipeline, extractor
from kizu.pipelines.evaluate_generators.nodes import (
    compare_diffusion_samplers,
    draw_grids,
    measure_fidelity,
    measure_real_images,
    trace_fidelity,
)
from kizu.pipelines.evaluate_generators.parameters import EvaluateGeneratorsParameters


@pytest.fixture(scope="module")
def parameters(shrunk_parameters):
    return EvaluateGeneratorsParameters(**shrunk_parameters["evaluate_generators"])


@pytest.fixture(scope="module")
def classifier_model():
    torch.manual_seed(0)
    network = VisionTransformer(16, 4, channels=1, class_count=10, width=24, depth=1, heads=2)
    return pack(classifier=network)


@pytest.fixture(scope="module")
def real(small_digits, classifier_model, parameters):
    return measure_real_images(*small_digits, classifier_model, parameters)


def measured(small_digits, classifier_model, parameters):
    """Metrics of a generator and its picture, the real images included."""
    real = measure_real_images(*small_digits, classifier_model, parameters)
    return measure_fidelity(real, gan_model(10), classifier_model, parameters)


def gan_model(class_count, channels=1):
    torch.manual_seed(0)
    generator, _ = build_gan(
        "sngan_cnn", 16, channels, class_count=class_count, latent_dim=8, generator_width=4
    )
    return pack(generator_average=generator)


def snapshots(folder, class_count=10):
    """The generator of `gan_model`, and one whose images are all gray."""
    prefix = "generator_average."
    tensors = {
        name.removeprefix(prefix): tensor
        for name, tensor in gan_model(class_count)["tensors"].items()
    }
    faded = {name: np.zeros_like(tensor) for name, tensor in tensors.items()}
    files = {}
    for step, content in ((5, faded), (40, tensors)):
        path = folder / f"{step:09d}.safetensors"
        save_file(content, path)
        files[path.name] = path
    return files


@pytest.mark.parametrize("class_count", [0, 10])
def test_traces_the_generator_over_its_training(
    real, classifier_model, parameters, tmp_path, class_count
):
    model = gan_model(class_count)
    files = snapshots(tmp_path, class_count)
    history = trace_fidelity(real, model, files, classifier_model, parameters)
    metrics, _ = measure_fidelity(real, model, classifier_model, parameters)
    assert [row["step"] for row in history] == [5, 40]
    for name in history[1].keys() - {"step"}:
        assert history[1][name] == pytest.approx(metrics[name])
        assert history[0][name] != history[1][name]
    assert ("label_accuracy" in history[1]) == bool(class_count)


def test_measures_a_conditional_generator_against_both_splits(real, classifier_model, parameters):
    arguments = (real, gan_model(class_count=10), classifier_model, parameters)

    metrics, _ = measure_fidelity(*arguments)

    groups = {name.rpartition(".")[0] for name in metrics}
    assert groups == {"", "train", "test", "real", "real.train", "real.test"}
    assert 0 <= metrics["label_accuracy"] <= 1
    assert metrics["sample_count"] == metrics["real.sample_count"] == 60
    for reference in ("train", "test"):
        untrained = metrics[f"{reference}.frechet_distance"]
        assert untrained > 3 * metrics[f"real.{reference}.frechet_distance"]
    assert measure_fidelity(*arguments)[0] == metrics
    assert metrics["train.intra_class_frechet_distance"] > 0
    assert 0 <= metrics["train.nearer_share"] <= 1


def test_an_unconditional_generator_has_no_label_accuracy(real, classifier_model, parameters):
    metrics, _ = measure_fidelity(real, gan_model(0), classifier_model, parameters)
    assert "label_accuracy" not in metrics
    assert "train.intra_class_frechet_distance" not in metrics
    assert "real.label_accuracy" in metrics


def test_moments_of_the_real_splits_are_kept_between_runs(
    small_digits, classifier_model, parameters, tmp_path, monkeypatch
):
    monkeypatch.setenv("KIZU_CACHE", str(tmp_path))
    data = (small_digits, classifier_model)
    expected, _ = measured(*data, parameters)
    assert not list(tmp_path.rglob("*.npz"))
    caching = parameters.model_copy(update={"cache_moments": True})
    for _ in range(2):
        assert measured(*data, caching)[0] == expected
        assert len(list(tmp_path.rglob("*.npz"))) == 2


class StandInForInception(torch.nn.Module):
    """Features and logits of the shapes of Inception's, from color images in 8 bits."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(3 * 16 * 16, 6)

    def forward(self, images):
        assert images.dtype == torch.uint8
        assert images.shape[1:] == (3, 16, 16)
        features = self.linear(images.float().flatten(1))
        return features, features[:, :4]


def test_inception_sees_the_images_and_the_classifier_still_labels_them(
    small_digits, classifier_model, parameters, monkeypatch
):
    torch.manual_seed(0)
    stand_in = StandInForInception()
    monkeypatch.setattr(extractor, "load_inception", lambda weights: stand_in)
    data = (small_digits, classifier_model)
    expected, _ = measured(*data, parameters)
    chosen = parameters.model_copy(update={"features": "inception"})
    metrics, _ = measured(*data, chosen)
    assert metrics["label_accuracy"] == expected["label_accuracy"]
    assert metrics["test.frechet_distance"] != expected["test.frechet_distance"]
    assert metrics.keys() == expected.keys()


def test_inception_without_weights_says_what_to_do(
    small_digits, classifier_model, parameters, tmp_path
):
    missing = tmp_path / "weights.pth"
    chosen = parameters.model_copy(
        update={"features": "inception", "inception_weights": str(missing)}
    )
    data = (small_digits, classifier_model)
    with pytest.raises(InceptionUnavailable, match=r"no file .*weights.pth.*inception_weights"):
        measured(*data, chosen)


def test_samples_are_shown_beside_the_training_images_nearest_to_them(
    small_digits, classifier_model, parameters
):
    data = (small_digits, classifier_model)
    _, picture = measured(*data, parameters)
    assert picture.shape == (17 * parameters.nearest_samples - 1, 17 * 6 - 1)


@pytest.mark.parametrize(("class_count", "rows"), [(3, 3), (0, 10)])
def test_grids_hold_a_row_for_each_class_or_ten(parameters, class_count, rows):
    samples, interpolation = draw_grids(gan_model(class_count), parameters)
    # 16 pixels an image and one between two of them.
    assert samples.shape == (17 * rows - 1, 17 * parameters.samples_per_class - 1)
    assert interpolation.shape == (17 * rows - 1, 17 * parameters.interpolation_steps - 1)
    assert samples.dtype == interpolation.dtype == np.uint8


def test_grids_of_color_images_are_colored(parameters):
    samples, _ = draw_grids(gan_model(10, channels=3), parameters)
    assert samples.shape[2] == 3


@pytest.fixture(scope="module")
def diffusion_model(small_digits, shrunk_parameters, tmp_path_factory):
    diffusion = DiffusionParameters(**shrunk_parameters["diffusion"])
    return train_diffusion(*small_digits, diffusion, tmp_path_factory.mktemp("checkpoints"))[0]


@pytest.fixture
def stage_data(
    small_digits, shrunk_parameters, diffusion_model, classifier_model, parameters, tmp_path
):
    """What the stage reads."""
    return {
        "images": small_digits.images,
        "image_index": small_digits.index,
        "gan_model": gan_model(class_count=10),
        "gan_snapshots": snapshots(tmp_path),
        "diffusion_model": diffusion_model,
        "params:diffusion": shrunk_parameters["diffusion"],
        "classifier_model": classifier_model,
        "params:evaluate_generators": parameters,
    }


def test_every_way_of_sampling_is_measured_with_the_guidance_of_the_model(
    real, shrunk_parameters, diffusion_model, classifier_model, parameters
):
    rows, metrics, figure = compare_diffusion_samplers(
        real, diffusion_model, classifier_model, shrunk_parameters["diffusion"], parameters
    )
    labels = ["DDPM", "DDIM", "DPM-Solver++"]
    found = [(row["label"], row["steps"], row["network_evaluations"]) for row in rows]
    assert found == [(label, steps, 2 * steps) for label in labels for steps in (2, 3)]
    assert metrics["DDIM.3.frechet_distance"] == rows[3]["frechet_distance"]
    # The first and the last step of DPM-Solver++ are of first order, which are DDIM's.
    distances = {(row["label"], row["steps"]): row["frechet_distance"] for row in rows}
    assert distances.pop(("DPM-Solver++", 2)) == pytest.approx(distances["DDIM", 2], rel=1e-3)
    assert len({round(distance, 3) for distance in distances.values()}) == 5
    assert [line.get_label() for line in figure.axes[0].lines] == labels


def test_more_steps_than_timesteps_are_refused_before_anything_is_sampled(
    shrunk_parameters, diffusion_model, parameters
):
    comparison = parameters.sampler_comparison.model_copy(update={"steps": [2, 21]})
    chosen = parameters.model_copy(update={"sampler_comparison": comparison})
    message = r"evaluate_generators\.sampler_comparison\.steps is 21.*timesteps is 20; choose from"
    with pytest.raises(ValueError, match=message):
        compare_diffusion_samplers(
            None, diffusion_model, None, shrunk_parameters["diffusion"], chosen
        )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": [2, 2]}, "steps must differ; there more than once: 2"),
        (
            {"methods": [{"label": "A", "name": "ddpm"}, {"label": "A", "name": "ddim"}]},
            "the labels of methods must differ; there more than once: A",
        ),
        ({"methods": [{"label": "A", "name": "ddim", "variance": "upper"}]}, "choose ddpm"),
        ({"methods": [{"label": "A.B", "name": "ddim"}]}, "label"),
    ],
)
def test_a_comparison_that_would_mix_up_its_rows_is_refused(shrunk_parameters, changes, message):
    own = shrunk_parameters["evaluate_generators"]
    with pytest.raises(ValidationError, match=message):
        EvaluateGeneratorsParameters(
            **own | {"sampler_comparison": own["sampler_comparison"] | changes}
        )


def test_the_real_images_are_searched_once_for_all_generators(
    small_digits, stage_data, stage_files, monkeypatch
):
    """Every pair of training images is looked at once in the whole stage."""
    searched = []
    whole = manifold._squared_radii

    def counted(features, *rest):
        searched.append(len(features))
        return whole(features, *rest)

    monkeypatch.setattr(manifold, "_squared_radii", counted)
    stage_files("evaluate_generators", create_pipeline(), stage_data)
    train = int((small_digits.index["split"] == "train").sum())
    assert searched.count(train) == 1


def test_the_stage_writes_the_same_bytes_twice(stage_data, stage_files):
    written = [stage_files("evaluate_generators", create_pipeline(), stage_data) for _ in range(2)]
    assert written[0] == written[1]
    found = {Path(name).name: content for name, content in written[0].items()}
    assert [row["step"] for row in json.loads(found.pop("history.json"))] == [5, 40]
    assert {row["label"] for row in json.loads(found.pop("diffusion_samplers.json"))} > {"DDIM"}
    assert "DDPM.2.coverage" in json.loads(found.pop("diffusion_sampler_metrics.json"))
    for name in ("metrics.json", "diffusion_metrics.json"):
        assert json.loads(found.pop(name)).keys() >= {"test.frechet_distance", "label_accuracy"}
    assert all(grid.startswith(b"\x89PNG") for grid in found.values())
