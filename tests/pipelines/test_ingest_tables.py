"""The stage `ingest_tables`, run by Kedro."""

from pathlib import Path

import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from pydantic import ValidationError

from kizu.pipelines.ingest_tables import create_pipeline
from kizu.pipelines.ingest_tables.parameters import IngestTablesParameters
from kizu.preprocessing.table_schema import SchemaError
from kizu.sources.manifest import RejectShareError

OUTPUTS = [
    "raw_table",
    "table_manifest",
    "table_rejects",
    "table_origin",
    "table_schema",
    "ingest_tables_metrics",
]


@pytest.fixture
def settings(shrunk_parameters):
    return shrunk_parameters["ingest_tables"]


def ingest(settings: dict, folder: Path | None = None, schema: str | None = None) -> dict:
    catalog = DataCatalog(
        {
            "source_tables": MemoryDataset(folder),
            "source_table_schema": MemoryDataset(schema),
            "params:ingest_tables": MemoryDataset(IngestTablesParameters(**settings)),
            **{name: MemoryDataset() for name in OUTPUTS},
        }
    )
    SequentialRunner().run(create_pipeline(), catalog)
    return {name: catalog.load(name) for name in OUTPUTS}


@pytest.fixture
def folder(tmp_path):
    """Two text tables and a Parquet table of equal columns, and three files that are none."""
    place = tmp_path / "tables"
    place.mkdir()
    (place / "a.csv").write_text("code,size,kind\n007,1,x\n008,2\n009,3,y\n")
    (place / "b.csv").write_bytes("kind;code;size\r\nü;010;4.5\r\nz;011;\r\n".encode("cp1252"))
    pd.DataFrame({"code": ["012"], "size": [6.0], "kind": ["x"]}).to_parquet(place / "c.parquet")
    (place / "d.csv").write_text("code,weight\n1,2\n")
    (place / "e.csv").write_text("")
    (place / "f.xlsx").write_bytes(b"PK\x03\x04")
    return place


@pytest.fixture
def folder_settings(settings):
    return settings | {"source": "folder", "max_reject_share": 0.5}


def test_the_builtin_table_is_usable_and_says_that_it_is_synthetic(settings):
    outputs = ingest(settings)
    table = outputs["raw_table"]
    assert table.columns[0] == "row_id"
    assert table["row_id"].tolist()[:2] == ["machine_telemetry.csv:2", "machine_telemetry.csv:3"]
    assert table["row_id"].is_unique
    assert outputs["ingest_tables_metrics"]["rows"] == len(table) == 4000
    assert outputs["ingest_tables_metrics"]["rejected_rows"] == 0
    assert "Synthetic" in outputs["table_origin"]["note"]
    assert outputs["table_manifest"].columns.tolist() == [
        "id",
        "path",
        "sha256",
        "size_bytes",
        "rows",
        "columns",
        "encoding",
        "separator",
        "label",
        "split",
    ]
    assert len(outputs["table_rejects"]) == 0


def test_files_of_equal_columns_become_one_table(folder_settings, folder):
    outputs = ingest(folder_settings, folder)
    expected = pd.DataFrame(
        {
            "row_id": ["a.csv:2", "a.csv:4", "b.csv:2", "b.csv:3", "c.parquet:1"],
            "code": ["007", "009", "010", "011", "012"],
            "size": [1.0, 3.0, 4.5, None, 6.0],
            "kind": ["x", "y", "ü", "z", "x"],
        }
    )
    pd.testing.assert_frame_equal(outputs["raw_table"], expected)
    assert outputs["table_manifest"]["encoding"].tolist() == ["utf-8", "cp1252", ""]


def test_what_is_left_out_is_listed_with_its_line_and_reason(folder_settings, folder):
    rejects = ingest(folder_settings, folder)["table_rejects"]
    assert dict(zip(rejects["file"], rejects["reason"], strict=True)) == {
        "a.csv:3": "has 2 fields; the header has 3",
        "d.csv": "has other columns than a.csv: it lacks 'size', 'kind' and adds 'weight'",
        "e.csv": "is empty",
        "f.xlsx": "has the extension '.xlsx'; .csv, .tsv, .txt, .parquet are accepted",
    }


def test_too_many_broken_rows_end_the_stage(settings, tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n3\n4,5\n")
    with pytest.raises(RejectShareError, match=r"1 of 3 rows cannot be used \(33\.3%\)") as error:
        ingest(settings | {"source": "folder", "max_reject_share": 0.3}, tmp_path)
    assert "a.csv:3: has 1 field; the header has 2" in str(error.value)


def test_rows_that_break_a_given_schema_are_left_out_with_column_and_rule(folder_settings, folder):
    schema = ingest(folder_settings, folder)["table_schema"]
    (folder / "a.csv").write_text("code,size,kind\n1,1,x\n2,900,y\n3,many,y\n4,2,new\n")
    outputs = ingest(folder_settings, folder, schema)
    rejects = outputs["table_rejects"].set_index("file")["reason"]
    assert rejects["a.csv:3"] == "column 'size' must be between 0.0 and 8.5; it is 900.0"
    assert rejects["a.csv:4"] == "column 'size' must be a number; it is 'many'"
    assert rejects["a.csv:5"] == "column 'kind' must be one of x, y, z, ü; it is 'new'"
    assert "a.csv:2" in set(outputs["raw_table"]["row_id"])
    assert outputs["raw_table"]["size"].dtype == float
    assert outputs["table_schema"] == schema


def test_a_table_of_other_columns_than_the_schemas_ends_the_stage(folder_settings, folder):
    schema = ingest(folder_settings, folder)["table_schema"]
    for file in folder.iterdir():
        file.unlink()
    (folder / "a.csv").write_text("code,kind,color\n1,x,red\n")
    with pytest.raises(SchemaError) as error:
        ingest(folder_settings, folder, schema)
    assert "column 'size': is missing" in str(error.value)
    assert "column 'color': is not in the schema" in str(error.value)


def test_a_folder_source_without_a_folder_names_the_catalog_entry(settings):
    with pytest.raises(ValueError, match=r"'source_tables' names no folder.*filepath"):
        ingest(settings | {"source": "folder"})


def test_an_unknown_encoding_is_named(settings):
    checks = settings["checks"] | {"encoding": "utf-9"}
    with pytest.raises(ValidationError, match="unknown encoding 'utf-9'"):
        IngestTablesParameters(**(settings | {"checks": checks}))
