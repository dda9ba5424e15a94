"""Lists of steps in the parameters."""

from functools import partial
from typing import Annotated, Any, Literal

import pytest
from pydantic import BeforeValidator, Field, ValidationError

from kizu.parameters import Parameters
from kizu.preprocessing.steps import Step, apply_steps, parse_steps


def double(number: int) -> int:
    return 2 * number


def add(
    number: int, *, amount: Annotated[int, Field(ge=0)], sign: Literal["plus", "minus"] = "plus"
) -> int:
    return number + (amount if sign == "plus" else -amount)


FUNCTIONS = {"double": double, "add": add}
Steps = Annotated[tuple[Step, ...], BeforeValidator(partial(parse_steps, functions=FUNCTIONS))]


class Listing(Parameters):
    steps: Steps


def test_steps_run_in_order() -> None:
    steps = parse_steps(["double", {"add": {"amount": 3}}, "double"], FUNCTIONS)

    assert apply_steps(1, steps) == 10
    assert [step.name for step in steps] == ["double", "add", "double"]


def test_defaults_apply_and_can_be_set() -> None:
    (step,) = parse_steps([{"add": {"amount": 3, "sign": "minus"}}], FUNCTIONS)

    assert step(1) == -2


def test_parameters_with_steps_go_to_json_and_come_back() -> None:
    listing = Listing(steps=["double", {"add": {"amount": 3}}])

    document = listing.model_dump(mode="json")

    assert document == {"steps": ["double", {"add": {"amount": 3, "sign": "plus"}}]}
    assert Listing(**document) == listing


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ("double", "must be a list"),
        ({"double": {}}, "must be a list"),
        ([3], "step 1: must be a name"),
        (["double", "halve"], "step 2: unknown step 'halve'; allowed: add, double"),
        (["add"], "add.amount is missing"),
        ([{"add": {"amount": "3"}}], "add.amount = '3'"),
        ([{"add": {"amount": -1}}], "greater than or equal to 0"),
        ([{"add": {"amount": 1, "by": 1}}], "add.by is unknown"),
        ([{"add": {"amount": 1, "sign": "times"}}], "'plus' or 'minus'"),
        ([{"double": {}, "add": {}}], "step 1: must be a name"),
    ],
)
def test_a_wrong_list_is_refused_with_what_is_allowed(listed: Any, message: str) -> None:
    with pytest.raises(ValidationError, match="steps") as caught:
        Listing(steps=listed)

    assert message in str(caught.value)
