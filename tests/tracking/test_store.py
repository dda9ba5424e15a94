"""What can be asked of the store."""

import pytest

from kizu.tracking.store import Store


@pytest.fixture
def store(project, database) -> Store:
    """A store with two commands, each of which ran two stages."""
    store = Store.connect(project.root)
    for time, command in enumerate(("first", "second"), start=1):
        parent = store.find_or_create({"kizu.session": command}, command, time, {})
        for stage in ("gan", "report"):
            tags = {"kizu.stage": stage, "mlflow.parentRunId": parent}
            store.find_or_create({"kizu.record": f"{command}-{stage}"}, stage, time, tags)
    return store


def records(runs) -> list[str]:
    return [run.data.tags["kizu.record"] for run in runs]


def test_a_stages_runs_by_their_name_or_that_of_their_command(store):
    assert records(store.named("gan", stage="gan")) == ["second-gan", "first-gan"]
    assert records(store.named("first", stage="gan")) == ["first-gan"]
    assert records(store.named("report", stage="gan")) == []
    assert store.named("it's none", stage="gan") == []


def test_a_stages_runs_by_an_id(store):
    (own,) = store.find({"kizu.record": "first-gan"})
    assert records(store.named(own.info.run_id, stage="gan")) == ["first-gan"]
    parent = own.data.tags["mlflow.parentRunId"]
    assert records(store.named(parent, stage="gan")) == ["first-gan"]
