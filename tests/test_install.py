"""What is built installs and works away from the checkout. More, which needs an index and minutes: tests/install_matrix.py."""

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from page_server import answering

import salvo
from salvo.app.launch import ADDRESS, free_port

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
UV = [shutil.which("uv")] if shutil.which("uv") else [sys.executable, "-m", "uv"] if find_spec("uv") else None
ELSEWHERE = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}


def done(words, **how):
    found = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **how)
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Source distribution, and the wheel that is made from it."""
    if UV is None:
        pytest.skip("uv, which builds, is not on the path")
    folder = tmp_path_factory.mktemp("dist")
    done([*UV, "build", "-q", "--out-dir", folder, ROOT])
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def away(built, tmp_path_factory):
    """Programs of an environment that holds the wheel and sees the packages of this one, but not the checkout."""
    folder = tmp_path_factory.mktemp("environment")
    done([*UV, "venv", "-q", "--python", sys.executable, folder])
    python = folder / "bin" / "python"
    done([*UV, "pip", "install", "-q", "--offline", "--no-deps", "--python", python, built[1]])
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "beside.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def test_the_wheel_holds_the_package(built):
    with zipfile.ZipFile(built[1]) as packed:
        found = {name for name in packed.namelist() if name.startswith("salvo/")}
    files = (
        Path(folder, name).relative_to(ROOT).as_posix()
        for folder, _, names in os.walk(ROOT / "salvo", followlinks=True)
        for name in names
    )
    kernels_readme = "salvo/kernels/README.md"  # for who works on them
    assert found == {name for name in files if not name.endswith(".pyc")} - {kernels_readme}


def test_the_source_distribution_holds_what_is_tracked(built):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: which files belong to the project cannot be told")
    with tarfile.open(built[0]) as packed:
        found = {name.split("/", 1)[1] for name in packed.getnames() if "/" in name}
    tracked = {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}
    assert tracked - found == {".gitignore"}
    assert not [name for name in found if name.startswith("docs/generated/") or "__pycache__" in name]


def test_the_installed_program_gives_the_answer_of_the_checkout(away, tmp_path):
    where = done([away / "python", "-c", "import salvo; print(salvo.__file__)"], cwd=tmp_path, env=ELSEWHERE)
    assert Path(where.strip()).is_relative_to(away.parent)
    words = ["run", "april-2024", "--trials", "100", "--seed", "5", "--format", "json"]
    told = json.loads(done([away / "salvo", *words], cwd=tmp_path, env=ELSEWHERE))
    here = salvo.simulate("april-2024", trials=100, seed=5).to_dict()
    assert told["leakers"] == json.loads(json.dumps(here["leakers"]))
    assert told["hash"] == here["hash"]
    assert not list(tmp_path.iterdir())


def test_the_installed_page_is_served_from_an_empty_folder(away, tmp_path):
    port = free_port(None)
    words = [away / "salvo", "app", "--no-browser", "--port", port]
    server = subprocess.Popen([str(word) for word in words], cwd=tmp_path, env=ELSEWHERE, stderr=subprocess.DEVNULL)
    try:
        answering(f"http://{ADDRESS}:{port}/_stcore/health", server)
    finally:
        server.terminate()
        assert server.wait(30) == 128 + signal.SIGTERM
    assert free_port(port) == port  # what it had started ended with it


def test_the_installed_benchmark_finds_its_parts(away, tmp_path):
    told = done([away / "salvo", "benchmark", "--help"], cwd=tmp_path, env=ELSEWHERE)
    assert "--quick" in told
    code = "from salvo.benchmarks import plain; print(plain.SOURCES)"
    assert "cpp" in done([away / "python", "-c", code], cwd=tmp_path, env=ELSEWHERE)
