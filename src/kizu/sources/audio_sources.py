"""The sources of audio, by name."""

from pathlib import Path
from typing import Literal

from kizu.sources.folder import read_folder
from kizu.sources.fsdd import open_fsdd
from kizu.sources.machine_sounds import MachineSoundsParameters, open_machine_sounds
from kizu.sources.origin import Origin, Source

AudioSource = Literal["machine_sounds", "fsdd", "folder"]


def open_audio_source(
    name: AudioSource, folder: Path | None, machine_sounds: MachineSoundsParameters
) -> Source:
    """Return a source of audio.

    Args:
        name: which.
        folder: the user's own, where that is asked for.
        machine_sounds: what is made, where that is asked for.

    Raises:
        ValueError: a folder is asked for, and none is named.
    """
    if name == "machine_sounds":
        return open_machine_sounds(machine_sounds)
    if name == "fsdd":
        return open_fsdd()
    if folder is None:
        raise ValueError(
            "ingest_audio.source is 'folder', but the catalog entry 'source_audio' names no "
            "folder. Set its `filepath`."
        )
    return Source(Origin("folder", "the user's own audio files"), read_folder(folder))
