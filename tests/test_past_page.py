"""What a visitor's file of raids may ask of the page, and what the charts of a hindcast show."""

import pytest

import salvo
from salvo.app import limits
from salvo.app.views import past
from salvo.charts.hindcast import intervals
from salvo.faults import Faults
from salvo.past.read import parse


def test_the_example_is_read():
    found = past.dropped(past.EXAMPLE.encode(), "raids.csv")
    assert [(row.threat_class, row.launched, row.leaked) for row in found.rows] == [
        ("drone", 120, 14),
        ("ballistic", 6, 3),
    ]
    assert found.rows == salvo.hindcast(predict=parse(past.EXAMPLE)).rows


@pytest.mark.parametrize(
    ("rows", "launched", "words"),
    [
        (limits.MAX_RAIDS + 1, 1, ["401 rows"]),
        (5, 9000, ["45,000 threats"]),
        (500, 1000, ["500 rows", "500,000 threats"]),
    ],
)
def test_a_file_that_is_too_much_is_refused_before_any_work(rows, launched, words):
    text = past.COLUMNS + "\n" + "".join(f"R{i},2026-05-01,X,drone,{launched},0\n" for i in range(rows))
    with pytest.raises(Faults) as caught:
        past.dropped(text.encode(), "many.csv")
    assert all(any(word in str(fault) for fault in caught.value.faults) for word in words)
    with pytest.raises(Faults, match="bytes"):
        past.dropped(b"x" * (limits.MAX_UPLOAD + 1), "large.csv")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_shows_every_row(theme):
    found = salvo.hindcast(predict=parse(past.EXAMPLE))
    bars, median, published = intervals(found.rows, theme).data
    for i, row in enumerate(found.rows):
        assert bars.base[i] + bars.x[i] == pytest.approx(row.q90 / row.launched)
        assert bars.base[i] == pytest.approx(row.q10 / row.launched)
        assert median.x[i] == pytest.approx(row.q50 / row.launched)
        assert published.x[i] == pytest.approx(row.leaked / row.launched)
    assert list(found.charts()) == ["intervals", "reliability"]
