"""Parameters of the stage `report`."""

from pydantic import Field

from kizu.parameters import Parameters


class Baselines(Parameters):
    """Detectors of each modality that stand for what is easy: the others have to beat them."""

    images: list[str] = Field(description="Of images.")
    audio: list[str] = Field(description="Of sounds.")
    tables: list[str] = Field(description="Of tables.")
    text: list[str] = Field(description="Of text.")


class ReportParameters(Parameters):
    """What the report cannot know from its inputs."""

    title: str = Field(min_length=1, description="The page's title.")
    baselines: Baselines
