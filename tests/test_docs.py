"""What the documents show is run as it is printed: Python, scenario files, commands; and the site builds without a warning."""

import importlib
import inspect
import json
import re
import shlex
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from renew import EXAMPLE, answer

import salvo
from salvo import links
from salvo.cli.main import COMMANDS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_HERE = (
    "salvo app",
    "salvo benchmark",
    "python -m pip",
    "python -m uv",
    "pip ",
    "streamlit",
)  # set up, serve or take minutes


def blocks(language, path):
    """The blocks of one language in a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def numbered(language):
    for path in PAGES:
        for k, text in enumerate(blocks(language, path)):
            yield pytest.param(text, id=f"{path.name}-{k + 1}")


@pytest.mark.parametrize("path", [path for path in PAGES if blocks("python", path)], ids=lambda path: path.name)
def test_python_runs_as_printed(path, tmp_path, monkeypatch, capsys):
    """The blocks of a page, one after the other, as a reader would type them."""
    monkeypatch.chdir(tmp_path)
    names = {}
    for text in blocks("python", path):
        exec(compile(text, path.name, "exec"), names)


@pytest.mark.parametrize(
    "text", [one for one in numbered("toml") if "schema = 1" in one.values[0] or "schema =" in one.values[0]]
)
def test_scenario_files_load_as_printed(text):
    assert salvo.loads(text).threats


def commands():
    for path in PAGES:
        for text in blocks("sh", path):
            for line in text.splitlines():
                line = line.split(" #")[0].strip()
                if line.startswith("salvo ") and not line.startswith(NOT_HERE):
                    yield from (
                        pytest.param(part.strip(), id=f"{path.name}: {part.strip()}") for part in line.split(";")
                    )


@pytest.mark.parametrize("line", list(commands()))
def test_commands_run_as_printed(line, tmp_path):
    (raid,) = (text for text in blocks("toml", ROOT / "docs" / "start.md") if "my-raid" in text)
    (options,) = (text for text in blocks("toml", ROOT / "docs" / "questions.md") if "[[options]]" in text)
    (tmp_path / "my-raid.toml").write_text(raid)
    (tmp_path / "options.toml").write_text(options)
    words = shlex.split(line)[1:]
    found = subprocess.run(
        [sys.executable, "-m", "salvo", *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize(
    "path", [path for path in PAGES if EXAMPLE.search(path.read_text())], ids=lambda path: path.name
)
def test_examples_are_what_the_program_prints(path):
    for command, shown in EXAMPLE.findall(path.read_text("utf-8")):
        assert shown == answer(command), "python tests/renew.py examples renews them"


def test_the_readme_names_every_command_and_extra():
    text = PAGES[0].read_text("utf-8")
    assert [name for name in COMMANDS if f"salvo {name}" not in text] == []
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (told,) = re.findall(r"extras are (.+?)\.\n", text)
    assert re.findall("`(.+?)`", told) == sorted(extras)


def test_the_site_builds_without_a_warning(tmp_path):
    if find_spec("sphinx") is None:
        pytest.skip("the site needs the group `docs`: uv run --group docs pytest -m slow tests/test_docs.py")
    build = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", str(ROOT / "docs"), str(tmp_path)]
    found = subprocess.run(build, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert not re.search(r'(src|href)="https?://[^"]+\.(js|css|woff2?)"', (tmp_path / "index.html").read_text())


def examples():
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        return importlib.import_module("examples").EXAMPLES
    finally:
        sys.path.remove(str(ROOT / "docs"))


@pytest.mark.parametrize("name", sorted(examples()))
def test_the_example_of_a_function_runs_as_printed(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(examples()[name], name, "exec"), {"salvo": salvo})
    assert f"salvo.{name}(" in examples()[name]
    assert capsys.readouterr().out.strip()


def test_every_function_has_an_example():
    assert set(examples()) == {name for name in salvo.__all__ if inspect.isfunction(getattr(salvo, name))}


LANGUAGES = {"", "sh", "python", "toml", "json", "text", "nginx", "{toctree}", "{image}"}


def test_every_block_is_of_a_kind_that_is_run_or_shows_what_is_printed():
    """`sh`, `python` and `toml` are run by the tests above; the others are output, settings of other programs, or parts of the site."""
    for path in PAGES:
        fences = re.findall(r"^ *```(.*)$", path.read_text("utf-8"), re.MULTILINE)
        assert {words.split(" ")[0] for words in fences[::2]} <= LANGUAGES, path.name
        assert set(fences[1::2]) <= {""}, path.name
    for text in blocks("json", ROOT / "docs" / "deploy.md"):
        for line in text.splitlines():
            json.loads(line)


@pytest.mark.parametrize("name", ["Against", "Arrival"])
def test_a_figure_of_the_file_format_names_keys_that_the_format_has(name, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    geometry = importlib.import_module("geometry")
    from salvo.format.schema import json_schema

    text = "\n".join(geometry.page(name))
    drawn = re.search("<svg.*</svg>", text, re.DOTALL)[0]
    named = set(re.findall(r"\b[a-z]+_(?:km|s)\b", drawn))
    assert {"Against": geometry.REACHES, "Arrival": geometry.TIMES}[name].keys() == named & set(
        json_schema()["$defs"][name]["properties"]
    )
    ElementTree.fromstring(drawn)


@pytest.fixture
def gallery(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    return importlib.import_module("gallery")


def test_a_card_shows_fifty_raids_and_opens_its_scenario(gallery):
    card = "\n".join(gallery.card("one-site"))
    (address,) = re.findall(r'href="([^"]+)"', card)
    link = links.decode(parse_qs(urlsplit(unescape(address)).query))
    assert (link.played, link.seed, link.notes) == (salvo.load("one-site"), 1, ())
    result = salvo.simulate("one-site", seed=1)
    assert sum(int(count) for count, _ in re.findall(r"(\d+) with (\d+)", card)) == gallery.DOTS
    assert result.explain().startswith(re.findall("<p>(.+?)</p>", card)[0])
    assert len(set(gallery.SHOWN)) == 10
    assert set(gallery.SHOWN) <= set(salvo.catalog.names())


@pytest.mark.parametrize("values", [[0] * 50, [7] * 50, list(range(50)), [0] * 49 + [10**6], [100, 100] * 25])
def test_every_raid_of_a_picture_is_a_mark_inside_it(gallery, values):
    drawn = "\n".join(gallery.picture(values, "hits"))
    places = re.findall(r'<circle class="salvo-stopped" cx="([\d.]+)" cy="([\d.]+)"', drawn)
    assert len(places) == values.count(0)
    places += re.findall(r'<path class="salvo-hit" d="M([\d.]+) ([\d.]+)l', drawn)
    assert len(set(places)) == len(places) == 50
    assert all(0 < float(x) < gallery.WIDTH and 0 < float(y) < gallery.BASE for x, y in places)


def test_the_glossary_is_in_order_and_has_no_empty_entry():
    from salvo.glossary import TERMS, meaning

    assert list(TERMS) == sorted(TERMS)
    assert all(meaning(term).endswith(".") for term in TERMS)
    with pytest.raises(salvo.Faults, match="leaker"):
        meaning("leakers")
