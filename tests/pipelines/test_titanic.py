"""The profile of the Titanic: each step's worth, against scikit-learn's own one pipeline."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC

from kizu.pipelines.ingest_tables.nodes import collect_table
from kizu.pipelines.ingest_tables.parameters import IngestTablesParameters
from kizu.pipelines.tables.nodes import check_columns, compare_steps, plan_table, split_table
from kizu.pipelines.tables.parameters import TablesParameters

CONF = Path(__file__).parents[2] / "conf"
MIRROR = Path(os.environ.get("KIZU_DATA_MIRROR", "no mirror"))
EQUAL = 1e-12

pytestmark = pytest.mark.skipif(
    not (MIRROR / "titanic.csv").is_file(), reason="KIZU_DATA_MIRROR holds no titanic.csv"
)


def profile(stage: str) -> dict:
    """The stage's parameters in conf/base with those of conf/titanic over them."""
    base, changes = (
        yaml.safe_load((CONF / place / f"parameters_{stage}.yml").read_text())[stage]
        for place in ("base", "titanic")
    )
    return {
        key: value | changes.get(key, {}) if isinstance(value, dict) else changes.get(key, value)
        for key, value in base.items()
    }


@pytest.fixture(scope="module")
def stage():
    """Index, scores, and the columns of the stage `tables` on the Titanic."""
    parameters = TablesParameters(**profile("tables"))
    raw = collect_table(None, None, IngestTablesParameters(**profile("ingest_tables")))[0]
    features, target, roles, strengths = check_columns(raw, parameters)
    index = split_table(features, target, roles, strengths, parameters)
    plans, leaks, columns = plan_table(features, roles, strengths, index, parameters)
    return index, compare_steps(features, index, plans, leaks, parameters), columns


@pytest.fixture(scope="module")
def svc(stage):
    scores = stage[1]
    return scores[scores["model"] == "svc"].set_index("variant")


def reference(scaled: bool, sampler: object = None, standard: tuple[str, ...] = ()) -> object:
    """Written by hand from the raw file: no code of kizu."""
    robust = ["sibsp", "parch", "fare"]
    plain = "passthrough"
    flags = ["adult_male", "alone"]
    medians = SimpleImputer(strategy="median")
    words = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    transform = make_column_transformer(
        (
            make_pipeline(medians, StandardScaler() if scaled else plain),
            ["pclass", "age", *standard],
        ),
        (
            make_pipeline(medians, RobustScaler() if scaled else plain),
            [name for name in robust if name not in standard],
        ),
        (OrdinalEncoder(), ["sex"]),
        (words, ["embarked", "who", "deck"]),
        (FunctionTransformer(lambda frame: frame.astype(float)), flags),
    )
    return make_pipeline(transform, *([sampler] if sampler else []), SVC())


@pytest.mark.parametrize(
    ("variant", "pipeline"),
    [
        ("all_steps", reference(scaled=True)),
        ("without_scaling", reference(scaled=False)),
        ("standard_scaling_only", reference(scaled=True, standard=("sibsp", "parch", "fare"))),
        ("over_sampling", reference(scaled=True, sampler=RandomOverSampler(random_state=0))),
        ("under_sampling", reference(scaled=True, sampler=RandomUnderSampler(random_state=0))),
    ],
)
def test_the_svcs_accuracy_is_that_of_one_pipeline(stage, svc, variant, pipeline):
    frame = pd.read_csv(MIRROR / "titanic.csv").astype({"deck": object, "embarked": object})
    split = stage[0]["split"].to_numpy()
    train, test = frame[split == "train"], frame[split == "test"]
    pipeline.fit(train, train["survived"])
    for name, rows in (("train", train), ("test", test)):
        accuracy = pipeline.score(rows, rows["survived"])
        assert svc.loc[variant, f"{name}_accuracy"] == pytest.approx(accuracy, rel=0, abs=EQUAL)


def test_every_variant_decides_as_its_own_one_pipeline(svc):
    assert len(svc) == 9
    np.testing.assert_allclose(svc["pipeline_test_accuracy"], svc["test_accuracy"], atol=EQUAL)
    assert svc["pipeline_difference"].max() <= EQUAL


def test_alive_is_named_as_the_leak_and_only_alive(stage, svc):
    columns = {column["name"]: column for column in stage[2]}
    assert [name for name, column in columns.items() if column["leak"]] == ["alive"]
    assert columns["alive"]["encoding_reason"].startswith("leak: it alone removes 100.0%")
    assert svc.loc["with_leaks", "test_accuracy"] > 0.97 > svc.loc["all_steps", "test_accuracy"]


def test_scaling_is_worth_something_to_the_svc(svc):
    gain = svc.loc["all_steps", "test_accuracy"] - svc.loc["without_scaling", "test_accuracy"]
    assert gain > 0.05
