"""Every technique of the stage `gan`, in steps of its task on tiny networks."""

from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import pytest
import torch
from torch import nn

from kizu.models.gan import FAMILIES
from kizu.objectives.adversarial import ADVERSARIAL, RELATIVISTIC
from kizu.pipelines.gan.networks import build_networks
from kizu.pipelines.gan.parameters import SMOOTHABLE, GanParameters, ObjectiveParameters
from kizu.pipelines.gan.task import adversarial_task
from kizu.pipelines.gan.techniques import filters
from kizu.training.adversarial import AdversarialTask
from kizu.training.context import StepContext
from kizu.training.loop import train
from kizu.training.randomness import seeded

OBJECTIVES = [*ADVERSARIAL, *RELATIVISTIC]
CLASSES = 3
QUANTIZER = {"blocks": ["block2"], "codes": 8}

TECHNIQUES: dict[str, dict[str, Any]] = {
    "auxiliary_classifier": {"conditioning": {"kind": "auxiliary", "classification_weight": 0.5}},
    "gradient_penalty": {"regularizers": {"gradient_penalty": 10.0}},
    "r1": {"regularizers": {"r1": 1.0}},
    "consistency": {
        "regularizers": {"consistency": {"weight": 10.0, "shift": 2, "mirror": True}},
    },
    "mode_seeking": {"regularizers": {"mode_seeking": 1.0}},
    "orthogonal": {
        "regularizers": {"generator_orthogonal": 1e-2, "discriminator_orthogonal": 1e-2}
    },
    "label_smoothing": {"objective": {"loss": "cross_entropy", "real_target": 0.9}},
    "diff_augment": {"augmentation": {"operations": ["color", "translation", "cutout"]}},
    "adaptive": {
        "augmentation": {
            "operations": ["translation"],
            "adaptive": {"target": 0.0, "interval": 1, "ramp_images": 80},
        }
    },
    "instance_noise": {"augmentation": {"instance_noise": {"deviation": 0.3, "decay_steps": 4}}},
    "dequantize": {"augmentation": {"dequantize": True}},
    "quantizer_average": {"quantizer": {**QUANTIZER, "trains_generator": True}},
    "quantizer_gradient": {
        "quantizer": {**QUANTIZER, "dictionary": "gradient", "mode": "commitment"}
    },
    "minibatch_deviation": {"architecture": {"discriminator_options": {"minibatch": "deviation"}}},
    "larger_generator_batch": {"schedules": {"generator_batch_multiple": 2}},
    "decay": {"optimizers": {"generator": {"decay_start": 1}}},
}


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small lose more by sharing a kernel's work than they gain."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def overlay(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return base | {
        key: overlay(base[key], value)
        if isinstance(value, dict) and isinstance(base.get(key), dict)
        else value
        for key, value in changes.items()
    }


@pytest.fixture
def make(shrunk_parameters):
    """Parameters with some changed, and the task that they describe."""

    def made(*changes: dict[str, Any]) -> tuple[GanParameters, AdversarialTask]:
        settings = shrunk_parameters["gan"]
        for change in changes:
            settings = overlay(settings, change)
        parameters = GanParameters(**settings)
        with seeded(0):
            networks = build_networks(parameters, image_shape=(1, 16, 16), class_count=CLASSES)
        return parameters, adversarial_task(parameters, *networks)

    return made


def arrays(count: int = 24) -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (count, 1, 16, 16)).astype(np.uint8)
    return {"images": images, "labels": random.integers(0, CLASSES, count)}


def weights(task: AdversarialTask) -> dict[str, torch.Tensor]:
    return {
        f"{name}.{key}": value.detach().clone()
        for name, network in task.networks.items()
        for key, value in network.state_dict().items()
    }


def two_steps(task: AdversarialTask, **options: Any) -> list[dict[str, torch.Tensor]]:
    context = StepContext(torch.device("cpu"), torch.Generator().manual_seed(0), **options)
    data = arrays(2 * 8 * task.batches_per_step)
    batches = [
        {name: torch.from_numpy(array[start : start + 8]) for name, array in data.items()}
        for start in range(0, len(data["images"]), 8)
    ]
    half = task.batches_per_step
    return [task.step(part, context) for part in (batches[:half], batches[half:])]


def check_steps(task: AdversarialTask, **options: Any) -> dict[str, torch.Tensor]:
    """Take two steps: all figures finite, and both networks' parameters changed."""
    before = {
        name: [parameter.detach().clone() for parameter in task.networks[name].parameters()]
        for name in ("generator", "discriminator")
    }
    metrics = two_steps(task, **options)
    assert all(value.isfinite() for row in metrics for value in row.values())
    assert list(metrics[0]) == list(metrics[1])
    for name, old in before.items():
        moved = [
            not torch.equal(one, other)
            for one, other in zip(old, task.networks[name].parameters(), strict=True)
        ]
        assert sum(moved) > len(moved) // 2, name
    return metrics[-1]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_trains_every_family(make, family, objective):
    _, task = make({"architecture": {"family": family}, "objective": {"loss": objective}})
    check_steps(task)


@pytest.mark.parametrize("family", ["dcgan", "sngan_resnet"])
@pytest.mark.parametrize("name", TECHNIQUES)
def test_every_technique_trains_with_and_without_batch_norm(make, family, name):
    _, task = make({"architecture": {"family": family}}, TECHNIQUES[name])
    check_steps(task)


@pytest.mark.parametrize("name", TECHNIQUES)
def test_every_technique_trains_in_bfloat16(make, name):
    _, task = make(TECHNIQUES[name])
    check_steps(task, precision="bfloat16")


ALL_AT_ONCE = (
    TECHNIQUES["adaptive"],
    TECHNIQUES["instance_noise"],
    TECHNIQUES["dequantize"],
    TECHNIQUES["quantizer_average"],
    TECHNIQUES["auxiliary_classifier"],
    TECHNIQUES["consistency"],
    TECHNIQUES["mode_seeking"],
    TECHNIQUES["orthogonal"],
    TECHNIQUES["decay"],
    {"regularizers": {"r1": 0.1, "gradient_penalty": 1.0}},
    {"objective": {"loss": "relativistic_average"}},
    {"training": {"steps": 8, "checkpoint_every": 2, "evaluate_every": None}},
)


def test_the_history_names_every_part(make):
    _, task = make(*ALL_AT_ONCE)
    assert list(check_steps(task)) == [
        "discriminator_loss",
        "discriminator_classification",
        "discriminator_quantization",
        "discriminator_gradient_penalty",
        "discriminator_r1",
        "discriminator_consistency",
        "discriminator_orthogonal",
        "real_logits",
        "fake_logits",
        "block2_perplexity",
        "block2_dead_codes",
        "augmentation_probability",
        "real_sign",
        "instance_noise",
        "generator_loss",
        "generator_classification",
        "generator_quantization",
        "generator_mode_seeking",
        "generator_orthogonal",
    ]


def test_all_techniques_at_once_resume_bit_for_bit(make, tmp_path):
    parameters, whole = make(*ALL_AT_ONCE)
    expected = train(whole, arrays(), parameters.training)

    _, dying = make(*ALL_AT_ONCE)
    step, left = dying.step, iter(range(5))

    def failing(batches: Any, context: StepContext) -> Any:
        if next(left, None) is None:
            raise InterruptedError
        return step(batches, context)

    dying.step = failing  # type: ignore[method-assign]
    with pytest.raises(InterruptedError):
        train(dying, arrays(), parameters.training, tmp_path)

    _, resumed = make(*ALL_AT_ONCE)
    assert train(resumed, arrays(), parameters.training, tmp_path).history == expected.history
    ours, theirs = weights(resumed), weights(whole)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    moved = theirs["augmentation.probability"].item(), theirs["instance_noise.updates"].item()
    assert moved[0] > 0
    assert moved[1] == 16


def test_the_probability_rises_while_reals_are_told_apart(make):
    _, task = make(TECHNIQUES["adaptive"])
    controller = task.networks["augmentation"]
    assert isinstance(controller, nn.Module)
    # One update moves it by interval * batch_size / ramp_images.
    task.controllers["augmentation"].observe(torch.ones(8))
    assert controller.probability.item() == pytest.approx(8 / 80)


def test_filters_are_all_matrices_but_embeddings(make):
    for family in ("biggan", "sngan_cnn"):
        _, task = make({"architecture": {"family": family}})
        generator = task.generator
        chosen = {id(weight) for weight in filters(generator)}
        for name, module in generator.named_modules():
            own = {id(p) for p in module.parameters() if p.ndim >= 2}
            if isinstance(module, nn.Embedding):
                assert not own & chosen, name
            elif isinstance(module, nn.Conv2d | nn.Linear):
                assert own <= chosen, name


def test_decay_scales_its_own_network_alone(make):
    _, task = make(TECHNIQUES["decay"])
    assert list(task.schedules) == ["generator"]
    assert [task.schedules["generator"](step) for step in range(3)] == [1, 1, 0.5]


def test_the_choices_of_the_parameters_are_those_of_the_objectives():
    loss = ObjectiveParameters.model_fields["loss"].annotation
    assert set(get_args(loss)) == set(OBJECTIVES)
    assert set(SMOOTHABLE) < set(ADVERSARIAL)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gradient_penalty", "r1"])
def test_gradients_of_images_are_penalized_beside_compiled_passes(make, name):
    rows = []
    for compiled in (False, True):
        _, task = make(TECHNIQUES[name])
        if compiled:
            task.discriminator.compile(backend="aot_eager")
        rows.append([{k: float(v) for k, v in row.items()} for row in two_steps(task)])
    assert rows[1] == [pytest.approx(row, rel=1e-4) for row in rows[0]]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_all_techniques_at_once_replay_as_a_graph(make):
    histories = []
    for graph in (False, True):
        device = {"training": {"device": "cuda", "cuda_graph": graph}}
        parameters, task = make(*ALL_AT_ONCE, device)
        histories.append(train(task, arrays(), parameters.training).history)
    for ours, theirs in zip(*histories, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-2, abs=1e-3)
