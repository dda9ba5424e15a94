"""Digests that change with the content and with nothing else."""

import hashlib

import numpy as np
import pandas as pd

from kizu.reporting.sections.provenance import (
    array_digest,
    flat_parameters,
    manifest_digest,
    table_digest,
)


def test_the_manifest_digest_is_that_of_sorted_sha256sum_lines() -> None:
    manifest = pd.DataFrame({"path": ["b.png", "a.png"], "sha256": ["11", "22"]})
    expected = hashlib.sha256(b"11  b.png\n22  a.png\n").hexdigest()
    assert manifest_digest(manifest) == expected
    assert manifest_digest(manifest.iloc[::-1]) == expected


def test_the_array_digest_sees_type_shape_and_elements_but_no_layout() -> None:
    array = np.arange(12, dtype=np.uint8).reshape(3, 4)
    same = array_digest(array)
    assert array_digest(np.asfortranarray(array)) == same
    assert array_digest(array.copy()) == same
    others = [array.reshape(4, 3), array.astype(np.int16), array + 1, array[:2]]
    assert len({same, *map(array_digest, others)}) == 5


def test_the_table_digest_sees_names_and_values() -> None:
    table = pd.DataFrame({"score": [0.1 + 0.2, 1.0]})
    same = table_digest(table)
    assert table_digest(table.copy()) == same
    others = [table.rename(columns={"score": "s"}), pd.DataFrame({"score": [0.3, 1.0]})]
    assert same not in map(table_digest, others)


def test_parameters_are_flat_and_sorted() -> None:
    nested = {"training": {"seed": 1, "compile": False, "decay": None}, "classes": [0, 1], "z": {}}
    assert flat_parameters(nested) == [
        ("classes", "[0, 1]"),
        ("training.compile", "false"),
        ("training.decay", "null"),
        ("training.seed", "1"),
        ("z", "{}"),
    ]
