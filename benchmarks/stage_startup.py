"""What it costs to run and track a stage: `kizu run` against `kedro run` with kedro-mlflow.

One trivial node in one Kedro project, run by both. Three contestants:

- ``kedro run`` with kedro-mlflow, which logs to SQLite before it ends;
- ``kizu run`` as DVC calls it, which leaves a record;
- the same with its share of what sends the records: a repro of seven stages and its one sync,
  divided by seven.

    .venv/bin/python benchmarks/stage_startup.py --peer /tmp/peer/bin/python

Seconds are of whole processes, byte-compiled beforehand. Results: results/stage_startup.json.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from _timing import interleave, report

PEER = "kedro run with kedro-mlflow"
OURS = "kizu run"
OURS_SENT = "kizu run and its share of the sync"
STAGES = 7
GOAL = 2.0

_INSTRUCTIONS = """\
stage_startup.py: needs a Python environment of its own with kedro-mlflow:
  python -m venv /tmp/peer
  /tmp/peer/bin/pip install kedro=={kedro} mlflow=={mlflow} kedro-mlflow kedro-datasets
  /tmp/peer/bin/python -m compileall -q /tmp/peer/lib
then name it: --peer /tmp/peer/bin/python (or KIZU_PEER_PYTHON)"""

_PROJECT = {
    "pyproject.toml": """
        [tool.kedro]
        package_name = "toy"
        project_name = "toy"
        kedro_init_version = "1.7.0"
        source_dir = "src"
        """,
    ".telemetry": "consent: false\n",
    "conf/base/parameters.yml": "numbers: {count: 4}\n",
    "conf/base/catalog.yml": """
        values:
          type: toy.text.TextDataset
          filepath: data/values.txt
        """,
    "conf/local/.gitkeep": "",
    "src/toy/__init__.py": "",
    "src/toy/text.py": """
        from pathlib import Path

        from kedro.io import AbstractDataset


        class TextDataset(AbstractDataset):
            def __init__(self, filepath, metadata=None):
                self._filepath, self.metadata = Path(filepath), metadata

            def load(self):
                return self._filepath.read_text()

            def save(self, data):
                self._filepath.parent.mkdir(exist_ok=True)
                self._filepath.write_text(data)

            def _describe(self):
                return {"filepath": str(self._filepath)}
        """,
    "src/toy/pipeline_registry.py": """
        from kedro.framework.project import find_pipelines


        def register_pipelines():
            pipelines = find_pipelines()
            return {**pipelines, "__default__": sum(pipelines.values())}
        """,
    "src/toy/pipelines/__init__.py": "",
    "src/toy/pipelines/numbers/__init__.py": """
        from kedro.pipeline import Node, Pipeline


        def count(parameters):
            return " ".join(map(str, range(parameters["count"])))


        def create_pipeline():
            return Pipeline([Node(count, "params:numbers", "values", tags=["numbers"])])
        """,
}

_OUR_SETTINGS = """
    from kizu.lineage.configuration import LOADER_ARGUMENTS, ProfileConfigLoader
    from kizu.lineage.hooks import StageHook
    from kizu.tracking.hooks import TrackingHook

    HOOKS = (StageHook(), TrackingHook())
    CONFIG_LOADER_CLASS = ProfileConfigLoader
    CONFIG_LOADER_ARGS = LOADER_ARGUMENTS
    """

_PEER_SETTINGS = """
    CONFIG_LOADER_ARGS = {
        "base_env": "base",
        "default_run_env": "local",
        "config_patterns": {"mlflow": ["mlflow*"]},
    }
    """

_PEER_MLFLOW = """
    server:
      mlflow_tracking_uri: sqlite:///mlflow.db
    tracking:
      experiment:
        name: toy
    """


def main() -> None:
    """Parse the command line, run the contestants in turn and write the results."""
    parser = argparse.ArgumentParser(description="Stage start-up with tracking, side by side.")
    parser.add_argument("--peer", default=os.environ.get("KIZU_PEER_PYTHON"), metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    versions = _versions(options.peer)
    with tempfile.TemporaryDirectory() as folder:
        ours = _project(Path(folder, "ours"), {"src/toy/settings.py": _OUR_SETTINGS})
        repro = _project(Path(folder, "repro"), {"src/toy/settings.py": _OUR_SETTINGS})
        peer = _project(
            Path(folder, "peer"),
            {"src/toy/settings.py": _PEER_SETTINGS, "conf/base/mlflow.yml": _PEER_MLFLOW},
        )
        kizu = f'"{sys.executable}" -m kizu'
        stage = f"DVC_STAGE=numbers {kizu} run numbers"
        contestants: dict[str, Callable[[], None]] = {
            PEER: lambda: _run(peer, f'"{options.peer}" -m kedro run --pipelines numbers'),
            OURS: lambda: _run(ours, stage),
            OURS_SENT: lambda: _run(repro, " && ".join([stage] * STAGES), f"{kizu} sync"),
        }
        seconds = interleave(contestants, options.rounds)
        runs = {
            "runs in the peer's store": _runs(peer / "mlflow.db"),
            "runs in our store": _runs(repro / "mlflow" / "mlflow.db"),
        }
    seconds[OURS_SENT] = [total / STAGES for total in seconds[OURS_SENT]]
    report(
        "stage_startup",
        "One trivial stage, run and tracked: seconds of the process",
        seconds,
        reference=PEER,
        goals={OURS: GOAL},
        facts={"stages of a repro": STAGES, **runs, **versions},
    )


def _versions(peer: str | None) -> dict[str, str]:
    """Return the versions that the peer runs with; exit with instructions if it is not there."""
    from importlib.metadata import version

    names = ("kedro", "mlflow", "kedro-mlflow")
    code = f"from importlib.metadata import version; print(*map(version, {names}))"
    result = peer and subprocess.run([peer, "-c", code], capture_output=True, text=True)
    if not result or result.returncode:
        print(_INSTRUCTIONS.format(kedro=version("kedro"), mlflow=version("mlflow")))
        raise SystemExit(2)
    return dict(zip(names, result.stdout.split(), strict=True))


def _runs(database: Path) -> int:
    """Count the runs that were tracked: a contestant that tracks nothing is quick."""
    with closing(sqlite3.connect(database)) as connection:
        (count,) = connection.execute("SELECT COUNT(*) FROM runs").fetchone()
    return int(count)


def _project(root: Path, settings: dict[str, str]) -> Path:
    """Write the project and put it under git, as projects are."""
    for name, text in {**_PROJECT, **settings}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip())
    identity = "-c user.name=benchmark -c user.email=benchmark@example.org"
    _run(root, f"git init -q && git add . && git {identity} commit -q -m Begin")
    return root


def _run(root: Path, *commands: str) -> None:
    """Run commands one after the other, each by a shell of its own, as DVC does."""
    # What a repro's background process does is timed as `kizu sync`.
    environment = {**os.environ, "KIZU_SYNC": "manual", "MLFLOW_DISABLE_TELEMETRY": "true"}
    for command in commands:
        result = subprocess.run(
            command, shell=True, cwd=root, env=environment, capture_output=True, text=True
        )
        if result.returncode:
            raise SystemExit(f"{command} failed:\n{result.stderr}")


if __name__ == "__main__":
    main()
