"""Nodes of the stage `ingest_text`."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from kizu.pipelines.ingest_text.parameters import IngestTextParameters
from kizu.sources.documents import collect_documents
from kizu.sources.text_sources import open_texts


def collect_text(
    source_folder: Path | None, parameters: IngestTextParameters
) -> tuple[Any, Any, Any, dict[str, str], dict[str, float]]:
    """Read the source's documents; return them, manifest, rejects, origin and metrics.

    Raises:
        RejectShareError: more is refused than the parameters allow.
    """
    import pandas as pd

    source, layout = open_texts(parameters.source, source_folder, parameters.folder)
    collection = collect_documents(
        source.items, layout, parameters.checks, parameters.max_reject_share
    )
    documents = pd.DataFrame(collection.documents)
    manifest = pd.DataFrame(collection.manifest)
    rejects = pd.DataFrame(collection.rejects, columns=["file", "reason"])
    metrics = {
        "documents": len(documents),
        "files": len(manifest),
        "bytes": int(manifest["size_bytes"].sum()),
        "characters": int(documents["text"].str.len().sum()),
        "classes": int(documents["label"].nunique()),
        "rejects": len(rejects),
        "reject_share": len(rejects) / (len(documents) + len(rejects)),
    }
    return documents, manifest, rejects, asdict(source.origin), metrics
