"""Latencies in buckets that grow with the value, as HdrHistogram's do: any range, 1.6 % exact, merged by adding.

Pure. A bucket is named by its exponent and the six bits after the leading one, so nothing is set up or resized.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

SUB_BITS = 6
SUB = 1 << SUB_BITS
PERCENTILES = (50.0, 90.0, 99.0, 99.9, 100.0)


class Histogram:
    """Counts of microseconds."""

    __slots__ = ("buckets", "count")

    def __init__(self, buckets: Mapping[int, int] | None = None) -> None:
        self.buckets: dict[int, int] = dict(buckets or {})
        self.count = sum(self.buckets.values())

    def add(self, seconds: float) -> None:
        bucket = bucket_of(max(0, int(seconds * 1e6)))
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
        self.count += 1

    def merge(self, other: Histogram) -> None:
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count
        self.count += other.count

    def percentile_ms(self, percent: float) -> float:
        """So many of a hundred took at most this long; 0 when nothing was counted."""
        wanted, so_far = self.count * percent / 100, 0
        for bucket, count in sorted(self.buckets.items()):
            so_far += count
            if so_far >= wanted:
                return highest_of(bucket) / 1000
        return 0.0

    def curve(self) -> Iterator[tuple[float, float]]:
        """(share at or below, milliseconds), for a picture."""
        so_far = 0
        for bucket, count in sorted(self.buckets.items()):
            so_far += count
            yield so_far / self.count, highest_of(bucket) / 1000

    def wire(self) -> list[tuple[int, int]]:
        return sorted(self.buckets.items())


def bucket_of(micros: int) -> int:
    """Values below SUB have a bucket each; above, each power of two has SUB of them."""
    exponent = max(0, micros.bit_length() - 1 - SUB_BITS)
    return (exponent << SUB_BITS) + (micros >> exponent)


def highest_of(bucket: int) -> int:
    """The largest value that falls into the bucket."""
    if bucket < 2 * SUB:
        return bucket
    exponent = (bucket >> SUB_BITS) - 1
    return ((bucket - (exponent << SUB_BITS) + 1) << exponent) - 1
