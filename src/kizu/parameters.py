"""The base of every typed parameter model.

Light on purpose: stage parameters are validated before any heavy library is imported.
"""

from pydantic import BaseModel, ConfigDict


class Parameters(BaseModel):
    """Parameters of one stage, or a nested group of them.

    Unknown keys, wrong types and out-of-range values are errors; an instance never changes.
    Strict mode keeps YAML honest: the string ``"3"`` is not the integer 3.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
