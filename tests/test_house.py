"""The layout keeps its promises: which way imports point, and that nothing names what it should not."""

import ast
import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from salvo.report.recipe import citation

ROOT = Path(__file__).parent.parent
LINKED = {"kernels", "datasets", "benchmarks"}  # links inside the package, to folders at the top

# Which rooms (folders of salvo/) and single files a room may import, besides itself. Lower rooms know nothing of higher ones.
BASE = {"faults", "glossary", "histogram", "intervals", "limits", "version"}
ROOMS = {
    "faults": set(),
    "histogram": set(),
    "intervals": set(),
    "version": set(),
    "glossary": {"faults"},
    "limits": {"faults"},
    "format": BASE,
    "catalog": BASE | {"format"},
    "links": BASE | {"format", "catalog"},
    "past": BASE | {"format", "catalog"},
    "engine": BASE | {"format", "kernels"},
    "exact": BASE | {"format", "catalog", "engine"},
    "result": BASE | {"format", "engine", "exact"},
    "wording": BASE | {"result"},
    "charts": (below_charts := BASE | {"format", "past", "engine", "exact", "result", "wording"}),
    "report": (below_report := below_charts | {"catalog", "links", "charts"}),
    "answers": (below_answers := below_report | {"report", "kernels"}),
    "app": (below_answers - {"kernels"}) | {"answers"},
    "cli": (below_answers - {"kernels", "engine"}) | {"answers", "app", "benchmarks"},
}
OUTSIDE = {
    "streamlit": {"app"},
    "plotly": {"charts"},
    "llvmlite": {"engine"},
    "numba": {"engine"},
    "typer": {"cli"},
    "pydantic": {"format"},
}
MOST_SIDE_BY_SIDE = 12


def python_files():
    """Every Python file of the package, without those reached through its links."""
    for path in sorted((ROOT / "salvo").rglob("*.py")):
        if path.relative_to(ROOT).parts[1] not in LINKED:
            yield path


def module(path):
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module(path): path for path in python_files()}


def room(name):
    """The room of a module: `salvo.format.text` is in `format`, `salvo.faults` in `faults`."""
    return name.split(".")[1] if "." in name else ""


def imports(path, *, when_checking=True):
    """Modules that a file imports anywhere in it, lazy imports inside functions too; with or without those for types alone."""
    tree = ast.parse(path.read_text("utf-8"))
    apart = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            apart |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in apart and not when_checking:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            for alias in node.names:
                whole = f"{name}.{alias.name}"
                yield whole if whole in FILES or room(whole) in LINKED else name


@pytest.mark.parametrize("name", [name for name in FILES if room(name)])
def test_a_room_imports_only_what_it_may(name):
    found = set(imports(FILES[name]))
    ours = {room(one) for one in found if one.startswith("salvo.")} - {room(name)}
    if room(name) == "__main__":
        assert ours == {"cli"}
        return
    assert ours <= ROOMS[room(name)], f"{name} imports {sorted(ours - ROOMS[room(name)])}"
    tops = {one.split(".")[0] for one in found}
    assert not tops & {"tests", "kernels", "datasets", "benchmarks", "app"}
    for package, rooms in OUTSIDE.items():
        assert package not in tops or room(name) in rooms, f"{package} is for {rooms}"


def test_no_two_rooms_import_each_other():
    for one, others in ROOMS.items():
        assert not [other for other in others if one in ROOMS.get(other, ())], one


def test_no_circle_of_imports():
    """Lazy imports inside functions count; imports for types alone do not, as they are never made."""
    left = {
        name: {one for one in imports(path, when_checking=False) if one in FILES and one != name}
        for name, path in FILES.items()
    }
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    assert not left


def test_few_files_stand_side_by_side():
    for folder in {path.parent for path in FILES.values()}:
        count = len([path for path in folder.glob("*.py") if path.name != "__init__.py"])
        most = 3 * MOST_SIDE_BY_SIDE if folder.name in ("answers", "cli", "format") else MOST_SIDE_BY_SIDE + 4
        assert count <= (MOST_SIDE_BY_SIDE if folder.name == "salvo" else most), folder


def test_the_kernels_import_only_each_other():
    own = {"." + path.stem for path in (ROOT / "kernels").glob("*.py")}
    for path in (ROOT / "kernels").glob("*.py"):
        found = set(imports(path))
        assert all(name.startswith(".") or name.split(".")[0] in {"numba", "numpy"} for name in found), path
        assert {name for name in found if name.startswith(".") and name != "."} <= own


def test_the_distribution_lists_every_folder():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    folders = {".".join(path.parent.relative_to(ROOT).parts) for path in FILES.values()}
    folders |= {f"salvo.{name}" for name in LINKED} | {"salvo.datasets.scenarios"}
    assert set(project["tool"]["setuptools"]["packages"]) == folders


def test_the_conda_recipe_asks_for_what_the_package_asks_for():
    import salvo

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    recipe = (ROOT / "recipe" / "recipe.yaml").read_text("utf-8")
    assert f'version: "{salvo.__version__}"' in recipe
    lists = {name: set(re.findall("- (.+)", text)) for name, text in re.findall(r"  (\w+):\n((?:    - .+\n)+)", recipe)}
    needed = {re.sub(r"(>=)", r" \1", one) for one in project["dependencies"]}
    assert lists["run"] == needed | {f"python {project['requires-python']}"}
    extras = {re.sub(r"(>=)", r" \1", one) for names in project["optional-dependencies"].values() for one in names}
    assert lists["run_constraints"] <= extras
    assert {re.sub(r"(>=)", r" \1", one) for one in project["optional-dependencies"]["app"]} <= lists["run_constraints"]
    (entry,) = re.findall("entry_points: *\n +- (.+)", recipe)
    assert entry == " = ".join(*project["scripts"].items())


def test_no_module_beside_the_public_names_bears_one():
    """`import salvo.x` must never put a module in the place of a public function."""
    import salvo

    beside = {path.stem for path in (ROOT / "salvo").iterdir()}
    assert not {name for name in salvo.__all__ if name in beside and callable(getattr(salvo, name))}


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: which files belong to the project cannot be told")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def written_by_the_build():
    """Pages that docs/generated.py writes: they exist only while the site is built."""
    tree = ast.parse((ROOT / "docs" / "generated.py").read_text("utf-8"))
    made = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}
    return {ROOT / "docs" / made["FOLDER"].value / key.value for key in made["PAGES"].keys}


def test_links_in_the_documents_lead_somewhere():
    built = written_by_the_build()
    for path in (path for path in tracked() if path.suffix == ".md"):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text()):
            if not re.match(r"[a-z]+:", target):
                page = path.parent / target
                assert page in built or page.exists(), f"{path.relative_to(ROOT)} -> {target}"


def test_lock_files_are_not_tracked():
    assert not {"uv.lock", "pylock.toml"} & {path.name for path in tracked()}


def test_version_is_one():
    """The installed distribution, the package, the citation and the changelog name the same version."""
    import salvo

    assert metadata.version("salvo-calculator") == salvo.__version__
    assert f"version: {salvo.__version__}" in (ROOT / "CITATION.cff").read_text()
    heads = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heads[0] == salvo.__version__


def test_the_citation_is_one(monkeypatch):
    from salvo.report import recipe
    from salvo.version import ADDRESS, AUTHORS, RELEASED

    text = (ROOT / "CITATION.cff").read_text()
    assert f"- name: {AUTHORS}\n" in text
    assert f"date-released: {RELEASED}\n" in text
    assert citation([], None, None).startswith(f"{AUTHORS} ({RELEASED[:4]}). Salvo, version ")
    assert re.findall(r"^repository-code: (\S+)$", text, re.MULTILINE) == [ADDRESS] * bool(ADDRESS)
    monkeypatch.setattr(recipe, "ADDRESS", "https://example.org/salvo")
    assert citation([], None, None).endswith("at a layered defence. https://example.org/salvo.")


def test_what_moved_is_told_by_version():
    from salvo.version import MOVED, __version__, moved_since

    assert moved_since("0.1.0") == list(MOVED.values())
    assert moved_since(__version__) == []
    assert moved_since("0.1.0rc1") == moved_since("0.1.0")


def names(tree, how):
    return {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, how)}


@pytest.mark.parametrize("path", FILES.values(), ids=FILES)
def test_no_variable_of_a_comprehension_hides_what_its_function_calls(path):
    """Python 3.12.0 and 3.12.1 take the name for a local one in the whole function, and it has no value yet."""
    tree = ast.parse(path.read_text("utf-8"))
    defined = {one.name for one in tree.body if isinstance(one, (ast.FunctionDef, ast.ClassDef))}
    for function in (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)):
        short = [one for one in ast.walk(function) if isinstance(one, (ast.ListComp, ast.SetComp, ast.DictComp))]
        hidden = {name: [one for one in short if name in names(one, ast.Store)] for name in defined}
        for name, inside in hidden.items():
            within = {id(node) for one in inside for node in ast.walk(one)}
            used = [one for one in ast.walk(function) if isinstance(one, ast.Name) and one.id == name]
            assert not inside or all(id(one) in within for one in used), f"{name} in {function.name}"
