"""Typed parameters: what is accepted, and the exact words about what is not."""

from typing import Annotated, Any, Literal

import pytest
from kedro.pipeline import Node, Pipeline
from pydantic import Field

from kizu.lineage.configuration import config_loader
from kizu.lineage.errors import KizuError
from kizu.lineage.parameter_types import parameter_types
from kizu.lineage.parameters import validated_parameters
from kizu.lineage.stages import Stage, load_stage, load_stages
from kizu.parameters import Parameters


class Adam(Parameters):
    rate: float = Field(gt=0)


class Momentum(Parameters):
    rate: float = Field(gt=0)
    momentum: float = 0.9


class Layer(Parameters):
    width: int = Field(ge=1)


class Fit(Parameters):
    optimizer: Adam | Momentum
    layers: list[Layer]
    name: str = "fit"


def validate(toy, env=None):
    project = toy.project
    raw = config_loader(project, env)["parameters"]
    return validated_parameters(project, load_stages(project), raw, env)


def complaint(toy, env=None) -> list[str]:
    with pytest.raises(KizuError) as raised:
        validate(toy, env)
    return raised.value.message.splitlines()


def test_models_and_plain_values(toy):
    values = validate(toy)
    assert values["params:prepare"].count == 5
    assert values["params:train"].model.kind == "line"
    assert values["params:train.model"] == {"kind": "line", "width": 2}


def test_all_problems_at_once_one_a_line(toy):
    toy.write(
        "conf/base/parameters_prepare.yml",
        """
        prepare:
          count: 0
          scale: "2"
          cuont: 3
        """,
    )
    toy.write(
        "conf/base/parameters_train.yml",
        """
        train:
          model:
            kind: circle
            width: 2.5
        """,
    )
    toy.write("conf/base/parameters.yml", "trian:\n  steps: 1\n")

    assert complaint(toy) == [
        "7 parameters are wrong:",
        "  conf/base/parameters.yml:1: trian: unknown key; did you mean 'train'? "
        "allowed: prepare, train, write",
        "  conf/base/parameters_prepare.yml:2: prepare.count = 0: must be greater than 0",
        '  conf/base/parameters_prepare.yml:3: prepare.scale = "2" (text): must be a valid number',
        "  conf/base/parameters_prepare.yml:4: prepare.cuont: unknown key; did you mean 'count'? "
        "allowed: count, scale",
        "  conf/base/parameters_train.yml:1: train.steps: missing",
        '  conf/base/parameters_train.yml:3: train.model.kind = "circle" (text): '
        "must be 'line' or 'curve'",
        "  conf/base/parameters_train.yml:4: train.model.width = 2.5: must be a valid integer",
    ]


def test_a_missing_group(toy):
    toy.path("conf/base/parameters_prepare.yml").unlink()
    assert complaint(toy) == [
        "1 parameter is wrong:",
        "  conf/base/parameters_prepare.yml: prepare: missing; a node reads it",
    ]


def test_a_profile_names_only_what_it_changes(toy):
    toy.write("conf/big/parameters.yml", "prepare:\n  count: 50\n")
    values = validate(toy, "big")
    assert values["params:prepare"].count == 50
    assert values["params:prepare"].scale == 1.0
    assert validate(toy)["params:prepare"].count == 5


def test_the_file_that_decides_the_value_is_named(toy):
    toy.write("conf/big/parameters.yml", "# more\nprepare:\n  count: -1\n")
    toy.edit("conf/base/parameters_prepare.yml", "scale: 1.0", "scale: 11.0")

    assert complaint(toy, "big")[1:] == [
        "  conf/big/parameters.yml:3: prepare.count = -1: must be greater than 0",
        "  conf/base/parameters_prepare.yml:3: prepare.scale = 11.0: must be less than or equal "
        "to 10",
    ]


def test_a_stage_alone_is_checked_without_importing_the_others(toy):
    toy.write("src/toy/pipelines/train/nodes.py", "raise ImportError('not this one')")
    toy.edit("conf/base/parameters_train.yml", "steps: 3", "steps: none")
    project = toy.project
    raw = config_loader(project, None)["parameters"]

    values = validated_parameters(project, [load_stage(project, "prepare")], raw)

    assert list(values) == ["params:prepare"]


def test_invalid_yaml_is_named_with_its_line(toy):
    toy.write("conf/base/parameters_train.yml", "train:\n  steps: [1\n")
    raw = {"prepare": {"count": 0}, "train": {"steps": 1}}
    with pytest.raises(KizuError, match=r"conf/base/parameters_train.yml:3 is not valid YAML"):
        validated_parameters(toy.project, load_stages(toy.project), raw)


def test_a_value_from_the_command_line_names_no_file(toy):
    raw = config_loader(toy.project, None)["parameters"] | {"extra": 1}
    with pytest.raises(KizuError, match="--params: extra: unknown key"):
        validated_parameters(toy.project, load_stages(toy.project), raw)


def stage(*nodes: Node) -> Stage:
    return Stage("fit", Pipeline(list(nodes)))


def fit(parameters: Fit) -> int:
    return 1


def test_lists_and_unions(toy):
    toy.write(
        "conf/base/parameters_fit.yml",
        """
        fit:
          optimizer: {rate: 0.1, momentun: 0.5}
          layers:
            - width: 1
            - width: 0
        """,
    )
    raw = {k: v for k, v in config_loader(toy.project, None)["parameters"].items() if k == "fit"}
    with pytest.raises(KizuError) as raised:
        validated_parameters(toy.project, [stage(Node(fit, "params:fit", "x"))], raw)

    assert raised.value.message.splitlines()[1:] == [
        "  conf/base/parameters_fit.yml:2: fit.optimizer.momentun: unknown key; allowed: rate",
        "  conf/base/parameters_fit.yml:2: fit.optimizer.momentun: unknown key; did you mean "
        "'momentum'? allowed: momentum, rate",
        "  conf/base/parameters_fit.yml:5: fit.layers[1].width = 0: must be greater than or equal "
        "to 1",
    ]


class Convolution(Parameters):
    kind: Literal["convolution"]
    kernel: int


class Attention(Parameters):
    kind: Literal["attention"]
    heads: int


class Network(Parameters):
    layer: Annotated[Convolution | Attention, Field(discriminator="kind")]


def build(parameters: Network) -> int:
    return 1


def test_a_tagged_union_names_the_keys_of_the_chosen_kind(toy):
    toy.write("conf/base/parameters_build.yml", "build: {layer: {kind: attention, haeds: 2}}")
    raw = config_loader(toy.project, None)["parameters"]
    with pytest.raises(KizuError) as raised:
        validated_parameters(
            toy.project, [stage(Node(build, "params:build", "x"))], {"build": raw["build"]}
        )

    assert raised.value.message.splitlines()[1:] == [
        "  conf/base/parameters_build.yml:1: build.layer.heads: missing",
        "  conf/base/parameters_build.yml:1: build.layer.haeds: unknown key; did you mean 'heads'? "
        "allowed: heads, kind",
    ]


def test_scalars_keep_their_constraints(toy):
    def count(number: Annotated[int, Field(gt=2)]) -> int:
        return number

    only = stage(Node(count, "params:train.steps", "x"))
    raw = {"train": {"steps": 3}}
    assert validated_parameters(toy.project, [only], raw) == {"params:train.steps": 3}
    with pytest.raises(KizuError, match=r"train.steps = 2: must be greater than 2"):
        validated_parameters(toy.project, [only], {"train": {"steps": 2}})


def test_one_key_has_one_type():
    def other(parameters: Layer) -> int:
        return 1

    def plain(parameters: dict[str, Any]) -> int:
        return 1

    typed, untyped = Node(fit, "params:fit", "x"), Node(plain, "params:fit", "z")
    assert parameter_types([stage(untyped, typed)]) == {"fit": Fit}
    with pytest.raises(KizuError, match="declares the parameter 'fit' as"):
        parameter_types([stage(typed, Node(other, "params:fit", "y"))])


def test_an_annotation_that_cannot_be_resolved_names_the_node():
    def broken(parameters: "Missing") -> int:  # noqa: F821
        return 1

    with pytest.raises(KizuError, match="annotations of the node 'broken_node'"):
        parameter_types([stage(Node(broken, "params:fit", "x", name="broken_node"))])
