from pydantic import Field

from kizu.parameters import Parameters


class PrepareParameters(Parameters):
    count: int = Field(gt=0)
    scale: float = Field(1.0, ge=0, le=10)


def make_numbers(parameters: PrepareParameters) -> list[float]:
    return [parameters.scale * n for n in range(parameters.count)]
