"""How a sound file becomes what the audio detectors take. Free of torch."""

from pydantic import Field

from kizu.parameters import Parameters
from kizu.preprocessing.audio_steps import AudioSteps
from kizu.preprocessing.log_mel import LogMelParameters
from kizu.sources.audio import AudioChecks


class AudioRecipe(Parameters):
    """What the stages `ingest_audio` and `audio` did with the files of the training."""

    checks: AudioChecks
    steps: AudioSteps = Field(description="What is done to every sound, in order.")
    log_mel: LogMelParameters
    rate: int = Field(gt=0, description="Samples a second that every clip must end with.")
    shape: tuple[int, int] = Field(
        strict=False, description="(bands, frames) that every clip's features must have."
    )
