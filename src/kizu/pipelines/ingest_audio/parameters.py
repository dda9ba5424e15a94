"""Parameters of the stage `ingest_audio`."""

from pydantic import Field

from kizu.parameters import Parameters
from kizu.sources.audio import AudioChecks
from kizu.sources.audio_sources import AudioSource
from kizu.sources.machine_sounds import MachineSoundsParameters


class IngestAudioParameters(Parameters):
    """Where sounds come from, and which are accepted."""

    source: AudioSource = Field(
        description="machine_sounds: made by this package, no file and no network needed. fsdd: "
        "spoken digits, downloaded. folder: the user's own, where the catalog entry `source_audio` "
        "says."
    )
    machine_sounds: MachineSoundsParameters
    checks: AudioChecks
    max_reject_share: float = Field(
        ge=0, le=1, description="Largest share of the files that may be refused."
    )
