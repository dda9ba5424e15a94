"""Texts and tables of texts that are broken or odd.

What is accepted must also be read right: every usable document here holds one of MARKS.
"""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml
from case import ACCEPTED, Case, write

from kizu.sources.documents import collect_documents
from kizu.sources.files import Reject
from kizu.sources.folder import read_folder
from kizu.sources.text import TextChecks, TextLayout

_CONF = Path(__file__).parents[2] / "conf/base/parameters_ingest_text.yml"
_PARAMETERS = yaml.safe_load(_CONF.read_text())["ingest_text"]
CHECKS = TextChecks(**_PARAMETERS["checks"])
LAYOUT = TextLayout(**_PARAMETERS["folder"])
MARKS = ("the surface has a scratch", "表面に小さな傷があります", "Oberfläche – geprüft für “gut”")
ENGLISH, JAPANESE, GERMAN = MARKS
NOISE = np.random.default_rng(0).bytes(4096)


def make_good(folder: Path) -> None:
    (folder / "good.txt").write_text(ENGLISH)


def ingest(source: Path, target: Path) -> tuple[list[str], list[Reject]]:
    collection = collect_documents(read_folder(source), LAYOUT, CHECKS, max_reject_share=1)
    for text in collection.documents["text"]:
        assert any(mark in text for mark in MARKS), f"read wrong: {text[:80]!r}"
        assert "\r" not in text
    return collection.documents["id"], collection.rejects


def text(content: str, encoding: str, name: str = "note.txt") -> Callable[[Path], object]:
    return write(name, content.encode(encoding))


def table(*lines: str, name: str = "notes.csv", end: str = "\n") -> Callable[[Path], object]:
    return write(name, "".join(line + end for line in lines).encode())


def circle(folder: Path) -> None:
    (folder / "first").symlink_to(folder / "second")
    (folder / "second").symlink_to(folder / "first")


CASES = [
    Case("UTF-8", text(JAPANESE, "utf-8"), ACCEPTED),
    Case("UTF-8 with a byte order mark", text(JAPANESE, "utf-8-sig"), ACCEPTED),
    Case("UTF-16", text(JAPANESE, "utf-16"), ACCEPTED),
    Case("UTF-32", text(ENGLISH, "utf-32"), ACCEPTED),
    Case("UTF-16 without a byte order mark", text(ENGLISH, "utf-16-le"), "NUL.*byte order mark"),
    Case("UTF-16 cut within a character", write("a.txt", b"\xff\xfeab\x01"), "not so to its end"),
    Case("Windows-1252", text(GERMAN, "cp1252"), ACCEPTED),
    Case("Shift_JIS", text(JAPANESE, "shift_jis"), ACCEPTED),
    Case("EUC-JP", text(JAPANESE, "euc_jp"), ACCEPTED),
    Case("ISO-2022-JP", text(JAPANESE, "iso2022_jp"), ACCEPTED),
    Case("no encoding at all", write("a.txt", bytes(range(128, 256)) * 4), "none of the encodings"),
    Case("UTF-8 cut within a character", write("a.txt", JAPANESE.encode()[:-1]), "encodings"),
    Case("line ends of Windows", text(f"{ENGLISH}\r\n{ENGLISH}\r\n", "utf-8"), ACCEPTED),
    Case("line ends of an old Macintosh", text(f"{ENGLISH}\r{ENGLISH}\r", "utf-8"), ACCEPTED),
    Case("a line of 10 MB", write("a.txt", b"x" * 10_000_000), r"more than|10000000 bytes"),
    Case("an empty file", write("a.txt", b""), "is empty"),
    Case("nothing but a byte order mark", write("a.txt", b"\xef\xbb\xbf"), "has no text"),
    Case("white space only", write("a.txt", b" \n\t\r\n"), "has no text"),
    Case("NULs in a text", write("a.txt", b"a scratch\0\0\0"), "NUL"),
    Case("NULs after a byte order mark", write("a.txt", b"\xef\xbb\xbfa\0b"), "NUL"),
    Case("a stray control character", text(f"\b{ENGLISH}", "utf-8"), ACCEPTED),
    Case("control characters", write("a.txt", b"a\x07b"), "1 control characters in 3 bytes"),
    Case(
        "random bytes",
        write("a.txt", NOISE),
        "NUL|control|encodings",
    ),
    Case("an image named text", write("a.txt", b"\x89PNG\r\n\x1a\n" + bytes(64)), "PNG image"),
    Case("a packed text", write("a.txt", gzip.compress(b"a scratch")), "gzip"),
    Case("another extension", write("a.docx", b"PK\x03\x04"), r"'\.docx'; \.txt"),
    Case("no extension", write("README", b"a scratch"), "has the extension ''"),
    Case("a name of several scripts", text(ENGLISH, "utf-8", "傷 – ñ & b.txt"), ACCEPTED),
    Case("a name with a line end", text(ENGLISH, "utf-8", "two\nlines.txt"), ACCEPTED),
    Case("links in a circle", circle, "leads nowhere"),
    Case("a table", table("text,label", f"{ENGLISH},bad"), ACCEPTED),
    Case("a table with tabs", table("label\ttext", f"bad\t{ENGLISH}", name="a.tsv"), ACCEPTED),
    Case("a table of Windows", table("text,label", f"{ENGLISH},b", end="\r\n"), ACCEPTED),
    Case("a table in Shift_JIS", text(f"text,label\n{JAPANESE},b\n", "cp932", "a.csv"), ACCEPTED),
    Case(
        "a mark before the header",
        text(f"text,label\n{ENGLISH},b\n", "utf-8-sig", "a.csv"),
        ACCEPTED,
    ),
    Case("a line end in a field", table("text,label", f'"{ENGLISH}\r\n{ENGLISH}",b'), ACCEPTED),
    Case("an empty table", write("a.csv", b"\n\n"), "no header"),
    Case("a header without rows", table("text,label"), "holds no document"),
    Case("no column of the name", table("txt,label", "a,b"), "no column 'text'; it has 'txt'"),
    Case("a column twice", table("text,label,text", "a,b,c"), "2 columns named 'text'"),
    Case("a row too short", table("text,label", "a"), "has 1 fields; the header has 2"),
    Case("a row too long", table("text,label", "a,b,c"), "has 3 fields; the header has 2"),
    Case("an empty text", table("text,label", ",b"), "has no text"),
    Case("an empty label", table("text,label", "a, "), "no value in the column 'label'"),
    Case(
        "a quote never closed", table("text,label", '"a,b', "c,d"), "never closed; the lines to 3"
    ),
    Case("text after a quote", table("text,label", '"a"b,c'), "text after a closing quote"),
    Case("a field of 2 MB", table("text,label", "x" * 2_000_000 + ",b"), "more than 1000000"),
    Case("NULs in a table", write("a.csv", b"text,label\na\0,b\n"), "NUL"),
    Case("semicolons", table("text;label", "a;b"), "no column 'text'; it has 'text;label'"),
]
