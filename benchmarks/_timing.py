"""Side-by-side timing for the benchmarks: interleaved runs, medians, ratios, a table and a JSON.

A shared machine drifts by more than most differences worth measuring. The contestants therefore
take turns within every round, the ratio is formed round by round, and the median over the rounds
is reported.
"""

import importlib.util
import json
import multiprocessing
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tqdm import tqdm

RESULTS = Path(__file__).parent / "results"


def require(module: str, instructions: str) -> None:
    """Exit with status 2 and installation instructions unless ``module`` can be found."""
    if importlib.util.find_spec(module) is None:
        print(f"{Path(sys.argv[0]).name}: {module} is not installed. {instructions}")
        raise SystemExit(2)


@contextmanager
def own_processes(
    builders: Mapping[str, Callable[[], Callable[[], Any]]],
) -> Iterator[dict[str, Callable[[], None]]]:
    """Give every contestant a process of its own: allocator, threads and settings.

    Args:
        builders: module-level functions (or partials of them) that build what is to be run. They
            are called in the contestant's process.

    Yields:
        For each contestant a function that runs it once, there, and waits for it.
    """
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        runs = {}
        for name, builder in builders.items():
            connection, other_end = context.Pipe()
            process = context.Process(target=_serve, args=(builder, other_end))
            process.start()
            # Otherwise a worker that fails would leave its caller waiting for ever.
            other_end.close()
            stack.callback(process.join)
            stack.callback(connection.close)
            runs[name] = _client(connection)
        yield runs


def _client(connection: Connection) -> Callable[[], None]:
    def run() -> None:
        connection.send(None)
        connection.recv()

    return run


def _serve(builder: Callable[[], Callable[[], Any]], connection: Connection) -> None:
    """Build, then run once for every message until the other end is closed."""
    run = builder()
    with suppress(EOFError, BrokenPipeError):
        while True:
            connection.recv()
            run()
            connection.send(None)


def interleave(
    contestants: Mapping[str, Callable[[], Any]], rounds: int, warmup: int = 1
) -> dict[str, list[float]]:
    """Run the contestants in turn, ``rounds`` times; return the seconds of every run.

    The order is reversed in every second round, so that none always runs after the same one.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    runs = (warmup + rounds) * len(contestants)
    with tqdm(total=runs, desc="runs", disable=None, leave=False) as progress:
        for index in range(-warmup, rounds):
            names = list(contestants)
            for name in reversed(names) if index % 2 else names:
                start = time.perf_counter()
                contestants[name]()
                if index >= 0:
                    seconds[name].append(time.perf_counter() - start)
                progress.update()
    return seconds


def speedup(seconds: Mapping[str, Sequence[float]], reference: str, name: str) -> float:
    """Median over the rounds of how many times faster ``name`` is than ``reference``."""
    return statistics.median(
        slow / fast for slow, fast in zip(seconds[reference], seconds[name], strict=True)
    )


def report(
    name: str,
    title: str,
    seconds: Mapping[str, Sequence[float]],
    reference: str,
    goals: Mapping[str, float],
    facts: Mapping[str, Any],
) -> None:
    """Print a table of the runs and write it to ``results/<name>.json``.

    Args:
        name: the result file's stem.
        title: one line that says what was run.
        seconds: of every run, by contestant.
        reference: the contestant that the others are compared with.
        goals: the speed-up that a contestant is meant to reach.
        facts: what else a reader needs to judge the figures, e.g. parameter counts.
    """
    rows = {
        contestant: {
            "median_seconds": round(statistics.median(runs), 4),
            "minimum_seconds": round(min(runs), 4),
            "speedup": round(speedup(seconds, reference, contestant), 2),
            "goal": goals.get(contestant),
        }
        for contestant, runs in seconds.items()
    }
    result = {
        "title": title,
        "rounds": len(seconds[reference]),
        "facts": dict(facts),
        "machine": machine(),
        "rows": rows,
    }
    _print(result)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(f"\n  written to benchmarks/results/{path.name}")


def machine() -> dict[str, Any]:
    """Return what a reader needs to know of the machine to judge a time."""
    import torch

    return {
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "bfloat16 matrix units": torch.cpu.get_capabilities().get("amx_bf16", False),
        "load": round(os.getloadavg()[0], 1),
        "torch": torch.__version__,
    }


def _print(result: Mapping[str, Any]) -> None:
    print(f"\n{result['title']}")
    for key, value in {**result["facts"], **result["machine"], "rounds": result["rounds"]}.items():
        print(f"  {key}: {value}")
    width = max(map(len, result["rows"]))
    print(f"\n  {'':{width}}  median s  fastest s  speed-up    goal")
    for contestant, row in result["rows"].items():
        goal = "" if row["goal"] is None else f">= {row['goal']:.2f}"
        print(
            f"  {contestant:{width}}  {row['median_seconds']:8.4f}  {row['minimum_seconds']:9.4f}"
            f"  {row['speedup']:7.2f}x {goal:>7}"
        )
