"""The layout keeps its promises: which way imports point, and that nothing names what it should not."""

import ast
import re
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PYTHON = sorted(
    path for folder in ("salvo", "kernels") for path in (ROOT / folder).rglob("*.py") if not path.is_symlink()
)
PYTHON = [
    path
    for path in PYTHON
    if not any(parent.is_symlink() for parent in path.relative_to(ROOT).parents if str(parent) != ".")
]
LINKED = {"kernels", "datasets", "benchmarks"}


def inside(path):
    """A file's place in the tree, without going through the links inside the package."""
    parts = path.relative_to(ROOT).parts
    return not (parts[0] == "salvo" and len(parts) > 1 and parts[1] in LINKED)


def imports(path):
    """Modules that a file imports anywhere in it, as dotted names; relative ones begin with a dot."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


FILES = [path for path in PYTHON if inside(path)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    place = path.relative_to(ROOT)
    found = set(imports(path))
    tops = {name.split(".")[0] for name in found}
    if place.parts[0] == "kernels":
        own = {"." + other.stem for other in (ROOT / "kernels").glob("*.py")}
        assert all(name.startswith(".") or name.split(".")[0] in {"numba", "numpy"} for name in found), found
        assert {name for name in found if name.startswith(".") and name.count(".") == 1} <= own | {"."}
        return
    assert "tests" not in tops
    assert "kernels" not in tops
    room = place.parts[1] if place.parts[0] == "salvo" and len(place.parts) > 2 else ""
    if room != "app":
        assert "streamlit" not in tops
        if place not in {Path("salvo/cli/main.py"), Path("salvo/report/recipe.py")}:
            assert not any(name.startswith("salvo.app") for name in found)
    if room != "charts":
        assert "plotly" not in tops
    if room != "engine" and place != Path("salvo/answers/replay.py"):
        assert not any(name.startswith("salvo.kernels") for name in found), "the kernels have one door"


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: which files belong to the project cannot be told")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_links_in_the_documents_lead_somewhere():
    for path in (path for path in tracked() if path.suffix == ".md"):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text()):
            if not re.match(r"[a-z]+:", target):
                assert (path.parent / target).exists(), f"{path.relative_to(ROOT)} -> {target}"


def test_lock_files_are_not_tracked():
    assert not {"uv.lock", "pylock.toml"} & {path.name for path in tracked()}


def test_version_is_one():
    """The installed distribution, the package, the citation and the changelog name the same version."""
    import salvo

    assert metadata.version("salvo-calculator") == salvo.__version__
    assert f"version: {salvo.__version__}" in (ROOT / "CITATION.cff").read_text()
    assert f"## {salvo.__version__}" in (ROOT / "CHANGELOG.md").read_text()
