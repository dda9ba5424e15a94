"""The same project under Kedro's own command line."""

import json

CREDENTIALS = """
    import json
    from pathlib import Path

    from kedro.io import AbstractDataset

    class GuardedDataset(AbstractDataset):
        def __init__(self, *, filepath, credentials, metadata=None):
            self.path, self.credentials = Path(filepath), credentials

        def load(self):
            return json.loads(self.path.read_text())

        def save(self, data):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps([data, self.credentials]))

        def _describe(self):
            return {}
    """


def test_kedro_run_does_all_stages_and_gives_nodes_what_kizu_gives(toy):
    run = toy.command("kedro", "run")
    assert run.returncode == 0, run.stderr
    # The node that takes a plain mapping gets one, though another one takes the typed model.
    assert toy.path("data/08_reporting/page.html").read_text() == "<p>line 40.0</p>\n"
    assert not toy.path("data/.checkpoints/train").exists()


def test_kedro_run_of_one_stage_and_of_a_profile(toy):
    toy.write("conf/big/parameters.yml", "prepare:\n  count: 2\n")
    run = toy.command("kedro", "run", "--pipelines", "prepare", "--env", "big")
    assert run.returncode == 0, run.stderr
    assert json.loads(toy.path("data/big/01_raw/numbers.json").read_text()) == [0, 1]


def test_kedro_run_shows_wrong_parameters_as_kizu_does(toy):
    toy.edit("conf/base/parameters_prepare.yml", "count: 5", "count: 0")
    run = toy.command("kedro", "run")
    assert run.returncode == 1
    assert (
        "Error: 1 parameter is wrong:\n"
        "  conf/base/parameters_prepare.yml:2: prepare.count = 0: must be greater than 0\n"
        "  -> correct the lines named above; nothing has run\n"
    ) in run.stderr
    assert "Traceback" not in run.stderr


def test_kedro_run_takes_parameters_from_the_command_line(toy):
    run = toy.command("kedro", "run", "--pipelines", "prepare", "--params", "prepare.count=3")
    assert run.returncode == 0, run.stderr
    assert json.loads(toy.path("data/01_raw/numbers.json").read_text()) == [0, 1, 2]


def test_kedro_lists_the_stages(toy):
    listed = toy.command("kedro", "registry", "list").stdout.splitlines()
    names = [line.removeprefix("- ") for line in listed if line.startswith("- ")]
    assert names == ["__default__", "prepare", "train", "write"]


def test_credentials_come_from_conf_local_whatever_the_profile(toy):
    toy.write("src/toy/guarded.py", CREDENTIALS)
    toy.edit(
        "conf/base/catalog.yml",
        "  type: kizu.datasets.json.JsonDataset\n  filepath: data/01_raw/numbers.json",
        "  type: toy.guarded.GuardedDataset\n  filepath: data/01_raw/numbers.json\n"
        "  credentials: store",
    )
    toy.write("conf/local/credentials.yml", "store: {key: secret}\n")
    toy.write("conf/big/parameters.yml", "prepare:\n  count: 1\n")
    for command in ("kizu run prepare --env big", "kedro run --pipelines prepare --env big"):
        toy.path("data/big/01_raw/numbers.json").unlink(missing_ok=True)
        run = toy.command(*command.split())
        assert run.returncode == 0, run.stderr
        written = json.loads(toy.path("data/big/01_raw/numbers.json").read_text())
        assert written == [[0.0], {"key": "secret"}]
