"""A small crisis of one brand in posts: hours of quiet, a first wave, a larger one, and quiet again."""

import time

from tests.integration.installation import Installation
from tests.integration.recount import wait_until_closed

MINUTE = 60_000
BRAND = "kunang"
_WORDS = ("parah", "mati total", "kecewa berat", "gangguan lagi", "lambat sekali", "tidak bisa dipakai")


class Crisis:
    """Sends its parts one after the other; event time ends before now, so it can be told quickly."""

    def __init__(self, siaga: Installation, quiet_h: int = 14, brand: str = "kunang fiber") -> None:
        self._siaga = siaga
        self._brand = brand
        self._sent = 0
        # Room for the crisis and for what follows; no later than now.
        self.at = (int(time.time() * 1_000) - (quiet_h + 8) * 60 * MINUTE) // MINUTE * MINUTE
        self._quiet_h = quiet_h

    def history(self) -> None:
        """Hours of everyday posts, four an hour, half of them complaints."""
        posts = []
        for i in range(self._quiet_h * 4):
            text = self._complaint(i) if i % 2 else f"baru pasang {self._brand} kemarin {i}"
            posts.append(self._post(self.at + i * 15 * MINUTE, text))
        self._siaga.send(posts)
        self.advance(self._quiet_h * 60)

    def wave(self, authors: int, minutes: int = 3) -> list[dict]:
        """Negative posts of so many people within some minutes; they follow each other in time."""
        step = minutes * MINUTE // authors
        posts = [self._post(self.at + i * step, self._complaint(i)) for i in range(authors)]
        self._siaga.send(posts)
        self.at += minutes * MINUTE
        return posts

    def advance(self, minutes: int, wait: bool = True) -> None:
        """Let event time pass without a post about the brand."""
        self.at += minutes * MINUTE
        self._siaga.close_minutes(self.at - 2 * MINUTE - self._siaga.lateness_ms)
        if wait:
            wait_until_closed(self._siaga, self.at - 3 * MINUTE - self._siaga.lateness_ms)

    def _complaint(self, i: int) -> str:
        word, other = _WORDS[i % len(_WORDS)], _WORDS[(i // len(_WORDS)) % len(_WORDS)]
        return f"{self._brand} {word}, sudah {i + 2} jam {other}"

    def _post(self, at: int, text: str) -> dict:
        self._sent += 1
        return {
            "platform": ("x", "tiktok", "facebook")[self._sent % 3],
            "id": f"c{self._sent}",
            "created_at": at,
            "text": text,
            "author": {"id": f"orang{self._sent}", "followers": 900},
        }
