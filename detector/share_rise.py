"""The negative share of a brand rises: not more posts, but angrier ones."""

from __future__ import annotations

from collections import deque
from typing import Self

from msgspec import Struct, structs

from detector.betabinom import upper_tail
from detector.budget import OperatingPoint
from detector.clock import Minute
from detector.codec import from_msgpack, to_msgpack
from detector.detector_settings import ShareSettings
from detector.spike import Limit, Reason, Signal, Verdict, named
from detector.window import Window

_DEFAULTS = ShareSettings()
SHARE_FORMAT = 1


class Facts(Struct, frozen=True, kw_only=True):
    """All that the rule reads: the window's voices, the brand's own, and settings.

    `authors` and `negatives` are the voices of the window; `own_authors` and `own_negatives` those of
    the brand's past, decayed; `history` is how many there were in all.
    """

    authors: float
    negatives: float
    own_authors: float
    own_negatives: float
    history: float
    p: float
    concentration: float
    min_authors: float
    min_rise: float
    min_history: float
    prior_share: float
    prior_authors: float

    @property
    def own_share(self) -> float:
        """The brand's own share, shrunk to the prior's, above 0 and below 1."""
        return (self.own_negatives + self.prior_share * self.prior_authors) / (
            self.own_authors + self.prior_authors
        )

    @property
    def least_share(self) -> float:
        """The least share that is a rise, whatever chance says."""
        return self.own_share + self.min_rise


def verdict_of(detector: str, minute: Minute, window_min: int, known: bool, facts: Facts) -> Verdict:
    """Return the verdict that follows from some figures; its reason names the first condition that fails."""
    authors, negatives = int(facts.authors), int(facts.negatives)
    own = facts.own_share
    share = negatives / authors if authors else 0.0
    p_value = upper_tail(negatives, authors, own, facts.concentration)
    if facts.history < facts.min_history:
        reason = Reason.WARMING_UP
    elif authors < facts.min_authors:
        reason = Reason.TOO_FEW
    elif share < facts.least_share:
        reason = Reason.NOT_ABOVE_EXPECTED
    else:
        reason = Reason.SPIKE if p_value <= facts.p else Reason.WITHIN_CHANCE
    if not known and reason is not Reason.SPIKE:
        reason = Reason.SOURCE_SILENT
    return Verdict(
        signal=Signal.NEGATIVE_SHARE,
        reason=reason,
        minute=minute,
        window_min=window_min,
        observed=share,
        expected=own,
        lower=0.0,
        upper=_upper(share, reason, facts),
        ratio=share / own,
        p_value=p_value,
        sample=authors,
        history=int(facts.history),
        detector=detector,
        numbers={"known": float(known)} | structs.asdict(facts),
    )


def _upper(share: float, reason: Reason, facts: Facts) -> float:
    """Return a share that is no spike: below what was observed exactly when that is one."""
    if reason is Reason.SPIKE:
        return facts.own_share
    return max(share, min(1.0, facts.least_share))


class _State(Struct, frozen=True, array_like=True):
    format: int
    half_life_min: int
    minute: Minute | None
    settled: Minute
    authors: float
    negatives: float
    history: int
    coming: list[tuple[Minute, int, float]]


class ShareRise:
    """Judges the share of negative voices of the last hour against the brand's own, once a minute is closed.

    A window is a spike when its share is at least `min_rise` above the brand's own, chance explains so
    many with a probability of at most `p` (beta-binomial), and at least `min_authors` voices were heard.
    The own share is that of the voices of the past, each counted when it comes into the window,
    with weights that halve every half-life; what is in the judged window is not in it. While an incident is
    open it learns at most a share of `min_rise` above its own.

    Parameters
    ----------
    settings
        Defaults are those of the design.
    looser
        What the next larger budget demands; None when there is none.
    """

    name = "share_rise"
    at_close = True

    __slots__ = (
        "_authors",
        "_coming",
        "_history",
        "_looser",
        "_negatives",
        "_settled",
        "lag_min",
        "minute",
        "settings",
        "signal",
        "version",
        "window_min",
    )

    def __init__(self, settings: ShareSettings = _DEFAULTS, looser: OperatingPoint | None = None) -> None:
        self._looser = looser
        self.signal: Signal = Signal.NEGATIVE_SHARE
        self.settings = settings
        self.version = f"1-{settings.fingerprint}"
        self.window_min = settings.window_min
        self.lag_min = settings.window_min
        self.minute: Minute | None = None
        self._settled: Minute = 0
        self._authors = self._negatives = 0.0
        self._history = 0
        # What came in the last `lag_min` minutes: no judged window may be compared with itself.
        self._coming: deque[tuple[Minute, int, float]] = deque()

    def learn(self, window: Window, in_incident: bool) -> None:
        """Take in the voices that came in the next closed minute; see `Detector.learn`."""
        minute = window.minute
        if self.minute is not None and minute != self.minute + 1:
            expected = self.minute + 1
            raise ValueError(f"minute out of order: got {minute}; expected {expected}; learn each once")
        self.minute = minute
        self._settle(minute + 1 - self.lag_min)
        if window.new_posts:
            negatives = float(window.new_negatives)
            if in_incident:
                negatives = min(negatives, window.new_posts * self._facts(0, 0).least_share)
            self._coming.append((minute, window.new_posts, negatives))

    def learn_silence(self, until: Minute) -> None:
        """Take in the minutes up to one, in which nothing was said."""
        if self.minute is not None and until > self.minute:
            self.minute = until
            self._settle(until + 1 - self.lag_min)

    def limit(self, minute: Minute) -> Limit:
        """Return the least number of voices that is worth a verdict."""
        if self.minute is None or self._history < self.settings.min_history:
            return Limit(minute, None, Reason.WARMING_UP)
        return Limit(minute, self.settings.min_authors, Reason.SPIKE)

    def floor(self, minute: Minute) -> int | None:
        """Return the limit: it is cheap."""
        return self.limit(minute).least

    def reaches(self, window: Window) -> bool:
        """Return whether `judge` would call a window a spike."""
        return self._reaches(window, self.settings.p)

    def nearly(self, window: Window) -> bool:
        """Return whether a window would be a spike at the next larger budget."""
        looser = self._looser
        return looser is not None and self._reaches(window, max(self.settings.p, looser.share_p))

    def _reaches(self, window: Window, p: float) -> bool:
        s = self.settings
        if window.posts < s.min_authors or self._history < s.min_history:
            return False
        facts = self._facts(window.posts, window.negatives)
        if window.negatives / window.posts < facts.least_share:
            return False
        return upper_tail(window.negatives, window.posts, facts.own_share, s.concentration) <= p

    def judge(self, window: Window) -> Verdict:
        """Return the verdict on the window that ends with the next minute, or the one learnt last."""
        facts = self._facts(window.posts, window.negatives)
        return verdict_of(named(self), window.minute, self.window_min, window.known, facts)

    def dump(self) -> bytes:
        """Return everything learnt."""
        return to_msgpack(
            _State(
                SHARE_FORMAT,
                self.settings.half_life_min,
                self.minute,
                self._settled,
                self._authors,
                self._negatives,
                self._history,
                list(self._coming),
            )
        )

    def load(self, data: bytes) -> Self:
        """Return a detector of the same settings that continues from dumped bytes.

        Raises
        ------
        ValueError
            When the bytes are of another format, or learnt with another half-life.
        """
        state = from_msgpack(data, _State)
        got, wanted = (state.format, state.half_life_min), (SHARE_FORMAT, self.settings.half_life_min)
        if got != wanted:
            raise ValueError(
                f"share of other settings: got format {got[0]}, half-life {got[1]} min; "
                f"expected {wanted[0]}, {wanted[1]} min; relearn it from history"
            )
        fresh = type(self)(self.settings, self._looser)
        fresh.minute, fresh._settled = state.minute, state.settled
        fresh._authors, fresh._negatives, fresh._history = state.authors, state.negatives, state.history
        fresh._coming.extend(state.coming)
        return fresh

    def _settle(self, until: Minute) -> None:
        """Move what came before a minute from the window into the brand's own share."""
        coming = self._coming
        while coming and coming[0][0] < until:
            minute, authors, negatives = coming.popleft()
            keep = 0.5 ** ((minute - self._settled) / self.settings.half_life_min)
            self._authors = self._authors * keep + authors
            self._negatives = self._negatives * keep + negatives
            self._history += authors
            self._settled = minute

    def _facts(self, authors: int, negatives: int) -> Facts:
        s = self.settings
        return Facts(
            authors=float(authors),
            negatives=float(negatives),
            own_authors=self._authors,
            own_negatives=self._negatives,
            history=float(self._history),
            p=s.p,
            concentration=s.concentration,
            min_authors=float(s.min_authors),
            min_rise=s.min_rise,
            min_history=float(s.min_history),
            prior_share=s.prior_share,
            prior_authors=s.prior_authors,
        )
