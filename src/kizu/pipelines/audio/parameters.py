"""Parameters of the stage `audio`."""

from pydantic import Field

from kizu.parameters import Parameters
from kizu.preprocessing.audio_steps import AudioSteps
from kizu.preprocessing.fractions import SplitFractions
from kizu.preprocessing.log_mel import LogMelParameters


class AudioParameters(Parameters):
    """How sound files become clips of one form, clips become features, and how these are split."""

    steps: AudioSteps = Field(
        description="What is done to each sound, in order. All must leave one channel, the same "
        "rate and the same length."
    )
    log_mel: LogMelParameters
    split: SplitFractions
    seed: int = Field(ge=0, description="Seed of the split.")
