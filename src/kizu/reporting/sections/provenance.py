"""Where the numbers come from: what was read, with which parameters, by which code and runs."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from kizu.reporting.document import Block, Cell, Column, Folded, Heading, RunLinks, Section, Table
from kizu.reporting.formatting import counted


def provenance_section(
    *,
    manifest: Any,
    arrays: Mapping[str, np.ndarray],
    tables: Mapping[str, Any],
    parameters: Mapping[str, Mapping[str, Any]],
) -> Section:
    """Digests of the data, all parameters, and the place for the commit and the runs.

    Args:
        manifest: one row a raw file, with ``path`` and ``sha256``.
        arrays: by dataset name.
        tables: data frames by dataset name.
        parameters: by stage name, as they stand in the configuration.
    """
    digests = [
        ("raw files", counted(len(manifest), "file"), manifest_digest(manifest)),
        *((name, _shape(array), array_digest(array)) for name, array in arrays.items()),
        *(
            (name, counted(len(table), "row"), table_digest(table))
            for name, table in tables.items()
        ),
    ]
    blocks: list[Block] = [
        RunLinks(),
        Table(
            caption="Data",
            columns=[Column("what"), Column("size"), Column("SHA-256 of the content")],
            rows=[
                [Cell(name), Cell(size), Cell(digest, code=True)] for name, size, digest in digests
            ],
            note="Raw files: over the sorted lines of hash and path. Arrays: over the element "
            "type, the shape and the elements. Tables: over the CSV text.",
        ),
        Heading("Parameters"),
    ]
    blocks += [
        Folded(stage, [_parameter_table(stage, own)]) for stage, own in parameters.items() if own
    ]
    lead = "The page is a function of the data and the parameters named here, and of the code."
    return Section("origin", "Provenance", lead, blocks)


def manifest_digest(manifest: Any) -> str:
    """SHA-256 over the sorted lines ``<sha256>  <path>`` of a manifest, as ``sha256sum`` writes."""
    lines = sorted(
        f"{digest}  {path}\n"
        for digest, path in zip(manifest["sha256"], manifest["path"], strict=True)
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def array_digest(array: np.ndarray) -> str:
    """SHA-256 over the element type, the shape and the elements in row-major order."""
    digest = hashlib.sha256(f"{array.dtype.str} {array.shape}\n".encode())
    # Row by row: a memory-mapped array larger than memory still passes.
    for row in np.atleast_1d(array):
        digest.update(np.ascontiguousarray(row).tobytes())
    return digest.hexdigest()


def table_digest(table: Any) -> str:
    """SHA-256 over the table as CSV text, with the numbers at full precision."""
    return hashlib.sha256(table.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def flat_parameters(parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Dotted keys and values, sorted by key."""
    return sorted(_flatten(parameters, ""))


def _parameter_table(stage: str, parameters: Mapping[str, Any]) -> Table:
    return Table(
        caption=stage,
        columns=[Column("parameter"), Column("value")],
        rows=[
            [Cell(key, code=True), Cell(value, code=True)]
            for key, value in flat_parameters(parameters)
        ],
    )


def _flatten(value: Any, key: str) -> list[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        prefix = f"{key}." if key else ""
        return [pair for name, inner in value.items() for pair in _flatten(inner, prefix + name)]
    return [(key, _shown(value))]


def _shown(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_shown(item) for item in value)}]"
    return str(value)


def _shape(array: np.ndarray) -> str:
    return f"{array.dtype} {' × '.join(str(size) for size in array.shape)}"
