"""How far what is counted is behind what was sent: catching up after an outage, or with a load too high."""

from __future__ import annotations

from detector.clock import Millis
from detector.watermark import Clocks

# Too short: a slow minute marks incidents; too long: those after a restart of minutes go unmarked.
CATCHING_UP_MS = 120_000


def behind_ms(clocks: Clocks, lateness_ms: int, now: Millis | None = None) -> Millis | None:
    """Return by how much event time is behind, beyond the allowed lateness, in milliseconds.

    Parameters
    ----------
    clocks
        Those of a mentions partition.
    lateness_ms
        Allowed lateness, by which the watermark is always behind.
    now
        Broker's or wall clock; by default the timestamp of the newest record, so that the answer follows
        from the log alone.

    Returns
    -------
    int or None
        None before the watermark has started; 0 while all posts partitions have just said that nothing is
        left to read, however old the newest post is.

    Examples
    --------
    >>> behind_ms(Clocks(newest=1_000_000, watermark=400_000), lateness_ms=300_000)
    300000
    """
    if clocks.watermark is None:
        return None
    at = clocks.newest if now is None else max(now, clocks.newest)
    if clocks.idle_at is not None and at - clocks.newest <= CATCHING_UP_MS:
        return 0
    return max(0, at - clocks.watermark - lateness_ms)


def is_catching_up(clocks: Clocks, lateness_ms: int, now: Millis | None = None) -> bool:
    """Tell whether event time is more than two minutes behind; the parameters are those of `behind_ms`.

    >>> is_catching_up(Clocks(newest=1_000_000, watermark=650_000), lateness_ms=300_000)
    False
    """
    return (behind_ms(clocks, lateness_ms, now) or 0) > CATCHING_UP_MS
