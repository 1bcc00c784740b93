"""`python -m benchmarks [--quick] [--json] [NAME ...]`: run the suite, or the benchmarks named, and print what they gave.

Exits with 1 when a benchmark could not be run; a goal that is missed is a figure, not a failure.
"""

import argparse
import asyncio
import importlib
import json
import pkgutil
import sys
import traceback

import uvicorn
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks import suite
from benchmarks.base import QUICK, SUITE, THOROUGH, Benchmark, Result


def main() -> int:
    for module in pkgutil.iter_modules(suite.__path__, suite.__name__ + "."):
        importlib.import_module(module.name)
    arguments = _arguments()
    chosen = [SUITE[name] for name in arguments.names or SUITE]
    effort = QUICK if arguments.quick else THOROUGH
    results: dict[Benchmark, Result] = {}
    progress = Console(stderr=True)
    # The loop that uvicorn itself would choose, so that the harness is no slower than what it measures.
    loop_factory = uvicorn.Config(app="").get_loop_factory()
    for benchmark in chosen:
        with progress.status(benchmark.name), asyncio.Runner(loop_factory=loop_factory) as runner:
            try:
                results[benchmark] = Result.of(runner.run(benchmark.measure(effort)))
            except Exception:
                traceback.print_exc()
    if arguments.json:
        print(json.dumps({benchmark.name: _plain(benchmark, result) for benchmark, result in results.items()}, indent=2))
    elif results:
        Console().print(_table(results))
    return 0 if len(results) == len(chosen) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure deskbridge against its floors.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to run (all): {', '.join(SUITE)}")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: a first look, not a figure to quote")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.names if name not in SUITE]:
        parser.error(f"no such benchmark: {', '.join(unknown)} (there are {', '.join(SUITE)})")
    return arguments


def _plain(benchmark: Benchmark, result: Result) -> dict[str, object]:
    return {
        "value": result.value,
        "floor": result.floor,
        "ratio": result.ratio,
        "goal": benchmark.goal,
        "better": benchmark.better,
        "unit": benchmark.unit,
    }


def _figure(value: float) -> str:
    return f"{value:,.1f}" if value < 1000 else f"{value:,.0f}"


def _table(results: dict[Benchmark, Result]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for heading in ("benchmark", "unit"):
        table.add_column(heading, no_wrap=True)
    for heading in ("value", "floor", "ratio", "min..max", "goal"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("met")
    for benchmark, result in results.items():
        least, greatest = result.spread
        table.add_row(
            benchmark.name,
            benchmark.unit,
            _figure(result.value),
            _figure(result.floor),
            f"{result.ratio:.2f}",
            f"{least:.2f}..{greatest:.2f}",
            f"{'<=' if benchmark.better == 'less' else '>='} {benchmark.goal:.2f}",
            "yes" if benchmark.is_met_by(result.ratio) else "no",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
