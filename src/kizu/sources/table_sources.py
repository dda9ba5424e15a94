"""Where tables come from: the built-in one, named sets, and the user's own folder."""

from pathlib import Path
from typing import Literal

from kizu.sources.download import Download, fetch
from kizu.sources.files import SourceFile
from kizu.sources.folder import read_folder
from kizu.sources.machine_telemetry import read_machine_telemetry
from kizu.sources.origin import Origin, Source

TableSource = Literal["machine_telemetry", "titanic", "folder"]

_TELEMETRY = Origin(
    name="machine_telemetry",
    title="Machine telemetry, a seeded table made for this project",
    note="Synthetic: no machine was measured, and results on it say nothing about real machines.",
)
_TITANIC = Origin(
    name="titanic",
    title="Titanic, 891 passengers, as in seaborn's data repository",
    address="https://github.com/mwaskom/seaborn-data",
)
_TITANIC_FILE = Download(
    name="titanic.csv",
    url=(
        "https://raw.githubusercontent.com/mwaskom/seaborn-data/"
        "2efd4a5db2e8576902acf974cb4559305da0399c/titanic.csv"
    ),
    hash="sha256:81787d320d7f7b03df935e91de8bd19e11d45c5bbcab86ef4d4a76dc91b7d4f2",
)


def open_tables(source: TableSource, folder: Path | None) -> Source:
    """Return the files of a source.

    Args:
        source: as in the parameters.
        folder: the user's own, where the source is that.

    Raises:
        ValueError: the source is a folder, and none is named.
        DownloadError: a named set cannot be had.
    """
    if source == "machine_telemetry":
        return Source(_TELEMETRY, read_machine_telemetry())
    if source == "titanic":
        path = fetch(_TITANIC_FILE).path
        return Source(_TITANIC, [SourceFile("titanic", "titanic.csv", "", path)])
    if folder is None:
        raise ValueError(
            "ingest_tables.source is 'folder', but the catalog entry 'source_tables' names no "
            "folder. Set its `filepath`."
        )
    return Source(Origin("folder", "Tables of the user's own folder"), read_folder(folder))
