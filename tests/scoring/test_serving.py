"""Scorers as MLflow models, loaded and served."""

import base64
import json
import math
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import kizu
from kizu.cli import main
from kizu.scorer_files import folder_files
from kizu.scoring.card import MODALITIES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("modality", MODALITIES)
def test_mlflow_loads_and_scores_alike(train, modality, tmp_path):
    from mlflow import pyfunc

    from kizu.serving import save_scorer

    trained = train(modality)
    save_scorer(folder_files(trained.folder), tmp_path / "model")
    frame = trained.columns.reset_index(drop=True)
    if modality == "tables":
        signature = trained.scorer.reader.columns
        frame = frame[list(signature)].astype(
            {name: object for name, kind in signature.items() if kind == "string"}
        )
        texts = [name for name, kind in signature.items() if kind == "string"]
        frame[texts] = frame[texts].map(lambda value: None if pd.isna(value) else str(value))
    model = pyfunc.load_model(str(tmp_path / "model"))
    predicted = model.predict(frame)
    expected = trained.scorer.score(trained.columns)
    numbers = expected.select_dtypes(float).columns
    np.testing.assert_allclose(predicted[numbers], expected[numbers], rtol=1e-6)
    assert predicted["flag"].tolist() == expected["flag"].tolist()
    assert not list((tmp_path / "model").rglob("*.pkl"))
    again = kizu.load_detector(tmp_path / "model").score(trained.columns)
    pd.testing.assert_frame_equal(again, expected)

    answered = _answer(model, frame)
    np.testing.assert_allclose(answered[numbers].astype(float), expected[numbers], rtol=1e-6)
    assert answered["flag"].tolist() == expected["flag"].tolist()


def _answer(model: Any, frame: pd.DataFrame) -> pd.DataFrame:
    """Return what MLflow's server answers to the rows as JSON."""
    from mlflow.pyfunc.scoring_server import invocations

    response = invocations(
        json.dumps({"dataframe_records": _records(frame)}),
        "application/json",
        model,
        model.metadata.get_input_schema(),
    )
    assert response.status == 200, response.response
    return pd.DataFrame(json.loads(response.response)["predictions"])


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON: bytes in base64, what is missing as null."""
    plain = frame.map(
        lambda value: base64.b64encode(value).decode() if isinstance(value, bytes) else value
    )
    rows: list[dict[str, Any]] = json.loads(plain.to_json(orient="records", double_precision=15))
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("modality", MODALITIES)
def test_registered_and_served(modality, project, train):
    """Files by the command line, a frame in Python and rows by HTTP: the same scores."""
    trained = train(modality)
    trained.put(project, modality)
    result = CliRunner().invoke(main, ["register"])
    assert result.exit_code == 0, result.output
    assert f"models:/kizu-{modality}/1 is registered" in result.output
    scored = CliRunner().invoke(main, ["score", str(trained.source), "--modality", modality])
    assert scored.exit_code == 0, scored.output
    by_command = _by_place(pd.read_csv("scores/scores.csv", keep_default_na=False), trained)
    in_python = kizu.load_detector(modality).score(trained.columns)
    broken, reason = BROKEN[modality]
    with _server(project, f"models:/kizu-{modality}/1") as ask:
        rows = _records(trained.columns)
        by_http = ask(rows)
        (refused,) = ask([rows[0] | broken]).to_dict("records")
    assert re.search(reason, refused["rejected"])
    assert refused["flag"] is False
    assert len(by_http) == len(by_command) == len(in_python) > 0
    for name in in_python.select_dtypes(float):
        np.testing.assert_allclose(by_http[name].astype(float), in_python[name], atol=1e-6)
        np.testing.assert_allclose(by_command[name], in_python[name], atol=1e-6)
    for name in [name for name in in_python if str(name).endswith("flag")]:
        assert by_http[name].tolist() == in_python[name].tolist() == by_command[name].tolist()


# What a row must not hold, and the reason that comes back.
BROKEN = {
    "images": (
        {"file": "broken.png", "content": base64.b64encode(b"broken").decode()},
        "holds text; its extension promises PNG",
    ),
    "audio": ({"file": "sound.xyz"}, "has the extension '.xyz'; .* are accepted"),
    "tables": ({"vibration": None, "load": math.inf}, "column 'load' must be a finite number"),
    "text": ({"text": " "}, "has no text"),
}


def _by_place(scores: pd.DataFrame, trained: Any) -> pd.DataFrame:
    """Return the rows that the command wrote for the items of a frame, in its order."""
    rows = scores["row"] if "row" in scores else [None] * len(scores)
    placed = scores.set_axis(pd.MultiIndex.from_arrays([scores["file"], rows]))
    return placed.loc[[trained.places[identity] for identity in trained.columns.index]]


@contextmanager
def _server(project: Any, model: str) -> Iterator[Callable[[list[dict[str, Any]]], pd.DataFrame]]:
    """Run `mlflow models serve`; yield a function from rows to what it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "mlflow", "models", "serve", "-m", model),
            *("--env-manager", "local", "--port", address.rpartition(":")[2]),
        ],
        env={**_environment(), "MLFLOW_TRACKING_URI": f"sqlite:///{project.root}/mlflow/mlflow.db"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

    def ask(rows: list[dict[str, Any]]) -> pd.DataFrame:
        request = urllib.request.Request(
            f"{address}/invocations",
            json.dumps({"dataframe_records": rows}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return pd.DataFrame(json.load(answer)["predictions"])

    try:
        _wait_for(f"{address}/ping", server)
        yield ask
    finally:
        _end(server)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(120):
        assert server.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(1)
        else:
            return
    raise TimeoutError("the server does not answer")


def _end(server: "subprocess.Popen[bytes]") -> None:
    os.killpg(server.pid, signal.SIGTERM)
    server.wait(timeout=30)
