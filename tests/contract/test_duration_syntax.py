"""What is a duration, and what is said of everything else, word for word."""

from detector.duration import parse_duration
from tests.golden_file import golden

TEXTS = (
    "0s", "0ms", "1ms", "90s", "5m", "1h30m", "1h30m5s7ms", "14d", "2w", "1w1d1h1m1s1ms", "007m", "3660d",
    "5256000m", "3661d", "523w", "527040000s", "99999999999999999999999s",
    "000000000000000000000000000000000s",
    "", " ", "5", "5 m", " 5m", "5m\n", "5M", "5min", "1.5h", "-5m", "+5m", "1m1h", "1m1m", "1y", "m", "5m,",
    "٥m", "５m", "1e3s", "P1D", "five minutes", "x" * 60, None, True, 5, 5.0, ["5m"], {"m": 5}, 10**50,
)  # fmt: skip


def test_every_text_means_what_it_meant():
    lines = []
    for text in TEXTS:
        try:
            meaning = f"{parse_duration(text)} ms"
        except ValueError as error:
            meaning = str(error)
        lines.append(f"{text!r}: {meaning}\n")
    present = "".join(lines)
    assert present == golden("durations.txt", present)
