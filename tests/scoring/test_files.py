"""What there is at a path."""

import pytest

from kizu.scoring.errors import ScoringError
from kizu.scoring.files import count_files, find_files, guess_modality

COLUMNS = {"tables": frozenset({"size", "kind"}), "text": frozenset({"message"})}


@pytest.mark.parametrize(
    ("files", "modality"),
    [
        ({"a.PNG": "", "b/c.jpg": ""}, "images"),
        ({"a.wav": "", "readme": ""}, "audio"),
        ({"a.parquet": ""}, "tables"),
        ({"a.log": "", "b.txt": ""}, "text"),
        ({"a.csv": "kind;size;more\n1;2;3\n"}, "tables"),
        ({"a.csv": '"time","message"\n1,2\n'}, "text"),
        ({"a.csv": "size,kind\n", "b.parquet": ""}, "tables"),
        ({"a.tsv": "other\n", "b.log": ""}, "text"),
    ],
)
def test_the_modality_is_told_by_names_and_headers(files, modality, tmp_path):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    assert guess_modality(tmp_path, lambda: COLUMNS) == modality


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a.csv"], "may hold tables or text. say which with --modality: tables, text"),
        (["a.png", "b.wav"], "may hold images or audio"),
        (["a.png", "b.csv"], "may hold images or tables or text"),
        (["a.xyz", "b"], "has an extension that is known"),
        ([], "has an extension that is known"),
    ],
)
def test_what_may_be_several_things_is_refused_with_the_choices(names, message, tmp_path):
    for name in names:
        (tmp_path / name).write_text("x,y\n")
    with pytest.raises(ScoringError, match=message):
        guess_modality(tmp_path, lambda: COLUMNS)


def test_a_file_is_named_as_in_its_folder(tmp_path):
    (tmp_path / "a.png").write_bytes(b"1")
    (by_folder,), (by_name,) = find_files(tmp_path), find_files(tmp_path / "a.png")
    assert by_folder.path == by_name.path == "a.png"
    assert count_files(tmp_path) == count_files(tmp_path / "a.png") == 1


def test_a_path_that_may_not_be_looked_at(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.is_dir", refuse)
    for look in (lambda path: list(find_files(path)), lambda path: guess_modality(path, dict)):
        with pytest.raises(ScoringError, match=r"a\.png may not be looked at \(no permission\)"):
            look(tmp_path / "a.png")


def test_hidden_files_are_neither_counted_nor_looked_at(tmp_path):
    (tmp_path / ".cache").mkdir()
    for name in ("a.png", ".DS_Store", "._a.wav", ".cache/b.wav"):
        (tmp_path / name).write_bytes(b"")
    assert count_files(tmp_path) == 1
    assert guess_modality(tmp_path, dict) == "images"
