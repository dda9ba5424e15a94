"""JsonDataset."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kedro.io import DatasetError

from kizu.datasets.json import JsonDataset

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)


@given(document=DOCUMENTS.filter(lambda value: value is not None))
def test_gives_back_what_was_saved(document, tmp_path_factory):
    dataset = JsonDataset(filepath=tmp_path_factory.mktemp("json") / "document.json")
    dataset.save(document)
    assert dataset.load() == document


def test_is_sorted_readable_and_ends_with_a_line_feed(tmp_path):
    JsonDataset(filepath=tmp_path / "m.json").save({"b": 1, "a": {"傷": 2}})
    assert (tmp_path / "m.json").read_text(
        "utf-8"
    ) == '{\n  "a": {\n    "傷": 2\n  },\n  "b": 1\n}\n'


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({"knn": {"auroc": math.nan}}, r"value of knn\.auroc is nan"),
        ([{"loss": 1.0}, {"loss": -math.inf}], r"value of \[1\]\.loss is -inf"),
        (math.inf, "value of the top is inf"),
        ({"fid": np.float32(1)}, r"value of fid is a numpy\.float32"),
        ({"flags": (True, np.True_)}, r"value of flags\[1\] is a numpy\.bool"),
        ({"a": {1: 2}}, "key 1 at a is no string"),
        ({"a": {1, 2}}, r"value of a is a builtins\.set"),
    ],
)
def test_refuses_what_json_cannot_hold_by_its_path(document, where, tmp_path):
    with pytest.raises(DatasetError, match=where):
        JsonDataset(filepath=tmp_path / "m.json").save(document)
    assert list(tmp_path.iterdir()) == []


def test_accepts_numpy_doubles_because_they_are_floats(tmp_path):
    dataset = JsonDataset(filepath=tmp_path / "m.json")
    dataset.save({"fid": np.float64(0.1)})
    assert dataset.load() == {"fid": 0.1}
