"""A schema accepts what it was inferred from, and names what breaks it."""

import numpy as np
import pandas as pd
import pytest

from kizu.preprocessing.table_schema import (
    SchemaError,
    enforce_schema,
    find_violations,
    infer_schema,
    read_schema,
)


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": [f"n{number}" for number in range(30)],
            "count": np.arange(30) % 7,
            "size": np.linspace(1, 4, 30),
            "bit": [0, 1] * 15,
            "sure": [True, False] * 15,
            "perhaps": pd.array([True, None] * 15, dtype="boolean"),
            "kind": ["a", "b", None] * 10,
        },
        index=[f"t.csv:{line}" for line in range(2, 32)],
    )


def test_the_schema_accepts_its_own_table_and_is_the_same_each_time(table):
    schema = infer_schema(table)
    assert find_violations(table, schema)[1] == []
    assert infer_schema(table) == schema
    assert read_schema(schema).to_yaml() == schema


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("size", 9.0, "must be between 0.0 and 5.5"),
        ("size", None, "must not be missing"),
        ("size", "large", "must be a number"),
        ("count", 1.5, "must be a whole number"),
        ("count", -1, "must be between 0 and 9"),
        ("bit", 2, "must be one of 0, 1"),
        ("sure", None, "must not be missing"),
        ("perhaps", "no", "must be true or false"),
        ("kind", "c", "must be one of a, b"),
        ("name", "n1", "must be different in every row"),
    ],
)
def test_a_violation_names_column_row_and_rule(table, column, value, rule):
    damaged = table.astype({column: object})
    damaged.loc["t.csv:9", column] = value
    violations = find_violations(damaged, infer_schema(table))[1]
    assert ("t.csv:9", column, rule) in {(v.row, v.column, v.rule) for v in violations}
    assert {v.column for v in violations} == {column}
    with pytest.raises(SchemaError, match=f"column '{column}', row t.csv:9: {rule}"):
        enforce_schema(damaged, infer_schema(table))


def test_columns_that_are_missing_or_unknown_are_named(table):
    with pytest.raises(SchemaError) as error:
        enforce_schema(table.drop(columns="size").assign(color="red"), infer_schema(table))
    assert "column 'size': is missing" in str(error.value)
    assert "column 'color': is not in the schema" in str(error.value)


def test_new_rows_need_no_target_and_come_out_in_the_schemas_types(table):
    rows = table.drop(columns="bit").assign(size=2)
    checked = enforce_schema(rows, infer_schema(table), without=("bit",))
    assert checked["size"].dtype == float
    assert rows["size"].dtype == int, "the caller's table is left alone"


def test_a_text_that_is_no_schema_is_refused(table):
    with pytest.raises(SchemaError, match="no Pandera schema in YAML"):
        enforce_schema(table, "columns: [1, 2")
