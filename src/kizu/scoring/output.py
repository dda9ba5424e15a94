"""The folder that holds what was scored: tables, rejects, explanations, and a page to read."""

import csv
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from kizu.scoring.errors import ScoringError
from kizu.scoring.judge import FLAG
from kizu.scoring.reader import Explanation
from kizu.scoring.row_file import RowFile
from kizu.sources.files import Reject

SCORES_CSV, SCORES_PARQUET = "scores.csv", "scores.parquet"
REJECTS, PAGE, SUMMARY, EXPLANATIONS = "rejects.csv", "report.html", "summary.json", "explanations"
_OWN = frozenset({SCORES_CSV, SCORES_PARQUET, REJECTS, PAGE, SUMMARY, EXPLANATIONS})
_UNFINISHED, _ROWS = ".kizu-score", ".rows.parquet"

EXPLANATION, EXPLAINED_BY = "explanation", "explained_by"
"""Columns of the path of an item's explanation and of the detector that gives it."""


@contextmanager
def output_folder(out: Path, source: Path) -> Iterator["Output"]:
    """Yield a folder to write to, whose content takes the place of an earlier one at the end.

    A run that fails leaves what was there before.

    Args:
        out: created where it does not exist.
        source: what is scored; the output must not lie in it, or would be scored the next time.

    Raises:
        ScoringError: ``out`` lies in ``source``, or holds what scoring has not written.
    """
    if source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        raise ScoringError(
            f"the output {out} lies in {source}, and would be scored the next time.",
            "name a folder outside of it with --out",
        )
    if out.exists() and not out.is_dir():
        raise ScoringError(f"{out} is a file.", "name a folder with --out")
    found = sorted(path.name for path in out.iterdir()) if out.is_dir() else []
    if foreign := [name for name in found if name not in _OWN and name != _UNFINISHED]:
        raise ScoringError(
            f"{out} holds {foreign[0]}, which scoring did not write.",
            "name a new folder with --out",
        )
    existed = out.is_dir()
    unfinished = out / _UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir(parents=True)
        yield Output(unfinished)
        for name in _OWN & set(found):
            shutil.rmtree(out / name) if (out / name).is_dir() else (out / name).unlink()
        for path in unfinished.iterdir():
            path.rename(out / path.name)
    except OSError as error:
        raise ScoringError(
            f"the output cannot be written to {out}: {error.strerror or error}.",
            "name another folder with --out",
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not existed and out.is_dir() and not any(out.iterdir()):
            out.rmdir()


class Output:
    """What scoring writes, file by file.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows = RowFile(folder / _ROWS)
        self._rejects = (folder / REJECTS).open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._rejects, lineterminator="\n")
        self._writer.writerow(["file", "reason"])

    def reject(self, reject: Reject) -> None:
        """List what cannot be scored."""
        self._writer.writerow([reject.file, reject.reason])

    def explain(self, number: int, explanation: Explanation) -> str:
        """Write an explanation; return its path in the folder.

        Args:
            number: of the item, counted from 0 over all that were scored.
            explanation: of the item.
        """
        # A thousand files a folder: file managers choke on more.
        name = f"{EXPLANATIONS}/{number // 1000:04d}/{number:07d}{explanation.extension}"
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(explanation.content)
        return name

    def add(self, rows: pd.DataFrame) -> None:
        """Write rows of items, with the paths of their explanations."""
        self._rows.add(rows)

    def finish_tables(self, verdicts: pd.DataFrame) -> None:
        """Write the tables of all rows that were added.

        Args:
            verdicts: of all items in order: ``flag``, and what else goes before it. An item that
                is not flagged loses its explanation.
        """
        self._rejects.close()
        table = RowFile(self._folder / SCORES_PARQUET)
        start = 0
        with (self._folder / SCORES_CSV).open("w", newline="", encoding="utf-8") as file:
            for part in self._rows.parts():
                own = verdicts.iloc[start : start + len(part)].set_axis(part.index)
                rows = self._decided(part, own)
                rows.to_csv(file, index=False, header=start == 0, lineterminator="\n")
                table.add(rows)
                start += len(part)
        table.close()
        (self._folder / _ROWS).unlink()

    def finish_page(self, page: str) -> None:
        """Write the page."""
        (self._folder / PAGE).write_text(page, encoding="utf-8")

    def finish_summary(self, summary: dict[str, Any]) -> None:
        """Write what was found in a few numbers."""
        content = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
        (self._folder / SUMMARY).write_text(content, encoding="utf-8")

    def _decided(self, rows: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
        place = rows.columns.get_loc(FLAG)
        columns = [*rows.columns[:place], *verdicts.columns, *rows.columns[place + 1 :]]
        decided = rows.assign(**{str(name): verdicts[name] for name in verdicts})[columns]
        unwanted = ~decided[FLAG] & decided[EXPLANATION].ne("")
        for name in decided.loc[unwanted, EXPLANATION]:
            (self._folder / name).unlink()
        decided.loc[unwanted, [EXPLANATION, EXPLAINED_BY]] = ""
        return decided
