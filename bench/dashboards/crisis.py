"""The dashboard for those who answer people: what is happening to a brand, against what is normal for it."""

from __future__ import annotations

from bench.dashboards.panel import Annotation, Dashboard, Panel, Query, Row, increase, of, quantiles, rate

_BRAND = "~$brand"
_NEGATIVE = rate("siaga_brand_mentions_total", brand=_BRAND, polarity="negative")
_ALL = rate("siaga_brand_mentions_total", brand=_BRAND)


_BY_BRAND = f"sum by (brand) ({_ALL})"


def _now(which: str, signal: str) -> str:
    return of(f"siaga_window_{which}", brand=_BRAND, signal=signal)


def _window(signal: str) -> tuple[Query, ...]:
    return tuple(
        Query(f"max by (brand) ({_now(which, signal)})", f"{{{{brand}}}} {which}")
        for which in ("observed", "expected", "upper")
    )


def _polarity(sign: str) -> str:
    return f"sum by (brand) ({rate('siaga_brand_polarity_total', brand=_BRAND, sign=sign)})"


_EXPECTED_NEGATIVES = f"max by (brand) ({_now('expected', 'negative_count')})"
_COVERAGE = f"sum by (brand) ({rate('siaga_brand_coverage_total', brand=_BRAND)})"
_PLATFORMS = rate("siaga_platform_mentions_total", outcome="counted")


NOW = Row(
    "Now",
    (
        Panel(
            "Open incidents",
            "Incidents that are open now, by how bad they are.",
            "short",
            (Query(f"sum by (severity) ({of('siaga_open_incidents')})", "{{severity}}"),),
            "number",
            9,
        ),
        Panel(
            "Brands above their limit",
            "Brands with more negative voices in the last 15 min than history and chance explain.",
            "short",
            (
                Query(
                    f"count(max by (brand) ({_now('observed', 'negative_count')}) > "
                    f"max by (brand) ({_now('upper', 'negative_count')})) or vector(0)",
                    "brands",
                ),
            ),
            "number",
            5,
            (1.0,),
        ),
        Panel(
            "Behind by",
            "How far what is shown here is behind, beyond the time that late posts are waited for.",
            "s",
            (Query(f"max({of('siaga_watermark_delay_seconds')})", "delay"),),
            "number",
            5,
            (120.0,),
        ),
        Panel(
            "Receivers that fail",
            "Receivers of alerts that do not answer: what is found does not reach people there.",
            "short",
            (Query(f"sum({of('siaga_receiver_circuit_open')})", "receivers"),),
            "number",
            5,
            (1.0,),
        ),
    ),
)

EXPECTED = Row(
    "Against what is expected",
    (
        Panel(
            "Negative voices in 15 min",
            "Distinct authors of negative posts (observed), how many are normal at this time (expected), and "
            "the most that is no spike (upper). These two are absent while a brand is warming up.",
            "short",
            _window("negative_count"),
            width=12,
        ),
        Panel(
            "All voices in 15 min",
            "The same for all posts: attention, good or bad.",
            "short",
            _window("total_count"),
            width=12,
        ),
        Panel(
            "Negative share of the last closed hour",
            "The share of negative voices, the brand's own share, and the most that is no rise.",
            "percentunit",
            _window("negative_share"),
            width=12,
        ),
        Panel(
            "Times what is expected",
            "Negative voices over what is normal: 1 is an ordinary quarter of an hour.",
            "short",
            (
                Query(
                    f"max by (brand) ({_now('observed', 'negative_count')}) "
                    f"/ clamp_min({_EXPECTED_NEGATIVES}, 0.1)",
                    "{{brand}}",
                ),
            ),
            width=12,
        ),
    ),
)

SAID = Row(
    "How it is said",
    (
        Panel(
            "Mentions a minute",
            "Counted posts about the chosen brands, by how they sound.",
            "short",
            (Query(f"60 * sum by (polarity) ({_ALL})", "{{polarity}}"),),
        ),
        Panel(
            "Negative share of mentions",
            "Negative posts over all posts of a brand, as they come.",
            "percentunit",
            (Query(f"sum by (brand) ({_NEGATIVE}) / {_BY_BRAND}", "{{brand}}"),),
        ),
        Panel(
            "Mean polarity",
            "From -1, all very negative, to 1. It follows the mood better than the share below a cut.",
            "short",
            (Query(f"({_polarity('positive')} - {_polarity('negative')}) / {_BY_BRAND}", "{{brand}}"),),
        ),
        Panel(
            "Mentions by platform a minute",
            "Where posts about any brand come from.",
            "short",
            (Query(f"60 * sum by (platform) ({_PLATFORMS}) > 0", "{{platform}}"),),
        ),
        Panel(
            "Brands not heard on a platform",
            "A platform that has stopped for a brand, though others go on. Do not take its silence for calm.",
            "short",
            (Query(f"sum by (platform) ({of('siaga_silent_platforms')})", "{{platform}}"),),
        ),
        Panel(
            "Coverage",
            "The share of the texts that the scorer knows. The lower, the less the mood above means.",
            "percentunit",
            (Query(f"{_COVERAGE} / {_BY_BRAND}", "{{brand}}"),),
        ),
    ),
)

TOLD = Row(
    "Who is told",
    (
        Panel(
            "Revisions of incidents",
            "Incidents that opened, changed and ended, within the shown step.",
            "short",
            (
                Query(
                    increase("change", "siaga_incident_revisions_total"),
                    "{{change}}",
                ),
            ),
        ),
        Panel(
            "Alerts",
            "What receivers were handed over, and what they did not take, within the shown step.",
            "short",
            (
                Query(
                    increase("receiver, outcome", "siaga_alerts_total"),
                    "{{receiver}} {{outcome}}",
                ),
            ),
        ),
        Panel(
            "From the incident to the receiver",
            "How long it takes until a receiver has an alert.",
            "s",
            quantiles("siaga_delivery_latency_seconds", 0.5, 0.95),
        ),
    ),
)

CRISIS = Dashboard(
    "siaga-crisis",
    "Siaga: crisis",
    "What happens to a brand, against what is normal for it. Words and examples are in the incident itself.",
    (NOW, EXPECTED, SAID, TOLD),
    (
        Annotation(
            "Incident opens",
            f"increase({of('siaga_incident_revisions_total', change='opened')}[1m]) > 0",
            "incident opened",
            "red",
        ),
        Annotation(
            "Incident ends",
            f"increase({of('siaga_incident_revisions_total', change='resolved')}[1m]) > 0",
            "incident resolved",
            "green",
        ),
    ),
    has_brands=True,
)
