"""A backtest as one page of HTML: no script, nothing from elsewhere, the same bytes for the same result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files

from agents.backtest.curve import Curve
from agents.backtest.labels import Hit, Judgement, total
from agents.backtest.past import MENTIONS, POSTS, by_incident
from agents.backtest.plots import by_brand, near, whole
from agents.backtest.report import Column, comparison
from agents.backtest.svg import draw
from detector.incident import Incident
from detector.kept_back import KeptBack
from detector.severity import Severity

# A page with more would not be read; the JSON has them all.
MOST_SHOWN = 200


def page(columns: Sequence[Column], curves: Mapping[str, Curve], names: Sequence[str], gaps: set[str]) -> str:
    """Return the page.

    Parameters
    ----------
    columns
        The main choice first; only its incidents are drawn.
    curves
        By brand.
    names
        Of the input files.
    gaps
        Brands of which only counts are known: a time without rows is unknown.
    """
    style = files("agents.backtest").joinpath("page.css").read_text("utf-8")
    body = "\n".join(_body(columns, curves, names, gaps))
    title = escape("siaga backtest: " + ", ".join(names))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n<title>{title}</title>\n'
        f"<style>\n{style}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _body(
    columns: Sequence[Column], curves: Mapping[str, Curve], names: Sequence[str], gaps: set[str]
) -> Iterator[str]:
    first = columns[0]
    incidents = by_brand(by_incident(first.past.revisions))
    yield f"<h1>Backtest of {escape(', '.join(names))}</h1>"
    yield from _facts(first, incidents)
    if len(columns) > 1:
        yield "<h2>Side by side</h2>"
        head, *rows = comparison(columns)
        yield _table(head, rows)
    if first.judgements is not None:
        yield from _labels(first.judgements)
    if first.past.kept_back:
        yield from _kept_back(first.past.kept_back)
    order = sorted(curves, key=lambda brand: (-len(incidents.get(brand, [])), brand))
    if len(order) > 1:
        links = (
            f'<li><a href="#{escape(brand)}">{escape(brand)}</a> {len(incidents.get(brand, []))}</li>'
            for brand in order
        )
        yield f'<nav aria-label="Brands"><ul>{"".join(links)}</ul></nav>'
    for brand in order:
        hits = [h for j in first.judgements or [] if brand in j.brands for h in j.labels]
        yield from _brand(brand, curves[brand], incidents.get(brand, []), hits, brand in gaps)
    yield "<footer>Times are UTC. The axis of counts is a square-root scale.</footer>"


def _facts(column: Column, incidents: Mapping[str, list[list[Incident]]]) -> Iterator[str]:
    past = column.past
    rate = past.alarms_per_week
    facts = [
        ("incidents", str(sum(map(len, incidents.values())))),
        ("alarms", str(len(past.alarms))),
        ("alarms a brand-week", "-" if rate is None else f"{rate:g}"),
        ("alarms kept back", str(len(past.kept_back))),
        ("brand-weeks", f"{past.brand_weeks:.1f}"),
    ]
    if column.judgements is not None:
        figures = total(column.judgements)
        facts += [("labels hit", f"{figures.hits} of {figures.labels}")]
        facts += [("false alarms", str(figures.false_alarms))]
    yield (
        '<dl class="facts">'
        + "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
        + "</dl>"
    )
    counted = [f"{past.counts[name]} {name}" for name in (*POSTS, *MENTIONS)] if past.counts["read"] else []
    counted += [f"{past.intervals} intervals"] if past.intervals else []
    yield f"<p>Detector: {escape(column.name)}. Input: {escape(', '.join(counted) or 'nothing')}.</p>"


def _labels(judgements: Sequence[Judgement]) -> Iterator[str]:
    yield "<h2>What had happened</h2>"
    rows = [[j.name, *_hit(hit)] for j in judgements for hit in j.labels]
    rows += [[j.name, at, "false alarm", ""] for j in judgements for at in j.false_alarms]
    yield _table(["brand or file", "label", "alarm", "lead, min"], rows)


def _kept_back(found: Sequence[KeptBack]) -> Iterator[str]:
    yield "<h2>Alarms kept back</h2>"
    rows = [[one.at, one.brand, str(one.signal), f"{one.observed:g}", one.sentence] for one in found]
    yield _table(["when", "brand", "signal", "observed", "why"], rows[:MOST_SHOWN])
    if len(rows) > MOST_SHOWN:
        yield f"<p>{len(rows) - MOST_SHOWN} more are in the JSON.</p>"


def _hit(hit: Hit) -> list[str]:
    when = hit.begin if hit.begin == hit.end else f"{hit.begin} to {hit.end}"
    return [when, hit.alarm or "missed", "" if hit.lead_min is None else f"{hit.lead_min:g}"]


def _brand(
    brand: str, curve: Curve, incidents: Sequence[Sequence[Incident]], hits: Sequence[Hit], gaps: bool
) -> Iterator[str]:
    id = escape(brand)
    yield f'<section id="{id}" aria-labelledby="{id}-h"><h2 id="{id}-h">{id}</h2>'
    for plot in whole(curve, incidents, hits, brand, brand, gaps):
        yield f"<figure><figcaption>{escape(plot.title)}</figcaption>{draw(plot)}</figure>"
    if not incidents:
        yield "<p>No incident.</p>"
    for number, revisions in enumerate(incidents[:MOST_SHOWN], 1):
        yield from _incident(curve, revisions, f"{brand}-{number}")
    if len(incidents) > MOST_SHOWN:
        yield f"<p>{len(incidents) - MOST_SHOWN} more incidents are in the JSON.</p>"
    yield "</section>"


def _incident(curve: Curve, revisions: Sequence[Incident], id: str) -> Iterator[str]:
    opened, last = revisions[0], revisions[-1]
    worst = max(revisions, key=lambda r: (r.severity.rank, r.score))
    widest = max(revisions, key=lambda r: r.evidence.posts)
    until = f"until {last.resolved_at}" if last.resolved_at else "still open at the end"
    yield f"<details{' open' if worst.severity is not Severity.INFO else ''}>"
    yield (
        f'<summary><span class="badge {worst.severity}">{worst.severity}</span> {opened.opened_at}, {until}: '
        f"{escape(opened.reason)}</summary>"
    )
    plot = near(curve, revisions, id)
    yield f"<figure><figcaption>{escape(plot.title)}</figcaption>{draw(plot)}</figure>"
    yield '<div class="sides">'
    yield _table(
        ["crisis score", f"{worst.score} of 100"],
        [[name.replace("_", " "), str(points)] for name, points in worst.contributions.items()],
    )
    yield _table(["when", "change", "severity", "why"], [_revision(one) for one in revisions[:40]])
    yield "</div>"
    yield from _evidence(widest)
    yield "</details>"


def _revision(one: Incident) -> list[str]:
    return [one.updated_at, str(one.change).replace("_", " "), str(one.severity), one.reason]


def _evidence(revision: Incident) -> Iterator[str]:
    evidence = revision.evidence
    known = evidence.negatives or evidence.platforms
    if not known:
        return
    facts = [f"{evidence.posts} posts, {evidence.negatives} negative, {evidence.authors} authors"]
    for what, mix in (("platforms", evidence.platforms), ("languages", evidence.languages)):
        if mix:
            facts.append(f"{what}: " + ", ".join(f"{name} {count}" for name, count in mix.items()))
    yield f"<p>{escape('; '.join(facts))}.</p>"
    if evidence.drivers:
        terms = "".join(f"<li>{escape(_term(driver))}</li>" for driver in evidence.drivers)
        yield f'<p class="caption">What stands out</p><ul class="drivers">{terms}</ul>'
    if evidence.examples:
        quotes = "".join(
            f"<li><q>{escape(one.text)}</q> <small>{escape(one.platform)}, {one.created_at}, "
            f"{one.polarity:+.2f}</small></li>"
            for one in evidence.examples
        )
        yield f'<ul class="examples">{quotes}</ul>'


def _term(driver: object) -> str:
    return driver if isinstance(driver, str) else str(getattr(driver, "term", driver))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        '<tr><th scope="row">'
        + escape(first)
        + "</th>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for first, *cells in rows
    )
    return f'<div class="table"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
