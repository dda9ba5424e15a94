"""Reading tables; broken files are in tests/broken_files/table_cases.py."""

import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kizu.sources.files import SourceFile
from kizu.sources.table_text import sniff_separator
from kizu.sources.tables import TableChecks, join_tables, read_table

CHECKS = {
    "extensions": [".csv", ".parquet"],
    "encoding": "auto",
    "separator": None,
    "decimal": ".",
}
# What is no control character (those are refused) and is not missing or trimmed when read.
WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=8).map(
    lambda word: f"w{word}w"
)


def read(content: bytes, name: str = "t.csv", **changes):
    return read_table(SourceFile("t", name, "", content), TableChecks(**(CHECKS | changes)))


@given(
    st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=8),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_pandas_writes_is_read_back(rows, separator, end, encoding):
    frame = pd.DataFrame(rows, columns=["a", "b"], dtype="str")
    text = frame.to_csv(index=False, sep=separator, lineterminator=end)
    found = read(text.encode(encoding), separator=separator).frame
    pd.testing.assert_frame_equal(found.reset_index(drop=True), frame)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_though_others_stand_in_the_fields(separator):
    others = ",;\t|".replace(separator, "")
    row = separator.join(['"1,5"', f'"{others}"', "x"])
    text = "\n".join([separator.join(["a", "b", "c"]), *[row] * 5])
    assert sniff_separator(text) == separator


def test_a_table_of_one_column_has_a_comma():
    assert sniff_separator("name\nx\ny\n") == ","


def test_facts_name_rows_columns_encoding_and_separator():
    content = read("größe;b\r\n1;2\r\n".encode("cp1252"))
    assert content.facts == {"rows": 1, "columns": 2, "encoding": "cp1252", "separator": ";"}
    assert content.frame.columns.tolist() == ["größe", "b"]


def test_a_named_encoding_is_taken_at_its_word():
    assert read("a,b\nя,1\n".encode("koi8_r"), encoding="koi8-r").frame["a"].tolist() == ["я"]
    with pytest.raises(ValidationError, match="unknown encoding"):
        TableChecks(**(CHECKS | {"encoding": "nonsense"}))


def test_a_column_without_a_name_gets_its_position():
    assert read(b",b\n0,x\n").frame.columns.tolist() == ["unnamed_1", "b"]


def test_a_row_over_several_lines_is_named_by_its_first():
    content = read(b'a,b\n"x\ny",1\nz,2\nw\n')
    assert content.frame.index.tolist() == ["t.csv:2", "t.csv:4"]
    assert [reject.file for reject in content.rejects] == ["t.csv:5"]


def test_types_are_found_over_all_files_and_rows_stay_in_order():
    buffer = io.BytesIO()
    pd.DataFrame({"b": ["z"], "a": [0.5]}).to_parquet(buffer)
    tables = [
        read(b"a,b\n1,x\n", "first.csv"),
        read(buffer.getvalue(), "second.parquet"),
        read(b"b,a\ny,2\n", "third.csv"),
    ]
    expected = pd.DataFrame(
        {"a": [1.0, 0.5, 2.0], "b": ["x", "z", "y"]},
        index=["first.csv:2", "second.parquet:1", "third.csv:2"],
    )
    pd.testing.assert_frame_equal(join_tables(tables, "."), expected)


def test_texts_of_one_file_and_numbers_of_the_next_become_texts():
    buffer = io.BytesIO()
    pd.DataFrame({"a": [7]}).to_parquet(buffer)
    tables = [read(b"a\nx\n"), read(buffer.getvalue(), "n.parquet")]
    assert join_tables(tables, ".")["a"].tolist() == ["x", "7"]
