"""Running several stages at once, each as soon as those before it are done."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter

from kizu.lineage.dvc_command import DvcRun


def run_siblings(
    todo: Collection[str],
    upstream: Mapping[str, Collection[str]],
    run: Callable[[str], DvcRun],
    jobs: int,
) -> list[DvcRun]:
    """Call ``run`` for every stage, in threads.

    Args:
        todo: the stages.
        upstream: for every stage, those that must be done before it; others than ``todo`` are.
        run: runs one stage.
        jobs: how many at once.

    Returns:
        What came of each. After a failure nothing more is started, and what runs is waited for.
    """
    sorter = TopologicalSorter({name: {*upstream[name]} & {*todo} for name in sorted(todo)})
    sorter.prepare()
    runs: list[DvcRun] = []
    with ThreadPoolExecutor(jobs) as pool:
        running: dict[Future[DvcRun], str] = {}
        while sorter.is_active():
            running |= {pool.submit(run, name): name for name in sorted(sorter.get_ready())}
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                runs.append(future.result())
                sorter.done(running.pop(future))
            if any(run.code for run in runs):
                pool.shutdown(cancel_futures=True)
                return runs + [future.result() for future in running if not future.cancelled()]
    return runs


def stale_and_after(
    stale: Collection[str], wanted: Collection[str], upstream: Mapping[str, Collection[str]]
) -> set[str]:
    """Return the stages that are stale, or read what a stale one will make anew.

    Args:
        stale: the stages that are not up to date themselves.
        wanted: the stages to consider; those before them count as well.
        upstream: for every stage, those that make its inputs.
    """
    order = [*TopologicalSorter(upstream).static_order()]
    considered = {*wanted}
    for name in reversed(order):
        if name in considered:
            considered |= {*upstream[name]}
    todo: set[str] = set()
    for name in order:
        if name in considered and (name in stale or todo & {*upstream[name]}):
            todo.add(name)
    return todo
