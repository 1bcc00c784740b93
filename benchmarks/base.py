"""What a benchmark is, and what it yields."""

import statistics
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeVar

Better = Literal["less", "more"]
Sample = TypeVar("Sample")


class Pair(NamedTuple):
    """The figures of one repetition, in the benchmark's unit."""

    value: float
    floor: float


@dataclass(frozen=True)
class Effort:
    """How much to measure. A repetition starts every process afresh; a round is one turn of product and floor within it."""

    repetitions: int
    rounds: int


THOROUGH = Effort(repetitions=5, rounds=24)
QUICK = Effort(repetitions=2, rounds=6)

Measure = Callable[[Effort], Coroutine[Any, Any, Sequence[Pair]]]


@dataclass(frozen=True)
class Result:
    """Medians over the repetitions. `spread` is the least and the greatest ratio that any one repetition had."""

    value: float
    floor: float
    spread: tuple[float, float]

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> "Result":
        ratios = [pair.value / pair.floor for pair in pairs]
        return cls(
            value=statistics.median(pair.value for pair in pairs),
            floor=statistics.median(pair.floor for pair in pairs),
            spread=(min(ratios), max(ratios)),
        )

    @property
    def ratio(self) -> float:
        return self.value / self.floor


@dataclass(frozen=True)
class Benchmark:
    """`goal` is the ratio of value to floor to stay under (`better` is "less") or to reach ("more")."""

    name: str
    unit: str
    better: Better
    goal: float
    measure: Measure

    def is_met_by(self, ratio: float) -> bool:
        return ratio <= self.goal if self.better == "less" else ratio >= self.goal


SUITE: dict[str, Benchmark] = {}


def benchmark(*, unit: str, goal: float, better: Better = "less") -> Callable[[Measure], Measure]:
    """Enter a function into the suite under its own name."""

    def enter(measure: Measure) -> Measure:
        name = measure.__name__
        SUITE[name] = Benchmark(name, unit, better, goal, measure)
        return measure

    return enter


async def in_turns(
    rounds: int, product: Callable[[], Awaitable[Sample]], floor: Callable[[], Awaitable[Sample]]
) -> tuple[list[Sample], list[Sample]]:
    """Run product, floor, product, floor, ...; returns what each gave. Some rounds beforehand warm up and are dropped.

    Short turns and many of them: whatever else the machine does then falls on both alike.
    """
    warm_up = 1 + rounds // 8
    samples: tuple[list[Sample], list[Sample]] = ([], [])
    for _ in range(warm_up + rounds):
        samples[0].append(await product())
        samples[1].append(await floor())
    return samples[0][warm_up:], samples[1][warm_up:]
