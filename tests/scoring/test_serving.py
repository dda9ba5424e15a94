"""Scorers as MLflow models, loaded and served."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import kizu
from kizu.cli import main
from kizu.scorers import folder_files
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

    rows = json.loads(
        frame.map(
            lambda value: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        ).to_json(orient="records", double_precision=15)
    )
    response = invocations(
        json.dumps({"dataframe_records": rows}),
        "application/json",
        model,
        model.metadata.get_input_schema(),
    )
    assert response.status == 200, response.response
    return pd.DataFrame(json.loads(response.response)["predictions"])


@pytest.mark.slow
def test_registered_and_served(project, train, tmp_path):
    """Files by the command line, a frame in Python and rows by HTTP: the same scores."""
    trained = train("images")
    trained.put(project, "images")
    result = CliRunner().invoke(main, ["register"])
    assert result.exit_code == 0, result.output
    assert "models:/kizu-images/1 is registered" in result.output
    scored = CliRunner().invoke(main, ["score", str(trained.source)])
    assert scored.exit_code == 0, scored.output
    by_command = pd.read_csv("scores/scores.csv").set_index("file").loc[trained.columns["file"]]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "mlflow", "models", "serve", "-m", "models:/kizu-images/1"),
            *("--env-manager", "local", "--port", str(port)),
        ],
        env={**_environment(), "MLFLOW_TRACKING_URI": f"sqlite:///{project.root}/mlflow/mlflow.db"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/ping", server)
        rows = [
            {"file": file, "content": base64.b64encode(content).decode()}
            for file, content in trained.columns[["file", "content"]].itertuples(index=False)
        ]
        rows.append({"file": "broken.png", "content": base64.b64encode(b"broken").decode()})
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/invocations",
            json.dumps({"dataframe_records": rows}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            by_http = pd.DataFrame(json.load(answer)["predictions"])
    finally:
        _end(server)
    assert by_http["rejected"].iloc[-1] == "holds text; its extension promises PNG"
    by_http = by_http.iloc[:-1]
    in_python = trained.scorer.score(trained.columns)
    for name in in_python.select_dtypes(float):
        np.testing.assert_allclose(by_http[name].astype(float), in_python[name], atol=1e-6)
        np.testing.assert_allclose(by_command[name], in_python[name], atol=1e-6)
    assert by_http["flag"].tolist() == in_python["flag"].tolist() == by_command["flag"].tolist()


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
