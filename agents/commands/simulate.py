"""`siaga simulate`: seeded streams of invented posts."""

from __future__ import annotations

from typing import Any, get_args

import click

from agents.commands.options import Instant, Number, Seconds, config_option, example, loaded
from agents.simulation.draft import NATURAL_MIX, Voice
from agents.simulation.events import Onset
from agents.simulation.names import DEFAULT_BRAND, names_of
from agents.simulation.phrases import LANGUAGES
from agents.simulation.plan import KINDS, STORY_MS, USUAL_MS, Request
from agents.simulation.simulate import Simulation
from detector.codec import pretty_json

_SHARE = Number(0, 1)
_EXAMPLES = (
    "siaga simulate --out story.jsonl --truth truth.json && siaga backtest story.jsonl",
    "siaga simulate --kind quiet --rate 2 --duration 14d --seed 7 --out quiet.jsonl",
)


@click.command(epilog=example(*_EXAMPLES))
@config_option
@click.option("--kind", type=click.Choice(KINDS), default="story", show_default=True, help="What happens.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Same seed, same bytes.")
@click.option(
    "--start",
    metavar="TIME",
    type=Instant(),
    default="2025-06-02T00:00:00+07:00",
    show_default=True,
    help="When it begins, with the time zone.",
)
@click.option(
    "--duration",
    "duration_s",
    metavar="DURATION",
    type=Seconds(),
    help="How long it is  [default: 16d for a story, else 7d]",
)
@click.option(
    "--rate",
    type=Number(0.001, 100_000),
    default=0.2,
    show_default=True,
    help="Usual posts per minute, on average.",
)
@click.option(
    "--dispersion",
    type=Number(0, 4),
    default=0.0,
    show_default=True,
    help="Variance of the rate from hour to hour; 0 is Poisson.",
)
@click.option(
    "--onset",
    "shape",
    type=click.Choice(get_args(Onset)),
    default="step",
    show_default=True,
    help="How a crisis begins; that of a story is at dusk.",
)
@click.option(
    "--peak",
    type=Number(0.001, 100_000),
    help="Posts per minute at the peak  [default: 20 times the rate, a joke 10 times]",
)
@click.option(
    "--negative-share", type=_SHARE, default=0.85, show_default=True, help="Complaints in a crisis."
)
@click.option(
    "--copies", type=_SHARE, default=0.15, show_default=True, help="Copies among the complaints of a crisis."
)
@click.option(
    "--brand", metavar="KEY", help=f"A brand of brands.yml  [default: {DEFAULT_BRAND.name}, built in]"
)
@click.option("--lang", type=click.Choice(LANGUAGES), help="Only this one; mix is both in one post.")
@click.option(
    "--disorder",
    "disorder_s",
    metavar="DURATION",
    type=Seconds(),
    default="0s",
    show_default=True,
    help="Posts arrive up to so much after their time.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, allow_dash=True),
    default="-",
    show_default=True,
    help="Write the posts there.",
)
@click.option("--truth", type=click.Path(dir_okay=False), help="Write there what was put in, as JSON.")
def command(config: str | None, seed: int, out: str, truth: str | None, **given: Any) -> None:
    """Write simulated posts: quiet, seasonal, crisis, joke, author or story.

    All text is invented, and about an internet provider. The kinds: quiet (the same rate at all times),
    seasonal (by day and week, Jakarta time), and on top of it crisis, joke (viral, not negative) or author
    (one furious one, many posts). A story is two quiet weeks, a joke, an outage at dusk and its end.

    Posts are JSON lines for `siaga send` and `siaga backtest`, in the order in which they arrive.
    """
    simulation = _simulation(config, seed, **given)
    with click.open_file(out, "wb") as stream:
        stream.writelines(simulation.lines())
    if truth is not None:
        with click.open_file(truth, "w", encoding="utf-8") as stream:
            stream.write(pretty_json(simulation.truth()))


def _simulation(
    config: str | None,
    seed: int,
    *,
    kind: Any,
    duration_s: float | None,
    disorder_s: float,
    brand: str | None,
    lang: Any,
    **shape: Any,
) -> Simulation:
    usual = STORY_MS if kind == "story" else USUAL_MS
    duration = usual if duration_s is None else round(duration_s * 1000)
    key, names = _brand(config, brand)
    voice = Voice(names, {lang: 1.0} if lang else NATURAL_MIX)
    try:
        wanted = Request(kind=kind, duration=duration, **shape)
        return Simulation(wanted, seed, key, voice, round(disorder_s * 1000))
    except ValueError as error:
        raise click.UsageError(str(error), click.get_current_context()) from None


def _brand(config: str | None, key: str | None) -> tuple[str, tuple[str, ...]]:
    if key is None:
        return DEFAULT_BRAND.key, names_of(DEFAULT_BRAND)
    brands = {brand.key: brand for brand in loaded(config).brands}
    if key not in brands:
        some = ", ".join(list(brands)[:10])
        raise click.BadParameter(
            f"unknown brand: got {key[:64]!r}; expected one of {some}; correct it",
            click.get_current_context(),
            param_hint="--brand",
        )
    return key, names_of(brands[key])
