"""The server starts."""

from collections.abc import Sequence

from benchmarks.base import Effort, Pair, benchmark, in_turns
from benchmarks.processes import floor_command, free_port, product_command, serving


@benchmark(unit="ms", goal=1.5)
async def startup(effort: Effort) -> Sequence[Pair]:
    """From starting the process to its first 200 for GET /healthz. Floor: one route under bare Starlette and uvicorn."""

    async def product() -> float:
        port = free_port()
        with serving(product_command(port), port) as nanoseconds:
            return nanoseconds / 1e6

    async def floor() -> float:
        port = free_port()
        with serving(floor_command("startup", port), port) as nanoseconds:
            return nanoseconds / 1e6

    # A start is a repetition by itself: every process is fresh.
    starts, least = await in_turns(effort.rounds, product, floor)
    return [Pair(*pair) for pair in zip(starts, least, strict=True)]
