"""Every step on columns, against pandas, NumPy, SciPy and scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from kizu.preprocessing.table_alignment import align
from kizu.preprocessing.table_baselines import draw_rows
from kizu.preprocessing.table_distributions import describe_distribution, recommend_scaler
from kizu.preprocessing.table_missing import count_missing, fit_medians, impute
from kizu.preprocessing.table_outliers import OutlierClipper, count_outliers, fences
from kizu.preprocessing.table_plan import ColumnPlan, feature_names, plan_columns
from kizu.preprocessing.table_resampling import resample
from kizu.preprocessing.table_roles import column_roles, separate_target, usable_columns
from kizu.preprocessing.table_steps import fit_scale, prepare_by_steps, scale
from kizu.preprocessing.table_transform import build_transform

NUMBERS = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))


def plans_of(frame: pd.DataFrame, **changes) -> list[ColumnPlan]:
    settings = {"drop": {}, "ordinal": {}, "max_levels": 5, "significance": 0.01}
    settings |= {"outlier_share": 0.02} | changes
    return plan_columns(frame, column_roles(frame, settings["ordinal"]), **settings)


@pytest.fixture
def mixed() -> pd.DataFrame:
    """Every kind of column, 200 rows, with holes."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "normal": random.normal(10, 2, 200),
            "uniform": random.uniform(0, 1, 200),
            "skewed": random.lognormal(0, 1, 200),
            "flag": random.random(200) < 0.5,
            "two": np.where(random.random(200) < 0.5, "on", "off"),
            "many": random.choice(
                list("abcdefgh"), 200, p=[0.3, 0.2, 0.2, 0.1, 0.1, 0.05, 0.03, 0.02]
            ),
            "level": random.choice(["low", "high"], 200),
            "same": "x",
            "id": [f"n{number}" for number in range(200)],
        }
    )
    frame["flag"] = frame["flag"].astype("boolean")
    for name in ("normal", "many", "flag"):
        frame.loc[random.choice(200, 20, replace=False), name] = None
    return frame


def test_each_column_is_encoded_by_its_role_with_a_reason(mixed):
    plans = {plan.name: plan for plan in plans_of(mixed, ordinal={"level": ["low", "high"]})}
    assert {name: plan.encoding for name, plan in plans.items()} == {
        "normal": "number",
        "uniform": "number",
        "skewed": "number",
        "flag": "zero_one",
        "two": "label",
        "many": "one_hot",
        "level": "label",
        "same": "drop",
        "id": "drop",
    }
    assert plans["level"].levels == ("low", "high")
    assert plans["many"].levels == ("a", "b", "c", "d", "e", "other", "missing")
    assert plans["two"].encoding_reason == "two values: one column of 0 and 1 says it all"
    assert plans["id"].encoding_reason.startswith("identifier: 200 different texts in 200 rows")


def test_the_scaler_follows_the_distribution(mixed):
    scalers = {plan.name: plan.scaler for plan in plans_of(mixed)}
    assert scalers["normal"] == "standard"
    assert scalers["uniform"] == "min_max"
    assert scalers["skewed"] == "robust"


def test_the_tests_are_scipys_and_missing_values_take_no_part():
    values = np.random.default_rng(1).normal(size=300)
    found = describe_distribution(np.concatenate([values, [np.nan, np.inf]]))
    assert found is not None
    assert found.count == 300
    assert found.normal_p == stats.shapiro(values).pvalue
    counts = np.histogram(values, bins=10)[0]
    assert found.uniform_p == pytest.approx(
        stats.chi2.sf(((counts - 30) ** 2 / 30).sum(), df=9), rel=1e-9
    )
    assert recommend_scaler(None, significance=0.01, outlier_share=0.02)[0] == "none"


@given(arrays.arrays(float, st.integers(1, 40), elements=NUMBERS))
def test_fences_and_their_outliers_are_tukeys(values):
    low, high = fences(values)
    first, third = np.percentile(values, 25), np.percentile(values, 75)
    assert low == pytest.approx(first - 1.5 * (third - first))
    assert high == pytest.approx(third + 1.5 * (third - first))
    assert count_outliers(values, (low, high)) == sum(v < low or v > high for v in values)
    clipped = OutlierClipper().fit_transform(values[:, np.newaxis])
    np.testing.assert_array_equal(clipped[:, 0], np.minimum(np.maximum(values, low), high))


@pytest.mark.parametrize(
    ("name", "reference"),
    [("standard", StandardScaler), ("min_max", MinMaxScaler), ("robust", RobustScaler)],
)
@given(values=arrays.arrays(float, st.integers(2, 30), elements=NUMBERS))
def test_scales_are_scikit_learns(name, reference, values):
    expected = reference().fit_transform(values[:, np.newaxis])[:, 0]
    own = scale(pd.DataFrame({"x": values}), {"x": fit_scale(values, name)})["x"]
    if np.ptp(values) > 1e-6 * np.abs(values).max():  # else scikit-learn calls it constant
        np.testing.assert_allclose(own, expected, rtol=1e-9, atol=1e-9)


def test_missing_values_are_counted_and_imputed_by_the_medians_of_the_training_rows():
    train = pd.DataFrame({"a": [1.0, 2.0, np.nan, 9.0], "b": [np.inf, 1.0, 1.0, 1.0]})
    assert count_missing(train) == {"a": 1, "b": 1}
    medians = fit_medians(train[["a"]])
    assert medians == {"a": 2.0}
    assert impute(pd.DataFrame({"a": [np.nan, 5.0]}), medians)["a"].tolist() == [2.0, 5.0]


@pytest.mark.parametrize("clip_outliers", [False, True])
def test_steps_one_by_one_are_the_column_transformer(mixed, clip_outliers):
    train, test = mixed[:120], mixed[120:]
    plans = plans_of(train, ordinal={"level": ["low", "high"]})
    aligned = [align(part, plans)[0] for part in (train, test)]
    transform = build_transform(plans, clip_outliers=clip_outliers).fit(aligned[0])
    steps = prepare_by_steps(aligned[0], aligned[1:], plans, clip_outliers=clip_outliers)
    for part, frame in zip(aligned, steps, strict=True):
        assert frame.columns.tolist() == feature_names(plans)
        np.testing.assert_allclose(frame.to_numpy(), transform.transform(part), rtol=0, atol=1e-12)


def test_rows_that_are_in_form_already_come_out_the_same(mixed):
    plans = plans_of(mixed)
    once, _ = align(mixed, plans)
    twice, report = align(once, plans)
    pd.testing.assert_frame_equal(once, twice)
    assert (report.added, report.dropped, report.reordered, report.unknown) == ((), (), False, {})


def test_other_rows_are_aligned_and_all_that_was_done_is_reported(mixed):
    plans = plans_of(mixed)
    rows = pd.DataFrame(
        {
            "more": [1, 2, 3],
            "two": ["on", "between", None],
            "flag": ["true", 0, "maybe"],
            "many": ["a", "zebra", None],
            "normal": ["1.5", "-", np.inf],
            "skewed": [1, 2, 3],
            "level": ["low", "high", "low"],
        }
    )
    aligned, report = align(rows, plans)
    assert aligned.columns.tolist() == [
        "normal", "uniform", "skewed", "flag", "two", "many", "level",
    ]  # fmt: skip
    assert report.added == ("uniform",)
    assert report.dropped == ("more",)
    assert report.reordered
    assert report.unknown == {"normal": 2, "flag": 1, "two": 1, "many": 1}
    assert aligned["many"].tolist() == ["a", "other", "missing"]
    np.testing.assert_array_equal(aligned["flag"], [1.0, 0.0, np.nan])
    transform = build_transform(plans, clip_outliers=False).fit(align(mixed, plans)[0])
    assert np.isfinite(transform.transform(aligned)).all()


@given(st.lists(st.sampled_from([0, 0, 0, 1, 2]), min_size=6).filter(lambda x: len(set(x)) > 1))
def test_resampling_makes_classes_equally_frequent(labels):
    classes = np.array(labels)
    counts = np.bincount(classes)
    counts = counts[counts > 0]
    under, over = resample(classes, "under", 0), resample(classes, "over", 0)
    assert (np.unique(classes[under], return_counts=True)[1] == counts.min()).all()
    assert len(set(under.tolist())) == len(under)
    assert (np.unique(classes[over], return_counts=True)[1] == counts.max()).all()
    assert set(over.tolist()) == set(range(len(classes)))
    assert resample(classes, "none", 0).tolist() == list(range(len(classes)))


def test_target_and_features_are_apart_and_rows_without_a_target_are_left_out():
    frame = pd.DataFrame({"x": [1, 2, 3], "y": [1.0, np.nan, 0.0]})
    features, target = separate_target(frame, "y")
    assert features.columns.tolist() == ["x"]
    assert features["x"].tolist() == [1, 3]
    assert target.tolist() == ["1", "0"]


@given(st.lists(st.sampled_from("aab"), min_size=2), st.integers(1, 30))
def test_drawn_rows_keep_the_classes_in_proportion(labels, most):
    classes = np.array(labels)
    drawn = draw_rows(classes, most, seed=0)
    assert drawn.tolist() == sorted(set(drawn.tolist()))
    assert len(drawn) == min(most, len(classes))
    for name in set(labels):
        share = labels.count(name) / len(labels)
        assert abs((classes[drawn] == name).sum() - share * len(drawn)) <= 1


def test_names_that_scikit_learn_refuses_are_no_problem():
    frame = pd.DataFrame({"a__b": [0.5, 1.5, 2.5, 9.5], "steps": [4.5, 3.5, 1.5, 7.5]})
    plans = plans_of(frame)
    aligned, _ = align(frame, plans)
    assert build_transform(plans, clip_outliers=True).fit_transform(aligned).shape == (4, 2)


def test_a_column_named_like_another_columns_level_is_refused():
    frame = pd.DataFrame({"a": list("xyzxyz"), "a=x": [0.5, 1.5, 2.5, 9.5, 3.5, 4.0]})
    with pytest.raises(ValueError, match="'a=x' has the name of another column's level"):
        feature_names(plans_of(frame))


def test_a_table_without_a_usable_column_says_why_of_each():
    frame = pd.DataFrame({"id": ["p", "q", "r"], "same": [1, 1, 1], "x": [1.0, 5.0, 2.0]})
    with pytest.raises(
        ValueError, match=r"(?s)id: 3 different texts.*same: is .*1.* in every row.*x: why"
    ):
        usable_columns(column_roles(frame, {}), {"x": "why"})
