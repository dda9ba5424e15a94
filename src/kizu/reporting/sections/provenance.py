"""Where the numbers come from: what was read, with which parameters, by which code and runs."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from kizu.reporting.document import Block, Cell, Column, Folded, Heading, RunLinks, Section, Table
from kizu.reporting.formatting import counted


class Digest(NamedTuple):
    """One data set: its name, its size in words, and the SHA-256 of its content."""

    name: str
    size: str
    sha256: str


def digest(name: str, content: Any) -> Digest:
    """Describe an array, a table, or a manifest of files (a table with ``path`` and ``sha256``)."""
    if not hasattr(content, "columns"):
        return Digest(name, _shape(content), array_digest(content))
    if {"path", "sha256"} <= set(content.columns):
        return Digest(name, counted(len(content), "file"), manifest_digest(content))
    return Digest(name, counted(len(content), "row"), table_digest(content))


def provenance_section(
    digests: Sequence[Digest], parameters: Mapping[str, Mapping[str, Any]]
) -> Section:
    """Digests of the data, all parameters, and the place for the commit and the runs.

    Args:
        digests: in the order shown.
        parameters: by stage name, as they stand in the configuration.
    """
    blocks: list[Block] = [
        RunLinks(),
        Table(
            caption="Data",
            columns=[Column("what"), Column("size"), Column("SHA-256 of the content")],
            rows=[
                [Cell(line.name), Cell(line.size), Cell(line.sha256, code=True)] for line in digests
            ],
            note="Manifests: over the sorted lines of hash and path of the raw files. Arrays: over "
            "the element type, the shape and the elements. Tables: over the CSV text.",
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
        caption=f"Parameters of {stage}",
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
