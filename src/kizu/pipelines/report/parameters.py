"""Parameters of the stage `report`."""

from pydantic import Field

from kizu.parameters import Parameters


class ReportParameters(Parameters):
    """What the report cannot know from its inputs."""

    title: str = Field(min_length=1, description="The page's title.")
    baselines: list[str] = Field(
        description="Detectors that stand for what is easy: the others have to beat them."
    )
