"""Rows on disk while they grow."""

import pandas as pd

from kizu.scoring.row_file import RowFile


def test_rows_come_back_as_they_were_added(tmp_path):
    first = pd.DataFrame(
        {
            "file": pd.Series(["a", "b"], dtype="str"),
            "row": pd.array([1, None], dtype="Int64"),
            "score": [0.5, float("nan")],
            "flag": [True, False],
        },
        index=[7, 9],
    )
    rows = RowFile(tmp_path / "rows.parquet")
    for part in (first, first.head(1)):
        rows.add(part)
    one, other = rows.parts()
    pd.testing.assert_frame_equal(one, first.reset_index(drop=True))
    pd.testing.assert_frame_equal(other, first.head(1).reset_index(drop=True))


def test_no_rows_keep_their_columns(tmp_path):
    rows = RowFile(tmp_path / "rows.parquet")
    rows.add(pd.DataFrame({"score": pd.Series(dtype=float)}))
    (part,) = rows.parts()
    assert part.dtypes.to_dict() == {"score": "float64"}
    assert part.empty
