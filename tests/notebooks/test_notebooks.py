"""Every notebook runs from top to bottom, and is committed without what running it leaves."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
COMMITTED = sorted(NOTEBOOKS.glob("*.ipynb"))
_SECONDS_A_CELL = 120
# Where people's files lie; a path that begins there is found on one machine only.
_ABSOLUTE_PATH = re.compile(
    r"(?<![\w./])/(?:home|Users|root|tmp|var|usr|opt|mnt|media|srv|data|work)/|\b[A-Za-z]:\\"
)


def kernel(name: str) -> dict[str, dict[str, str]]:
    return {"kernelspec": {"name": name, "display_name": name, "language": "python"}}


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Give the kernel one thread and settings of its own; nothing lands in the user's home."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run the cells in a fresh kernel, as Jupyter does: in the notebook's own folder."""
    NotebookClient(
        notebook,
        timeout=_SECONDS_A_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    ).execute()


def problems(notebook: NotebookNode) -> list[str]:
    """Say what must not be committed, cell by cell."""
    found = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.get("outputs"):
            found.append(f"cell {number} has outputs: clear all outputs, then save")
        if cell.get("execution_count") is not None:
            found.append(f"cell {number} has an execution count: clear all outputs, then save")
        paths = _ABSOLUTE_PATH.findall(cell.source)
        found.extend(f"cell {number} has an absolute path: {path}" for path in paths)
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        found.append("the kernel must be python3, which every installation has")
    return found


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom_and_leaves_nothing(alone, path):
    before = sorted(NOTEBOOKS.rglob("*"))
    execute(nbformat.read(path, as_version=4), NOTEBOOKS)
    assert sorted(NOTEBOOKS.rglob("*")) == before


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_it_is_committed_clean(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert problems(notebook) == []


def test_a_cell_that_fails_is_noticed(alone, tmp_path):
    notebook = new_notebook(cells=[new_code_cell("one = 1"), new_code_cell("one / 0")])
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        execute(notebook, tmp_path)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (new_code_cell("1", outputs=[new_output("stream", text="1")]), "has outputs"),
        (new_code_cell("1", execution_count=3), "has an execution count"),
        (new_code_cell('open("/home/someone/a.png")'), "has an absolute path: /home/"),
        (new_markdown_cell(r"See C:\Users\someone."), "has an absolute path"),
    ],
)
def test_what_must_not_be_committed_is_named(cell, problem):
    notebook = new_notebook(
        cells=[new_code_cell("'data/01_raw'"), cell], metadata=kernel("python3")
    )
    assert [problem in found and "cell 2" in found for found in problems(notebook)] == [True]


def test_another_kernel_is_named():
    assert "python3" in problems(new_notebook(metadata=kernel("my-env")))[0]
