"""Nodes of the stage `ingest_tables`."""

from pathlib import Path
from typing import Any

from kizu.pipelines.ingest_tables.parameters import IngestTablesParameters


def collect_table(
    source_folder: Path | None, source_schema: str | None, parameters: IngestTablesParameters
) -> tuple[Any, Any, Any, dict[str, str], str, dict[str, float]]:
    """Read the source's files; return the table, manifest, rejects, origin, schema and metrics.

    The schema is the user's own, and rows that break it are rejects; or it is inferred.

    Raises:
        RejectShareError: more files or rows cannot be used than the parameters allow.
        SchemaError: the table lacks a column of the schema, or has others.
    """
    from dataclasses import asdict

    import pandas as pd

    from kizu.preprocessing.table_schema import infer_schema
    from kizu.sources.table_collection import (
        collect_tables,
        leave_out_violations,
        refuse_too_many_lines,
    )
    from kizu.sources.table_sources import open_tables
    from kizu.sources.tables import ROW_ID

    source = open_tables(parameters.source, source_folder)
    collection = collect_tables(source.items, parameters.checks, parameters.max_reject_share)
    frame, rejects = collection.frame, collection.line_rejects
    if source_schema is None:
        schema = infer_schema(frame)
    else:
        schema = source_schema
        frame, violating = leave_out_violations(frame, schema)
        rejects = rejects + violating
    refuse_too_many_lines(rejects, len(frame), parameters.max_reject_share)
    manifest = pd.DataFrame(collection.manifest)
    metrics = {
        "files": len(manifest),
        "bytes": int(manifest["size_bytes"].sum()),
        "rows": len(frame),
        "columns": len(frame.columns),
        "rejected_files": len(collection.file_rejects),
        "rejected_rows": len(rejects),
        "rejected_row_share": len(rejects) / (len(frame) + len(rejects)),
    }
    left_out = pd.DataFrame([*collection.file_rejects, *rejects], columns=["file", "reason"])
    return (
        frame.reset_index(names=ROW_ID),
        manifest,
        left_out,
        asdict(source.origin),
        schema,
        metrics,
    )
