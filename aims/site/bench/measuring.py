"""How things are measured: alternating, best of several, printed as one line."""

import gc
import resource
import time
from collections.abc import Callable


def best_of(rounds: int, *candidates: Callable[[], object]) -> list[float]:
    """Seconds of each candidate, the best of `rounds`, run in turn so that both meet the same disturbances."""
    times = [float("inf")] * len(candidates)
    for candidate in candidates:
        for _warm in range(6):  # statements are prepared when they come the fifth time
            candidate()
    gc.collect()
    gc.disable()  # a collection would fall on whoever is running
    try:
        for _round in range(rounds):
            for index, candidate in enumerate(candidates):
                start = time.perf_counter()
                candidate()
                times[index] = min(times[index], time.perf_counter() - start)
    finally:
        gc.enable()
    return times


def once(candidate: Callable[[], object]) -> float:
    """Seconds of something that can run only once."""
    start = time.perf_counter()
    candidate()
    return time.perf_counter() - start


def once_of_processor(candidate: Callable[[], object]) -> float:
    """Seconds of the processor, for long work in one thread."""
    start = time.process_time()
    candidate()
    return time.process_time() - start


def line(name: str, ours: float, baseline: float, *, unit: str = "ms", aim: float | None = None) -> str:
    """`name ours=… baseline=… ratio=…`, with the aim where there is one."""
    factor = {"ms": 1000, "s": 1, "MB": 1}[unit]
    aimed = f" aim<={aim}" if aim else ""
    ratio = ours / baseline if baseline else float("inf")
    return f"{name} ours={ours * factor:.2f}{unit} baseline={baseline * factor:.2f}{unit} ratio={ratio:.2f}{aimed}"


def peak_memory_mb() -> float:
    """The most memory this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
