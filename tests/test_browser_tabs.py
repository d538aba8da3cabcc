"""The tabs of the page in a real browser: files in and out, numbers, comparing, buying, replay, and ways between them."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from browser_kit import APRIL, MARKS, WAIT_MS, Open, figure_words, go_to, refined, resting, sentence
from playwright.sync_api import expect

import salvo
from salvo.answers.emit import csv_text
from salvo.answers.flights import typical
from salvo.answers.lots import lots
from salvo.app import limits
from salvo.app.views import buy
from salvo.engine.players import Player
from salvo.format import levers, names
from salvo.format.scenario import loads
from salvo.past.read import parse
from salvo.report.sentences import headline_name
from salvo.version import __version__
from salvo.wording import fault_text

pytestmark = MARKS


def test_upload(open_page: Open) -> None:
    page = open_page()
    go_to(page, "Every number")
    broken = salvo.load("one-site").to_toml().replace("kill = 0.8", "kil = 1.8").replace("count = 20", "count = -1")
    upload = page.get_by_test_id("stFileUploaderDropzoneInput")
    upload.set_input_files({"name": "broken.toml", "mimeType": "application/toml", "buffer": broken.encode()})
    page.get_by_text("The uploaded file cannot be played").wait_for()
    with pytest.raises(salvo.Faults) as caught:
        loads(broken, "toml", "broken.toml")
    shown = page.get_by_test_id("stCode").first.inner_text()
    assert shown.split() == fault_text(caught.value).split()
    good = salvo.load("decoys").replace("name", "mine").to_toml()
    upload.set_input_files({"name": "mine.toml", "mimeType": "application/toml", "buffer": good.encode()})
    expect(page).to_have_url(re.compile("file="))
    expect(page.get_by_text("The uploaded file cannot be played")).to_have_count(0)
    other = salvo.load("decoys").threats[0].class_
    page.get_by_role("slider", name=names.title(other), exact=True).wait_for()


def test_a_scenario_is_built_from_nothing_saved_and_loaded_again(open_page: Open, tmp_path: Path) -> None:
    """What is refused is said where the button is; a file opened afterwards is the one that was saved."""
    page = open_page()
    go_to(page, "Every number")
    page.get_by_role("button", name="New from nothing").click()
    expect(page.get_by_role("combobox", name="Raid", exact=True)).to_have_value("My raid")
    for kind in ("threat", "battery"):
        page.get_by_role("button", name=f"Add {kind}").click()
        expect(page.get_by_role("button", name=re.compile(rf"^Copy {kind}-"))).to_be_enabled()
        resting(page)
    own = page.get_by_label("Name", exact=True)
    own.fill("No Name")
    own.press("Enter")
    page.get_by_text("This cannot be done.").wait_for()
    refused, button = page.get_by_text("This cannot be done.").bounding_box(), own.bounding_box()
    assert refused is not None
    assert button is not None
    assert abs(refused["y"] - button["y"]) < 200
    own.fill("second-belt")
    own.press("Enter")
    expect(page.get_by_role("button", name="Copy second-belt")).to_be_enabled()
    expect(page.get_by_text("This cannot be done.")).to_have_count(0)
    with page.expect_download() as told:
        page.get_by_role("button", name="Download TOML").click()
    assert told.value.suggested_filename == "my-raid.toml"
    told.value.save_as(tmp_path / "my-raid.toml")
    saved = salvo.load(tmp_path / "my-raid.toml")
    assert [battery.id for battery in saved.batteries][-1] == "second-belt"
    assert len(saved.threats) == 2
    refined(page)
    hits = page.locator(".salvo-strip .hits .v")
    before, link = hits.inner_text(), page.url
    other = open_page()
    go_to(other, "Every number")
    other.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(tmp_path / "my-raid.toml")
    expect(other).to_have_url(re.compile("file="))
    refined(other)
    assert other.locator(".salvo-strip .hits .v").inner_text() == before
    again = open_page(link)
    refined(again)
    assert again.locator(".salvo-strip .hits .v").inner_text() == before


def test_drop_a_file_of_raids(open_page: Open) -> None:
    page = open_page()
    go_to(page, "Past raids")
    upload = page.get_by_test_id("stFileUploaderDropzoneInput")
    head = "raid_id,date,defender,threat_class,launched_best,leaked_best\n"
    upload.set_input_files(
        {"name": "bad.csv", "mimeType": "text/csv", "buffer": f"{head}A,2026-05-01,X,drone,ten,1".encode()}
    )
    page.get_by_text("This file cannot be read").wait_for()
    expect(page.get_by_test_id("stCode").first).to_contain_text("launched_best")
    good = f"{head}A,2026-05-01,Ukraine,drone,100,9\nA,2026-05-01,Ukraine,ballistic,5,\n"
    upload.set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": good.encode()})
    page.get_by_text("mine.csv, predicted from the record: 1 row in 1 campaign").wait_for()
    page.get_by_text("leaked is unpublished").wait_for()
    page.get_by_role("figure", name=re.compile("A, drone, 9 of 100")).wait_for()
    with page.expect_download() as told:
        page.get_by_role("button", name="Download the predictions").click()
    (row,) = salvo.hindcast(predict=parse(good, "mine.csv")).rows
    assert csv_text([row.to_dict()]) == Path(told.value.path()).read_text()


def test_edit_a_number(open_page: Open) -> None:
    page = open_page()
    refined(page)
    before = sentence(page)
    go_to(page, "Every number")
    count = page.get_by_label("Number", exact=True).first
    count.fill("35")
    count.press("Enter")
    expect(page.get_by_role("heading", level=1).first).not_to_have_text(before)
    refined(page)
    expect(page).to_have_url(re.compile("count-missile=35"))
    assert len(page.url) < 250


def test_compare_on_the_same_luck(open_page: Open) -> None:
    page = open_page("?v=1&raid=one-site&seed=2")
    refined(page)
    go_to(page, "Compare")
    page.get_by_text("No difference in any raid").first.wait_for()
    resting(page)
    page.get_by_role("slider", name="Kill probability").focus()
    page.keyboard.press("PageDown")
    page.get_by_text(re.compile(r"leakers more in an average raid")).first.wait_for()
    page.get_by_text("What differs: 1 parameter").wait_for()
    page.get_by_role("button", name="Pin what is shown now").click()
    expect(page).to_have_url(re.compile("against="))
    resting(page)
    page.get_by_role("slider", name="Kill probability").focus()
    page.keyboard.press("PageDown")
    page.get_by_text(re.compile(r"leakers more in an average raid")).first.wait_for()
    page.reload()
    sentence(page)
    go_to(page, "Compare")
    page.get_by_role("button", name="Compare with the untouched raid").wait_for()


def test_a_raid_plays(open_page: Open) -> None:
    page = open_page("?v=1&raid=saturation")
    go_to(page, "Replay")
    time = page.get_by_role("slider", name="Time in the raid")
    time.wait_for()
    begun = float(time.input_value())
    page.get_by_role("button", name="Play", exact=True).click()
    expect(time).not_to_have_value(str(int(begun)))
    page.get_by_role("button", name="Pause").click()
    assert float(time.input_value()) > begun
    page.get_by_role("button", name="Next hit").click()
    page.get_by_text(re.compile(r"[1-9]\d* hit$")).first.wait_for()
    time.focus()
    time.press("End")
    found = salvo.simulate("saturation", trials=2_000, seed=1)
    raid = typical(found.scenario, Player(found.scenario, 1, 1).rows(0, limits.ROWS), "leakers", 0.975)
    hits = salvo.replay("saturation", seed=1, trial=raid).hits
    page.get_by_text(re.compile(rf"\b{hits} hit$")).first.wait_for()
    assert page.locator("li.hit").count() == hits
    page.get_by_text(re.compile("^The events of this raid")).click()
    with page.expect_download() as told:
        page.get_by_role("button", name="Download the events").click()
    events = salvo.replay("saturation", seed=1, trial=raid).events
    assert Path(told.value.path()).read_text() == csv_text(event._asdict() for event in events)


def test_every_download_opens(open_page: Open, tmp_path: Path) -> None:
    import pandas as pd

    page = open_page("?v=1&raid=one-site&seed=4&count-missile=25")
    refined(page)
    go_to(page, "Download and cite")
    expected = salvo.simulate(salvo.load("one-site").replace("threats.missiles.count", 25), trials=limits.USUAL, seed=4)

    def get(name: str) -> bytes:
        with page.expect_download() as waiting:
            page.get_by_role("button", name=name, exact=True).click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path.read_bytes()

    summary = pd.read_csv(io.BytesIO(get("Summary (CSV)")))
    assert summary.loc[summary.quantity == "leakers", "value"].iloc[0] == expected.leakers.mean
    assert pd.read_csv(io.BytesIO(get("Distributions (CSV)"))).trials.max() == max(expected.leakers.histogram)
    parquet = pd.read_parquet(io.BytesIO(get("Summary (Parquet)")))
    assert list(parquet.columns) == list(summary.columns)
    assert json.loads(get("Result (JSON)"))["hash"] == expected.scenario.hash
    assert loads(get("Scenario (TOML)")) == expected.scenario
    report = get("Report (HTML)").decode()
    assert expected.scenario.hash in report
    told = page.get_by_text(re.compile("^salvo run one-site")).inner_text()
    assert "threats.missiles.count=25" in told
    assert "--seed 4" in told
    (tmp_path / "report.html").write_text(report, encoding="utf-8")
    offline = page.context.browser.new_context(offline=True)
    paper = offline.new_page()
    asked: list[str] = []
    paper.on("request", lambda request: asked.append(request.url))
    paper.goto((tmp_path / "report.html").as_uri())
    paper.locator(".js-plotly-plot .main-svg").first.wait_for()
    assert paper.locator(".js-plotly-plot").count() >= 4
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
    offline.close()


def test_a_budget_is_spent_on_the_best_mix_and_played(open_page: Open) -> None:
    page = open_page("?v=2&raid=decoys&seed=3")
    go_to(page, "What to buy")
    page.get_by_text("Nothing on the list has a price yet").wait_for()
    lot = lots(salvo.load("decoys"))[0]
    price = page.get_by_label(f"{lot.id}: price of one lot (million US dollars)")
    price.fill("2")
    price.press("Enter")
    budget = page.get_by_label("Budget (million US dollars)")
    expect(page.get_by_role("button", name="Find the best mix")).to_be_enabled()
    budget.fill("5")
    budget.press("Enter")
    page.get_by_role("button", name="Find the best mix").click()
    offer = {"id": lot.id, "path": lot.path, "add": lot.add, "cost_usd": 2e6, "most": lot.most}
    found = salvo.buy(
        "decoys",
        [offer],
        budget_usd=5e6,
        minimise=headline_name(salvo.load("decoys")),
        trials=buy.RAIDS,
        seed=3,
    )
    page.get_by_text(found.explain()).wait_for()
    assert f"{found.best.value.mean:.3g}" in figure_words(page, "by what is spent")
    page.get_by_role("button", name="Play the raid with it").click()
    expect(page.locator(".st-key-chips button").first).to_contain_text("rounds")
    expect(price).to_have_value("2")  # what was typed stays


def test_the_report_prints_on_one_page_and_a_picture_says_what_it_shows(open_page: Open, tmp_path: Path) -> None:
    page = open_page("?v=2&raid=april-2024&rounds-arrow-3=24")
    refined(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="One-page report").click()
    waiting.value.save_as(tmp_path / "report.html")
    with page.expect_download() as waiting:
        page.locator(".st-key-chart-nearly-all").hover()
        page.locator(".st-key-chart-nearly-all [data-title='Save as PNG']").click()
    assert waiting.value.suggested_filename == "salvo-april-2024-nearly-all.png"
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")
    told = sentence(page)
    offline = page.context.browser.new_context(offline=True)
    paper = offline.new_page()
    asked: list[str] = []
    paper.on("request", lambda request: asked.append(request.url))
    paper.goto((tmp_path / "report.html").as_uri())
    paper.locator(".js-plotly-plot .main-svg").nth(2).wait_for()
    body = paper.locator("body").inner_text()
    for words in (told, "Arrow 3 rounds 48 \u2192 24", "seed 1", __version__, "i24NEWS", "salvo run april-2024"):
        assert words in body
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
    assert len(re.findall(rb"/Type\s*/Page\b", paper.pdf(prefer_css_page_size=True))) == 1
    offline.close()
    wide = max(page.evaluate("[...document.querySelectorAll('.js-plotly-plot')].map(chart => chart.clientWidth)"))
    page.emulate_media(media="print")
    zoom = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stMainBlockContainer]')).zoom")
    assert wide * float(zoom) <= 703  # pixels of A4 between its margins; charts keep their width in print
    expect(page.locator(".salvo-print")).to_contain_text("rounds-arrow-3=24")


def test_a_mark_leads_to_the_replay_of_its_threat(open_page: Open) -> None:
    page = open_page("?v=2&raid=saturation&seed=5")
    refined(page)
    page.locator(".st-key-chart-nearly-all .main-svg").first.wait_for()
    chart = page.locator(".st-key-chart-nearly-all .salvo-chart")
    chart.focus()
    page.keyboard.press("ArrowRight")
    told = page.locator(".st-key-chart-nearly-all .salvo-pick")
    expect(told).to_contain_text("Missile")
    story = told.inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Replay", exact=True)).to_have_attribute("aria-selected", "true")
    watched = page.locator("circle.watched")
    watched.wait_for()
    assert page.locator(".salvo-story").inner_text().split()[:2] == [*story.split()[:1], story.split()[1] + "."]
    go_to(page, "The raid")
    resting(page)
    mark = page.locator(".st-key-chart-nearly-all .scatterlayer .point").first
    box = mark.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator(".st-key-chart-nearly-all .hovertext").first.wait_for()
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_role("tab", name="Replay", exact=True)).to_have_attribute("aria-selected", "true")
    watched.wait_for()


def test_a_bar_of_the_tornado_leads_to_its_slider(open_page: Open) -> None:
    page = open_page("?v=2&raid=april-2024")
    go_to(page, "Which inputs matter")
    chart = page.locator(".st-key-chart-tornado .salvo-chart")
    page.locator(".st-key-chart-tornado .js-plotly-plot").wait_for(timeout=5 * WAIT_MS)
    ids = page.evaluate("document.querySelector('.st-key-chart-tornado .js-plotly-plot').data[0].ids")
    sliders = {names.path(APRIL, path): one for one in levers.heroes(APRIL) if not one.blocked for path in one.about}
    at = next(k for k, id in enumerate(ids) if id in sliders)
    chart.focus()
    for _ in range(at + 1):
        page.keyboard.press("ArrowDown")
    expect(page.locator(".st-key-chart-tornado .salvo-pick")).to_have_text(ids[at])
    page.keyboard.press("Enter")
    expect(page.get_by_role("slider", name=sliders[ids[at]].label, exact=True)).to_be_focused()
    other = next(k for k, id in enumerate(ids) if id not in sliders)
    chart.focus()
    page.keyboard.press("Home")
    for _ in range(other):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Every number", exact=True)).to_have_attribute("aria-selected", "true")
