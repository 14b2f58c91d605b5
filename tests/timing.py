"""How long something takes, whatever else the machine is doing."""

import time
from collections.abc import Callable


def fastest(
    work: Callable[[], object],
    *,
    under: float,
    runs: int = 3,
    clock: Callable[[], float] = time.process_time,
) -> float:
    """Seconds of the fastest of `runs`: other work on the machine only ever adds.

    The first run that stays below `under` ends it, so that what is fast is done once.
    """
    least = float("inf")
    for _ in range(runs):
        started = clock()
        work()
        least = min(least, clock() - started)
        if least < under:
            break
    return least
