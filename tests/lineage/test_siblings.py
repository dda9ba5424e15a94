"""Which stages run at once, and in which order."""

import threading

from kizu.lineage.dvc_command import DvcRun
from kizu.lineage.siblings import run_siblings, stale_and_after

#   a -> b -> d -> e
#   a -> c -> d      f
UPSTREAM = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ("d",), "f": ()}


def result(stage: str, code: int = 0) -> DvcRun:
    return DvcRun(code, (stage,), ())


def names(runs: list[DvcRun]) -> list[str]:
    return [run.messages[0] for run in runs]


def test_every_stage_comes_after_those_before_it():
    started: list[str] = []
    done: set[str] = set()

    def run(stage: str) -> DvcRun:
        assert {*UPSTREAM[stage]} <= done
        started.append(stage)
        done.add(stage)
        return result(stage)

    assert {*names(run_siblings(UPSTREAM, UPSTREAM, run, jobs=3))} == {*UPSTREAM}
    assert sorted(started) == sorted(UPSTREAM)


def test_siblings_run_at_once():
    both = threading.Barrier(2, timeout=10)

    def run(stage: str) -> DvcRun:
        if stage in "bc":
            both.wait()
        return result(stage)

    run_siblings("abcd", UPSTREAM, run, jobs=2)


def test_what_is_up_to_date_is_not_waited_for():
    assert names(run_siblings("dce", UPSTREAM, result, jobs=2)) == ["c", "d", "e"]


def test_nothing_starts_after_a_failure_and_what_runs_is_waited_for():
    running, failed = threading.Event(), threading.Event()

    def run(stage: str) -> DvcRun:
        if stage == "b":
            running.wait(10)
            failed.set()
            return result(stage, 255)
        running.set()
        failed.wait(10)
        return result(stage)

    assert sorted(names(run_siblings("bcde", UPSTREAM, run, jobs=2))) == ["b", "c"]


def test_nothing_to_do():
    assert run_siblings((), UPSTREAM, result, jobs=2) == []


def test_stale_stages_and_those_after_them():
    assert stale_and_after({"c"}, UPSTREAM, UPSTREAM) == {"c", "d", "e"}
    assert stale_and_after({"c", "f"}, ["d"], UPSTREAM) == {"c", "d"}
    assert stale_and_after({"f"}, ["e"], UPSTREAM) == set()
    assert stale_and_after(set(), UPSTREAM, UPSTREAM) == set()
