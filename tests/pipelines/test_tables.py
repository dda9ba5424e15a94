"""The stage `tables`, run by Kedro on disk after `ingest_tables`, and parts of it in memory."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from kizu.pipelines.ingest_tables import create_pipeline as create_ingest_pipeline
from kizu.pipelines.ingest_tables.parameters import IngestTablesParameters
from kizu.pipelines.tables import create_pipeline
from kizu.pipelines.tables.nodes import check_columns, plan_table, split_table
from kizu.pipelines.tables.parameters import TablesParameters
from kizu.preprocessing.table_alignment import align
from kizu.preprocessing.table_leaks import LeakError
from kizu.preprocessing.table_plan import ColumnPlan
from kizu.preprocessing.table_roles import TargetError
from kizu.reporting.gallery import read_gallery
from kizu.reporting.sections.table_data import table_data_section
from kizu.sources.machine_telemetry import machine_telemetry

PROJECT = Path(__file__).parents[2]
# What the gallery must show: every operation on tables.
OPERATIONS = [
    "schema",
    "target",
    "split",
    "leaks",
    "drop",
    "one_hot",
    "label",
    "booleans",
    "missing",
    "imputation",
    "outliers",
    "clipping",
    "distributions",
    "scaling",
    "resampling",
    "alignment",
    "svc",
    "boosted_trees",
]
_MOST_FIGURE_BYTES = 60_000


@pytest.fixture(scope="module")
def settings(shrunk_parameters):
    return shrunk_parameters["tables"]


@pytest.fixture(scope="module")
def run(shrunk_parameters, settings, tmp_path_factory):
    """Runs both stages on 800 rows of telemetry with the catalog of conf/base, in a new place."""
    source = tmp_path_factory.mktemp("source")
    machine_telemetry(800, 1).to_csv(source / "machines.csv", index=False)

    def run_stages(gallery: bool) -> tuple[Path, DataCatalog]:
        place = tmp_path_factory.mktemp("run")
        entries = {}
        for stage in ("ingest_tables", "tables"):
            file = PROJECT / "conf" / "base" / f"catalog_{stage}.yml"
            entries |= yaml.safe_load(file.read_text())
        for entry in entries.values():
            if entry["filepath"]:
                entry["filepath"] = str(place / entry["filepath"])
        entries["source_tables"]["filepath"] = str(source)
        catalog = DataCatalog.from_config(entries)
        ingest = shrunk_parameters["ingest_tables"] | {"source": "folder"}
        catalog["params:ingest_tables"] = MemoryDataset(IngestTablesParameters(**ingest))
        catalog["params:tables"] = MemoryDataset(TablesParameters(**settings))
        stages = create_ingest_pipeline() + create_pipeline()
        if not gallery:
            stages = stages.only_nodes(
                *(node.name for node in stages.nodes if node.name != "show_table_operations")
            )
        SequentialRunner().run(stages, catalog)
        return place, catalog

    return run_stages


@pytest.fixture(scope="module")
def whole(run):
    return run(gallery=True)


@pytest.fixture(scope="module")
def catalog(whole):
    return whole[1]


def contents(place: Path) -> dict[Path, bytes]:
    return {
        file.relative_to(place): file.read_bytes() for file in place.rglob("*") if file.is_file()
    }


def test_another_run_gives_the_same_bytes(run, whole):
    again = contents(run(gallery=False)[0])
    first = contents(whole[0])
    assert again == {name: first[name] for name in again}
    assert {name.name for name in again} >= {"transform.skops", "features.npy", "schema.yml"}


@pytest.mark.slow
def test_another_gallery_has_the_same_bytes(run, whole):
    assert contents(run(gallery=True)[0]) == contents(whole[0])


def test_the_model_input_has_a_row_for_each_row_and_a_name_for_each_column(catalog):
    features, index = catalog.load("table_features"), catalog.load("table_index")
    columns = catalog.load("table_columns")
    assert features.dtype == np.float32
    assert features.shape == (800, len(columns["features"]))
    assert np.isfinite(features).all()
    assert index.columns.tolist() == ["id", "source", "label", "class_name", "split"]
    assert index["label"].dtype == np.int64
    assert index["split"].value_counts().to_dict() == {
        "train": 400,
        "calibration": 200,
        "test": 200,
    }
    assert index["source"].unique().tolist() == ["machines.csv"]
    used = {column["name"] for column in columns["columns"] if column["encoding"] != "drop"}
    assert used.isdisjoint({"reading", "firmware", "alarm", "downtime_minutes"})


def test_saved_columns_and_transform_are_all_that_new_rows_need(catalog):
    """Loaded again, in a shuffled order and with another column, they give the saved input."""
    plans = [ColumnPlan.from_dict(column) for column in catalog.load("table_columns")["columns"]]
    assert [plan.as_dict() for plan in plans] == [
        {key: column[key] for key in plan.as_dict()}
        for plan, column in zip(plans, catalog.load("table_columns")["columns"], strict=True)
    ]
    raw = catalog.load("raw_table")
    shuffled = raw[list(reversed(raw.columns))].assign(comment="new")
    aligned, report = align(shuffled, plans)
    transform = catalog.load("table_transform")
    np.testing.assert_array_equal(
        transform.transform(aligned).astype(np.float32), catalog.load("table_features")
    )
    assert report.reordered
    assert "comment" in report.dropped


def test_the_transform_is_fitted_on_training_rows_alone(catalog):
    index, raw = catalog.load("table_index"), catalog.load("raw_table")
    train = raw[(index["split"] == "train").to_numpy()]
    transform = catalog.load("table_transform")
    (pipeline,) = [fit for _, fit, columns in transform.transformers_ if columns == ["pressure"]]
    assert pipeline["impute"].statistics_[0] == train["pressure"].median()
    filled = train["pressure"].fillna(train["pressure"].median())
    assert pipeline["scale"].mean_[0] == pytest.approx(filled.mean(), rel=1e-12)


def test_steps_and_one_pipeline_agree_in_every_variant(catalog):
    scores = catalog.load("table_scores")
    svc = scores[scores["model"] == "svc"]
    assert len(svc) == 9
    # A support vector machine sums over some hundred vectors: the last bits add up.
    assert svc["pipeline_difference"].max() < 1e-9
    assert (svc["pipeline_test_accuracy"] == svc["test_accuracy"]).all()


def test_metrics_count_what_the_table_holds(catalog):
    metrics, raw = catalog.load("tables_metrics"), catalog.load("raw_table")
    train = raw[(catalog.load("table_index")["split"] == "train").to_numpy()]
    assert metrics["leaks"] == 2
    assert metrics["train.missing"] == train.isna().sum().sum()
    assert metrics["class.1.count"] == raw["failure"].sum()
    assert "svc.without_scaling.test_accuracy" in metrics


def test_every_operation_is_shown_and_every_figure_is_small(catalog):
    exhibits = read_gallery(catalog.load("table_operations"))
    assert [shown.name for shown in exhibits] == OPERATIONS
    assert all(len(shown.png) < _MOST_FIGURE_BYTES for shown in exhibits)
    captions = {shown.name: shown.caption for shown in exhibits}
    assert captions["leaks"].startswith("alarm, downtime_minutes determine the target")


def test_the_reports_section_says_what_was_done_and_that_data_is_synthetic(catalog):
    section = table_data_section(
        catalog.load("table_index"),
        columns=catalog.load("table_columns"),
        metrics=catalog.load("tables_metrics"),
        scores=catalog.load("table_scores"),
        rejects=catalog.load("table_rejects"),
        origin=catalog.load("table_origin") | {"note": "Synthetic"},
        distributions=catalog.load("table_distributions"),
    )
    assert "800 rows of 17 columns" in section.lead
    text = repr(section.blocks)
    for expected in ("Synthetic", "leak: it alone removes", "Support vector machine", "robust"):
        assert expected in text


def frame(rows: int = 60) -> pd.DataFrame:
    """A table with one strong column, one weak one, and copies of rows."""
    random = np.random.default_rng(0)
    label = random.integers(0, 2, rows // 2)
    half = pd.DataFrame({"size": random.normal(size=rows // 2), "code": label * 3, "y": label})
    whole = pd.concat([half, half], ignore_index=True)
    return whole.assign(row_id=[f"a.csv:{line}" for line in range(2, rows + 2)])


def small(settings: dict, **changes) -> TablesParameters:
    return TablesParameters(**(settings | {"target": "y", "ordinal": []} | changes))


def test_a_leak_is_dropped_kept_or_refused_as_the_parameters_say(settings):
    for leaks, encoding in (("drop", "drop"), ("keep", "number")):
        parameters = small(settings, leaks=leaks)
        features, target, roles, strengths = check_columns(frame(), parameters)
        index = split_table(features, target, roles, strengths, parameters)
        plans, _, columns = plan_table(features, roles, strengths, index, parameters)
        assert {plan.name: plan.encoding for plan in plans}["code"] == encoding
        assert {column["name"]: column["leak"] for column in columns} == {
            "size": False,
            "code": True,
        }
    with pytest.raises(LeakError, match=r"code: leak: it alone removes 100\.0% of the errors"):
        check_columns(frame(), small(settings, leaks="refuse"))


def test_equal_rows_share_a_split(settings):
    parameters = small(settings)
    features, target, roles, strengths = check_columns(frame(), parameters)
    splits = split_table(features, target, roles, strengths, parameters)["split"].tolist()
    assert splits[:30] == splits[30:]
    assert set(splits) == {"train", "calibration", "test"}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"target": "z"}, TargetError, r"no column .z. \(target\); it has size"),
        ({"target": "size"}, TargetError, "60 different values"),
        ({"drop": ["sice"]}, ValueError, "drop names sice.*its features are size, code"),
        (
            {"ordinal": [{"column": "kind", "levels": ["a", "b"]}]},
            ValueError,
            "ordinal names kind",
        ),
    ],
)
def test_a_parameter_that_does_not_fit_the_table_is_named(settings, change, error, message):
    changed = small(settings, **change)
    with pytest.raises(error, match=message):
        check_columns(frame(120), changed)


def test_a_table_of_leaks_alone_is_refused(settings):
    parameters = small(settings)
    features, target, roles, strengths = check_columns(frame().drop(columns="size"), parameters)
    with pytest.raises(ValueError, match="no column that a model could use:\n  code: leak"):
        split_table(features, target, roles, strengths, parameters)
