"""Nodes of the stage `ingest_audio`."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from kizu.pipelines.ingest_audio.parameters import IngestAudioParameters
from kizu.sources.audio import inspect_audio
from kizu.sources.audio_sources import open_audio_source
from kizu.sources.manifest import collect


def collect_audio(
    source_folder: Path | None, parameters: IngestAudioParameters
) -> tuple[
    Mapping[str, bytes | Path | Callable[[], bytes]], Any, Any, dict[str, str], dict[str, float]
]:
    """Inspect the source's files; return the usable ones, manifest, rejects, origin and metrics.

    Raises:
        RejectShareError: more files are broken than the parameters allow.
    """
    import pandas as pd

    source = open_audio_source(parameters.source, source_folder, parameters.machine_sounds)
    collection = collect(
        source.items,
        partial(inspect_audio, checks=parameters.checks),
        parameters.max_reject_share,
    )
    manifest = pd.DataFrame(collection.manifest)
    rejects = pd.DataFrame(collection.rejects, columns=["file", "reason"])
    metrics = {
        "files": len(manifest),
        "bytes": int(manifest["size_bytes"].sum()),
        "seconds": float(manifest["seconds"].sum()),
        "classes": int(manifest["label"].nunique()),
        "rejects": len(rejects),
        "reject_share": len(rejects) / (len(manifest) + len(rejects)),
    }
    return collection.contents, manifest, rejects, asdict(source.origin), metrics
