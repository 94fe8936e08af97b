"""Names and links of an installation."""

import pytest

from detector.guide import Guide, unknown_parts
from tests.unit.alert_examples import incident

LINK = "https://dash.example/d/siaga?var-brand={brand}&from={from_ms}&to={to_ms}#{incident}"


def test_a_link_holds_the_brand_and_the_time_around_the_incident():
    assert Guide(link=LINK).link_to(incident()) == (
        "https://dash.example/d/siaga?var-brand=biznet&from=1753106280000&to=1753112070000"
        "#biznet-20250721T1505Z-negative_count"
    )


def test_what_is_filled_in_cannot_change_the_address():
    assert Guide(link="https://dash.example/{brand}").link_to(incident(brand="a/../b?x=1&y#z")) == (
        "https://dash.example/a%2F..%2Fb%3Fx%3D1%26y%23z"
    )


def test_without_a_template_there_is_no_link_and_without_a_name_none():
    assert Guide().link_to(incident()) == ""
    assert Guide().name_of("biznet") == ""
    assert Guide(names={"biznet": "Biznet"}).name_of("biznet") == "Biznet"


@pytest.mark.parametrize("template", ["{brand!r}", "{brand:>9}", "{}", "{0}", "{brand.__class__}", "{post}"])
def test_only_the_plain_parts_are_known(template):
    assert len(unknown_parts(template)) == 1
    assert unknown_parts(LINK + "{{x}}") == []
