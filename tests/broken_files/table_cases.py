"""Tables that are broken or odd.

What is accepted must also be read right: every usable table here holds the same two rows.
"""

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from case import ACCEPTED, Case, write

from kizu.sources.files import Reject
from kizu.sources.folder import read_folder
from kizu.sources.table_collection import collect_tables
from kizu.sources.tables import TableChecks

_CONF = Path(__file__).parents[2] / "conf/base/parameters_ingest_tables.yml"
CHECKS = TableChecks(**yaml.safe_load(_CONF.read_text())["ingest_tables"]["checks"])
ROWS = [(1, "fine – “ü”"), (2, "傷")]
WESTERN = [(1, "fine – “ü”"), (2, "Größe")]
_TEXTS = {text for _, text in [*ROWS, *WESTERN]}


def make_good(folder: Path) -> None:
    (folder / "good.csv").write_text("size,kind\n1,傷\n", encoding="utf-8")


def ingest(source: Path, target: Path) -> tuple[list[str], list[Reject]]:
    # The odd table is read alone, too: beside the good one, its columns must also be equal.
    collection = collect_tables(
        sorted(read_folder(source), key=_good_first), CHECKS, max_reject_share=1
    )
    assert collection.frame["size"].isin([1, 2]).all(), "numbers were read wrong"
    assert set(collection.frame["kind"]) <= _TEXTS, "texts were read wrong"
    collection.frame.reset_index(names="row_id").to_parquet(target / "table.parquet")
    accepted = [row["path"] for row in collection.manifest]
    # A file with lines that were left out counts as refused here: the lines are what matters.
    lines = {reject.file.rpartition(":")[0] for reject in collection.line_rejects}
    rejects = [*collection.file_rejects, *collection.line_rejects]
    return [path for path in accepted if path not in lines], rejects


def _good_first(item: object) -> bool:
    return "good" not in getattr(item, "path", "")


def table(
    encoding: str = "utf-8", separator: str = ",", end: str = "\n", rows: list | None = None
) -> Callable[[Path], object]:
    lines = [("size", "kind"), *(ROWS if rows is None else rows)]
    text = "".join(separator.join(map(str, line)) + end for line in lines)
    return write("table.csv", text.encode(encoding))


def csv(content: str, name: str = "table.csv") -> Callable[[Path], object]:
    return write(name, content.encode())


def parquet(change: Callable[[bytes], bytes] = lambda content: content, **columns: object):
    frame = pd.DataFrame({"size": [1, 2], "kind": [text for _, text in ROWS], **columns})
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return write("table.parquet", change(buffer.getvalue()))


def link_outside(folder: Path) -> None:
    (folder / "table.csv").symlink_to(folder.parent / "work")


CASES = [
    Case("UTF-8", table(), ACCEPTED),
    Case("UTF-8 with a byte order mark", table("utf-8-sig"), ACCEPTED),
    Case("UTF-16", table("utf-16"), ACCEPTED),
    Case("UTF-16 without a byte order mark", table("utf-16-le"), "NUL.*byte order mark"),
    Case("Windows-1252", table("cp1252", rows=WESTERN), ACCEPTED),
    Case("Shift_JIS", table("shift_jis", rows=[(1, "傷"), (2, "傷")]), ACCEPTED),
    Case("no encoding at all", write("t.csv", bytes(range(128, 256)) * 4), "encoding"),
    Case("line ends of Windows", table(end="\r\n"), ACCEPTED),
    Case("line ends of an old Macintosh", table(end="\r"), ACCEPTED),
    Case("semicolons", table(separator=";"), ACCEPTED),
    Case("tabs", table(separator="\t"), ACCEPTED),
    Case("vertical bars", table(separator="|"), ACCEPTED),
    Case("empty lines", csv("\nsize,kind\n\n1,傷\n\n\n2,傷\n\n"), ACCEPTED),
    Case("no line end at the end", csv("size,kind\n1,傷"), ACCEPTED),
    Case("columns in another order", csv("kind,size\n傷,1\n"), ACCEPTED),
    Case("a quoted separator", csv('size,kind\n"1","傷"\n'), ACCEPTED),
    Case("a name with a line feed", csv("size,kind\n1,傷\n", "a\nb.csv"), ACCEPTED),
    Case("Parquet", parquet(), ACCEPTED),
    Case("an empty file", write("table.csv", b""), "is empty"),
    Case("an empty Parquet file", write("table.parquet", b""), "is empty"),
    Case("nothing but line ends", csv("\n\r\n\n"), "is empty"),
    Case("nothing but a byte order mark", write("t.csv", b"\xef\xbb\xbf"), "is empty"),
    Case("a header only", csv("size,kind\n"), "has a header and no rows"),
    Case("a short row", csv("size,kind\n1,傷\n2\n"), "has 1 field; the header has 2"),
    Case("a long row", csv("size,kind\n1,傷\n2,傷,3\n"), "has 3 fields; the header has 2"),
    Case("short rows only", csv("size,kind\n1\n2\n"), "2 lines that are no rows of it"),
    Case("a quote never closed", csv('size,kind\n1,傷\n2,"傷\n3,x\n'), "never closed.*lines to 4"),
    Case("text after a quote", csv('size,kind\n1,傷\n2,"x"y\n'), "after a closing quote"),
    Case("two columns of one name", csv("size,size\n1,2\n"), "two columns named 'size'"),
    Case("other columns", csv("size,color\n1,red\n"), "lacks 'kind' and adds 'color'"),
    Case("a column that kizu adds", csv("row_id,size,kind\n1,1,x\n"), "a column 'row_id'"),
    Case("NULs in a row", csv("size,kind\n1,傷\n2,\0\n"), "NUL"),
    Case("a control character", csv("size,kind\n1,\x07\n"), "control character"),
    Case("a header of 10 MB", csv("x" * 10_000_000), "more than 1000000 characters"),
    Case("a line of 10 MB", csv(f"size,kind\n1,傷\n2,{'x' * 10_000_000}\n"), "1000000 characters"),
    Case("a wrong extension", csv("size,kind\n1,傷\n", "table.xls"), "has the extension '.xls'"),
    Case("no extension", csv("size,kind\n1,傷\n", "table"), "has the extension ''"),
    Case("an Excel workbook named CSV", write("t.csv", b"PK\x03\x04" + bytes(64)), "ZIP archive"),
    Case("a gzip file named CSV", write("t.csv", gzip.compress(b"size,kind\n1,x\n")), "gzip"),
    Case("a Parquet table named CSV", write("t.csv", b"PAR1" + bytes(64)), "Parquet table"),
    Case("a text named Parquet", csv("size,kind\n1,x\n", "t.parquet"), "holds no Parquet table"),
    Case("Parquet cut short", parquet(lambda whole: whole[:-20]), "cut short or damaged"),
    Case("Parquet of its start only", write("t.parquet", b"PAR1"), "cut short or damaged"),
    Case("Parquet with lists", parquet(items=[[1], [2]]), "lists or records.*'items'"),
    Case(
        "random bytes",
        write("t.csv", np.random.default_rng(0).bytes(4096)),
        "NUL|control|encoding",
    ),
    Case("a link out of the folder", link_outside, "leads out of the source folder"),
]
