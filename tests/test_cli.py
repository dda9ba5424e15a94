"""The command line: help, exit codes, and errors as sentences."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
KIZU = Path(sys.executable).with_name("kizu")


def kizu(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(KIZU), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of the project's code and configuration, without its data."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("src", "conf"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=ignored)
    shutil.copyfile(PROJECT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("run",),
        ("repro",),
        ("dvc",),
        ("dvc", "write"),
        ("dvc", "check"),
        ("experiment",),
        ("experiment", "run"),
        ("experiment", "code"),
        ("experiment", "table"),
        ("sync",),
        ("ui",),
        ("sample",),
        ("classify",),
        ("score",),
        ("register",),
    ],
)
def test_every_command_has_help_anywhere(tmp_path, arguments):
    shown = kizu(tmp_path, *arguments, "--help")
    assert shown.returncode == 0
    assert "Usage: kizu" in shown.stdout
    assert "..." not in shown.stdout.replace("]...", ""), "a sentence is cut off in a list"


def test_register_has_no_files_to_tell_the_modality_by(tmp_path):
    score, register = (kizu(tmp_path, name, "--help").stdout for name in ("score", "register"))
    assert "names of the files" in " ".join(score.split())
    assert "files" not in register
    assert "the only one there is" in " ".join(register.split())


def test_help_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from kizu.cli import main\n"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0\n"
        "heavy = {'kedro', 'dvc', 'mlflow', 'numpy', 'pandas', 'torch', 'pydantic', 'yaml'}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def test_a_stage_starts_without_what_it_does_not_use():
    code = (
        "import sys\n"
        "import kizu.settings, kizu.lineage.runner, kizu.lineage.node_failures\n"
        "heavy = {'dvc', 'mlflow', 'pandas', 'torch', 'rich', 'dynaconf', 'psutil',"
        " 'kedro.framework.project', 'kedro.framework.session'}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def test_outside_of_a_project(tmp_path):
    for arguments in (("run", "gan"), ("repro",), ("dvc", "check"), ("sync",)):
        shown = kizu(tmp_path, *arguments)
        assert shown.returncode == 1
        assert shown.stderr.startswith("Error: ")
        assert "is not inside a Kedro project" in shown.stderr
        assert "Traceback" not in shown.stderr


def test_an_unknown_stage_lists_the_stages():
    shown = kizu(PROJECT, "run", "imagse")
    assert shown.returncode == 1
    assert shown.stderr.startswith(
        "Error: there is no stage 'imagse'.\n  -> did you mean 'images'?"
    )
    assert "ingest_images" in shown.stderr


def test_debug_adds_the_traceback():
    shown = kizu(PROJECT, "--debug", "run", "imagse")
    assert shown.returncode == 1
    assert "Traceback (most recent call last)" in shown.stderr
    assert "Error: there is no stage 'imagse'." in shown.stderr


def test_an_unknown_command():
    shown = kizu(PROJECT, "rnu")
    assert shown.returncode == 2
    assert "No such command 'rnu'" in shown.stderr


def test_a_clone_runs_its_own_code(clone):
    nodes = clone / "src/kizu/pipelines/ingest_images/nodes.py"
    nodes.write_text("raise ValueError('the code of the clone')\n")
    shown = kizu(clone, "run", "ingest_images")
    assert shown.returncode == 1
    assert "ValueError: the code of the clone" in shown.stderr
    assert "at src/kizu/pipelines/ingest_images/nodes.py:1" in shown.stderr


def test_a_stage_of_the_project_runs(clone, monkeypatch):
    monkeypatch.setenv("KIZU_SYNC", "manual")
    shown = kizu(clone, "run", "ingest_images")
    assert shown.returncode == 0, shown.stderr
    assert (clone / "data/01_raw/images/manifest.csv").is_file()
    assert "collect_images: " in shown.stderr


def test_a_rate_is_a_number():
    shown = kizu(PROJECT, "score", "README.md", "--fdr", "nan")
    assert shown.returncode == 2
    assert "Invalid value for '--fdr': nan is not in the range 0<x<1." in shown.stderr


def test_a_path_is_looked_at_before_any_model():
    shown = kizu(PROJECT, "score", "absent.csv", "--modality", "images", "--run", "absent")
    assert shown.returncode == 1
    assert "there is no file and no folder absent.csv" in shown.stderr
