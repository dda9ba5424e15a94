"""CsvDataset and ParquetDataset."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kedro.io import DatasetError

from kizu.datasets.csv import CsvDataset
from kizu.datasets.parquet import ParquetDataset

TABLE = pd.DataFrame(
    {"id": ["007", "NA", ""], "count": [1, 2, 3], "score": [0.1, None, 1 / 3]},
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def test_csv_gives_back_what_was_saved(tmp_path):
    dataset = CsvDataset(filepath=tmp_path / "table.csv", text=["id"])
    dataset.save(TABLE)
    pd.testing.assert_frame_equal(dataset.load(), TABLE, check_exact=True)
    assert b"\r" not in (tmp_path / "table.csv").read_bytes()


@given(texts=st.lists(TEXT, min_size=1, max_size=5))
def test_csv_keeps_every_text(texts, tmp_path_factory):
    dataset = CsvDataset(filepath=tmp_path_factory.mktemp("csv") / "table.csv", text=["text"])
    dataset.save(pd.DataFrame({"text": texts, "row": range(len(texts))}))
    assert dataset.load()["text"].tolist() == texts


def test_an_empty_csv_keeps_its_columns(tmp_path):
    dataset = CsvDataset(filepath=tmp_path / "rejects.csv", text=["file", "reason"])
    dataset.save(pd.DataFrame({"file": [], "reason": []}))
    assert dataset.load().columns.tolist() == ["file", "reason"]
    assert len(dataset.load()) == 0


def test_parquet_gives_back_what_was_saved(tmp_path):
    dataset = ParquetDataset(filepath=tmp_path / "table.parquet")
    filtered = TABLE.assign(kind=pd.Categorical(["a", "b", "a"]), when=pd.Timestamp(0)).iloc[1:]
    dataset.save(filtered)
    pd.testing.assert_frame_equal(dataset.load(), filtered.reset_index(drop=True), check_exact=True)


def test_what_is_no_table_is_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"table\.parquet"):
        ParquetDataset(filepath=tmp_path / "table.parquet").save({"a": [1]})
