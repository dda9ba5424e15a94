"""Types of columns of text, and of columns that a Parquet file brings."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from kizu.preprocessing.table_types import infer_types, plain_types, read_values


@pytest.mark.parametrize(
    ("texts", "expected", "kind"),
    [
        (["1", " 2"], [1, 2], "int64"),
        (["1", ""], [1.0, None], "float64"),
        (["1.5", "-2e3"], [1.5, -2000.0], "float64"),
        (["inf", "1"], [np.inf, 1.0], "float64"),
        (["true", "FALSE"], [True, False], "bool"),
        (["True", "NA"], [True, None], "boolean"),
        (["007", "12"], ["007", "12"], "str"),
        (["0.5", "0"], [0.5, 0.0], "float64"),
        (["none", "jam"], ["none", "jam"], "str"),
        (["n/a", "jam"], [None, "jam"], "str"),
        (["1", "one"], ["1", "one"], "str"),
        (["", "nan"], [None, None], "float64"),
    ],
)
def test_the_narrowest_type_that_holds_all_values(texts, expected, kind):
    found = infer_types(pd.DataFrame({"x": texts}, dtype="str"))["x"]
    pd.testing.assert_series_equal(found, pd.Series(expected, dtype=kind, name="x"))


def test_a_decimal_comma_is_one_where_the_parameters_say_so():
    frame = pd.DataFrame({"x": ["1,5", "2"]}, dtype="str")
    assert infer_types(frame, ",")["x"].tolist() == [1.5, 2.0]
    assert infer_types(frame)["x"].tolist() == ["1,5", "2"]


@pytest.mark.parametrize(
    ("values", "expected", "kind"),
    [
        (pd.Series([1, 2], dtype="int8"), [1, 2], "int64"),
        (pd.Series([1, None], dtype="Int16"), [1.0, None], "float64"),
        (pd.Series([0.5], dtype="float32"), [0.5], "float64"),
        (pd.Series([True, None], dtype=object), [True, None], "boolean"),
        (pd.Series([Decimal("1.5"), None], dtype=object), [1.5, None], "float64"),
        (pd.Series(["a", None], dtype="category"), ["a", None], "str"),
        (pd.Series([datetime.date(2024, 1, 2)]), ["2024-01-02"], "str"),
        (pd.Series(["a", 1, None], dtype=object), ["a", "1", None], "str"),
    ],
)
def test_typed_columns_get_the_same_few_types(values, expected, kind):
    found = plain_types(values.to_frame("x"))["x"]
    pd.testing.assert_series_equal(found, pd.Series(expected, dtype=kind, name="x"))


def test_codes_keep_their_zeros_with_a_decimal_comma_too() -> None:
    inferred = infer_types(pd.DataFrame({"code": ["01067", "80331"], "x": ["0,5", "-12,25"]}), ",")

    assert inferred["code"].tolist() == ["01067", "80331"]
    assert inferred["x"].tolist() == [0.5, -12.25]


def test_points_part_thousands_where_commas_part_decimals() -> None:
    texts = {"x": ["1.234", "8.750,36", "7"], "version": ["1.5", "1.6", "2"]}
    inferred = infer_types(pd.DataFrame(texts), ",")

    assert inferred["x"].tolist() == [1234.0, 8750.36, 7.0]
    assert inferred["version"].tolist() == ["1.5", "1.6", "2"]


@pytest.mark.parametrize(
    ("values", "stays_text"),
    [
        (["9223372036854775807", "-1"], False),
        (["9223372036854775808", "1"], True),
        (["123456789012345678901234", "1"], True),
        (["9007199254740993", ""], True),
        (["9007199254740992", ""], False),
        (["9007199254740993", "0.5"], True),
    ],
)
def test_no_integer_loses_a_digit(values: list[str], stays_text: bool) -> None:
    inferred = infer_types(pd.DataFrame({"x": values}))["x"]

    assert (inferred.dtype == "str") == stays_text
    if stays_text:
        assert inferred[0] == values[0]


def test_unsigned_integers_beyond_the_signed_ones_become_text() -> None:
    large = 2**63 + 5
    plain = plain_types(pd.DataFrame({"x": np.array([large, 1], np.uint64)}))["x"]

    assert plain.tolist() == [str(large), "1"]


def test_a_value_by_itself_is_a_number_missing_or_what_stands_there():
    texts = ["1", " 2.5 ", "-", "NA", "", "high", "007", "1e3", "inf"]
    frame = pd.DataFrame({"size": texts, "kind": texts}, dtype="str")
    found = read_values(frame, ".", ["kind"])
    expected = [1.0, 2.5, None, None, None, "high", 7.0, 1000.0, np.inf]
    assert [None if value != value else value for value in found["size"]] == expected
    pd.testing.assert_series_equal(found["kind"], infer_types(frame, ".", ["kind"])["kind"])
    for row in range(len(frame)):
        alone = read_values(frame.iloc[[row]], ".", ["kind"])["size"].iloc[0]
        together = found["size"].iloc[row]
        assert alone == together or (alone != alone and together != together)


def test_a_word_among_numbers_with_a_decimal_comma_spoils_no_other_value():
    frame = pd.DataFrame({"size": ["8.750,36", "1,5", "none", "2.5", "12"]}, dtype="str")
    found = read_values(frame, ",", [])["size"].tolist()
    assert found[:2] == [8750.36, 1.5]
    assert np.isnan(found[2])
    assert found[3:] == ["2.5", 12.0]
