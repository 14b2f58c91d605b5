"""How often a platform may ask: a bucket each that fills steadily. No clock in it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Rates:
    """per_second: requests in the long run. burst: requests at once. For one event loop."""

    per_second: float = 20.0
    burst: float = 100.0
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict, repr=False)

    def wait(self, name: str, now: float) -> float:
        """0 if the request is counted and may go on; else the seconds to wait first.

        now: seconds; a clock that was set back fills no bucket.
        """
        left, then = self._buckets.get(name, (self.burst, now))
        left = min(self.burst, left + max(0.0, now - then) * self.per_second)
        if left < 1:
            self._buckets[name] = left, now
            return (1 - left) / self.per_second
        self._buckets[name] = left - 1, now
        return 0.0
