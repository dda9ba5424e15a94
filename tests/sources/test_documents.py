"""From files to documents: a file, a line or a row each, in the order of time."""

import csv

import pytest
from pydantic import ValidationError

from kizu.sources.documents import collect_documents
from kizu.sources.files import Reject, SourceFile
from kizu.sources.manifest import EmptySourceError, RejectShareError
from kizu.sources.text import TextChecks, TextColumns, TextLayout, read_documents

CHECKS = TextChecks(extensions=[".txt", ".csv", ".tsv"], encoding="auto", max_characters=1000)


def layout(unit="file", text=("text",), label=None, normal=None, time=None) -> TextLayout:
    columns = TextColumns(text=text, label=label, normal=normal, time=time)
    return TextLayout(unit=unit, columns=columns)


def collect(contents: dict[str, str], form: TextLayout, share: float = 0.9):
    files = [SourceFile(name, name, "folder", text.encode()) for name, text in contents.items()]
    return collect_documents(files, form, CHECKS, share)


def test_a_document_a_file():
    found = collect({"b.txt": "two\r\nlines\r", "a.txt": "one"}, layout())

    assert found.documents["id"] == ["a.txt", "b.txt"]
    assert found.documents["text"] == ["one", "two\nlines\n"]
    assert found.documents["label"] == ["folder", "folder"]
    assert found.documents["position"].tolist() == [0, 1]
    assert [row["documents"] for row in found.manifest] == [1, 1]
    assert [row["encoding"] for row in found.manifest] == ["utf-8", "utf-8"]


def test_a_document_a_line_and_long_lines_are_refused_alone():
    long = "x" * 3500
    found = collect({"a.txt": f"one\n\n{long}\nfour"}, layout("line"))

    assert found.documents["id"] == ["a.txt:1", "a.txt:4"]
    assert found.rejects == [Reject("a.txt:3", "has more than 1000 characters")]


def test_a_line_may_be_exactly_as_long_as_allowed():
    found = collect({"a.txt": "x" * 1000 + "\n" + "y" * 1001}, layout("line"))

    assert found.documents["text"] == ["x" * 1000]
    assert [reject.file for reject in found.rejects] == ["a.txt:2"]


def test_columns_are_joined_labels_renamed_and_rows_sorted_by_time():
    rows = "when,level,what,kind\n3,INFO,c,-\n1,WARN,a,-\n2,INFO,b,ALERT\n1,INFO,d,-\n"
    form = layout(text=("level", "what"), label="kind", normal="-", time="when")

    found = collect({"a.csv": rows}, form).documents

    assert found["text"] == ["WARN a", "INFO d", "INFO b", "INFO c"]
    assert found["label"] == ["normal", "normal", "ALERT", "normal"]
    assert found["time"] == ["1", "1", "2", "3"]
    assert found["position"].tolist() == [0, 1, 2, 3]
    assert found["id"] == ["a.csv:3", "a.csv:5", "a.csv:4", "a.csv:2"]


def test_times_may_be_dates_with_and_without_a_zone():
    rows = "t,text\n2024-01-02,b\n2024-01-01T23:00:00+00:00,a\n2024-01-02T05:00:00+09:00,z\nnow,x\n"

    found = collect({"a.csv": rows}, layout(time="t"))

    assert found.documents["text"] == ["z", "a", "b"]
    assert found.documents["label"] == ["unlabeled"] * 3
    assert "neither a number nor a date" in found.rejects[0].reason


def test_a_broken_row_costs_itself_and_its_line_is_named():
    rows = 'text,label\na,1\n"b\nc",2\nd\ne,3,4\n,5\nf,\n"g"h,6\ni,7\n'

    found = collect({"a.csv": rows}, layout(label="label"))

    assert found.documents["id"] == ["a.csv:2", "a.csv:3", "a.csv:10"]
    assert found.documents["text"] == ["a", "b\nc", "i"]
    assert {reject.file: reject.reason for reject in found.rejects} == {
        "a.csv:5": "has 1 fields; the header has 2",
        "a.csv:6": "has 3 fields; the header has 2",
        "a.csv:7": "has no text",
        "a.csv:8": "has no value in the column 'label'",
        "a.csv:9": "has text after a closing quote; a quote inside a field is written twice",
    }


def test_the_process_keeps_its_limit_of_fields():
    before = csv.field_size_limit()

    collect({"a.csv": "text\na\n"}, layout())

    assert csv.field_size_limit() == before


def test_too_many_rejects_stop_the_run_and_are_named():
    with pytest.raises(RejectShareError, match=r"1 of 2 documents cannot be used(.|\n)*a\.csv:2"):
        collect({"a.csv": "text,b\na\nb,c\n"}, layout(), share=0.4)
    with pytest.raises(EmptySourceError, match="no documents"):
        collect({}, layout())


def test_wrong_parameters_are_named():
    with pytest.raises(ValidationError, match="text"):
        layout(text=())
    with pytest.raises(ValidationError, match="extensions"):
        TextChecks(extensions=[".pdf"], encoding="auto", max_characters=10)


def test_the_owner_may_name_an_encoding_that_would_be_taken_for_another() -> None:
    content = "中文字符的日志".encode("gb18030")
    file = SourceFile("a.txt", "a.txt", "x", content)
    named = TextChecks(extensions=[".txt"], encoding="gb18030", max_characters=100)
    _, documents = read_documents(file, layout(), named)

    assert [document.text for document in documents] == ["中文字符的日志"]
    with pytest.raises(ValueError, match="unknown encoding 'gbx'"):
        TextChecks(extensions=[".txt"], encoding="gbx", max_characters=100)
