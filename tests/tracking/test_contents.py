"""What a record copies beside a run."""

from pathlib import Path

from kizu.lineage.catalog import CatalogEntry
from kizu.tracking.contents import copy_artifacts


def _figure(name: str, path: Path) -> CatalogEntry:
    config = {"filepath": str(path), "metadata": {"kizu": {"kind": "figure"}}}
    return CatalogEntry.of(name, config)


def test_figures_and_folders_of_figures_are_copied(tmp_path: Path) -> None:
    single = tmp_path / "curve.png"
    single.write_bytes(b"1")
    (tmp_path / "gallery").mkdir()
    (tmp_path / "gallery" / "01_flip.png").write_bytes(b"2")

    entries = [_figure("curves", single), _figure("operations", tmp_path / "gallery")]
    copied = copy_artifacts(entries, tmp_path / "record")

    assert copied == ["figures/curves.png", "figures/operations/01_flip.png"]
    assert (tmp_path / "record" / copied[1]).read_bytes() == b"2"
