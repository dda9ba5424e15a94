"""No file crashes a stage, hangs it, or makes it write outside its folder."""

import importlib
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
from case import ACCEPTED, Case

MODULES = [
    importlib.import_module(path.stem) for path in sorted(Path(__file__).parent.glob("*_cases.py"))
]
CASES = [(module, case) for module in MODULES for case in module.CASES]
_PATIENCE_SECONDS = 60


def test_the_corpus_is_large_and_every_case_has_its_own_name():
    assert len(CASES) >= 60
    for module in MODULES:
        names = [case.name for case in module.CASES]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("module", "case"),
    CASES,
    ids=[f"{module.__name__.removesuffix('_cases')}: {case.name}" for module, case in CASES],
)
def test_it_is_handled_or_listed_with_a_reason(
    module: ModuleType, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("KIZU_CACHE", str(tmp_path / "cache"))
    source, target, work = (tmp_path / name for name in ("source", "target", "work"))
    for folder in (source, target, work):
        folder.mkdir()
    monkeypatch.chdir(work)
    case.make(source)
    module.make_good(source)
    before = _tree(source)
    with _within(_PATIENCE_SECONDS):
        accepted, rejects = module.ingest(source, target)

    assert _tree(source) == before
    assert not list(work.iterdir())
    assert {path.name for path in tmp_path.iterdir()} <= {"source", "target", "work", "cache"}
    odd = [path for path in accepted if "good" not in path]
    assert len(odd) < len(accepted), "the good file was lost"
    if case.outcome == ACCEPTED:
        assert rejects == []
        assert odd
    else:
        assert odd == []
        assert any(re.search(case.outcome, reject.reason) for reject in rejects), rejects
    for text in [text for reject in rejects for text in (reject.file, reject.reason)]:
        assert text.isprintable(), "a line of a table cannot hold it"
        assert str(tmp_path) not in text, "it differs between machines"


def _tree(folder: Path) -> list[tuple[str, int]]:
    return sorted(
        (str(path), path.lstat().st_size) for path in folder.rglob("*") if not path.is_dir()
    )


@contextmanager
def _within(seconds: int) -> Iterator[None]:
    def stop(*_):
        raise TimeoutError(f"not done after {seconds} s")

    previous = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
