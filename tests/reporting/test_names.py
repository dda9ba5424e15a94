"""How detectors are called, and who depends on it."""

from pathlib import Path

from kizu.lineage.imports import SourceTree
from kizu.reporting.names import words

SOURCE = Path(__file__).parents[2] / "src"


def test_detectors_have_names() -> None:
    assert words("pixel_neighbors") == "kNN on pixels"
    assert words("anogan.generator_loss") == "AnoGAN: generator loss"
    assert words("test_loss") == "test loss"


def test_a_new_name_makes_no_figure_stale() -> None:
    names = SOURCE / "kizu/reporting/names.py"
    reached = SourceTree(SOURCE, "kizu").closure(["kizu.reporting.figures"])
    assert names not in reached.files
    assert names in SourceTree(SOURCE, "kizu").closure(["kizu.reporting.sections.summary"]).files
