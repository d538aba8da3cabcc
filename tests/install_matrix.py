"""Wheel and source distribution in empty environments: Pythons x newest and lowest dependencies x extras. Needs an index.

    python tests/install_matrix.py [--python 3.12] [--only lowest] [--extra app] [--sdist] [--benchmark]

Every environment starts empty, works in an empty folder with an empty home, and must give the same answer. One line each;
the last run is kept in docs/soak.md. `--sdist` runs the quick loop of the tests from the source distribution as well,
`--benchmark` runs `salvo benchmark --quick`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
RESOLUTIONS = {"newest": "highest", "lowest": "lowest-direct"}
SHOWN = ("numba", "numpy", "scipy", "pandas", "pydantic", "typer", "streamlit", "plotly", "distributed")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
VARIES = ("manifest", "seconds", "threads", "device")  # keys of an answer that differ from run to run
NONE = "none"
EXTRAS: dict[str, list[str]] = {NONE: [], **PROJECT["optional-dependencies"]}
PATIENCE_S = 300
PAGE = """
from streamlit.testing.v1 import AppTest
from salvo.app.launch import SCRIPT
page = AppTest.from_file(str(SCRIPT), default_timeout=300).run()
assert not page.exception, page.exception
"""
CLUSTER = """
import distributed, salvo
if __name__ == "__main__":
    with (
        distributed.LocalCluster(n_workers=1, dashboard_address=None, host="127.0.0.1") as cluster,
        distributed.Client(cluster) as client,
        client.get_executor() as executor,
    ):
        over = {"batteries.*.channels": [1, 2]}
        there = salvo.sweep("one-site", over, trials=50, executor=executor).to_frame()
        assert there.equals(salvo.sweep("one-site", over, trials=50).to_frame())
"""


class Failed(Exception):
    """A command that ended otherwise than it should."""


def uv(*words: str) -> None:
    tool = shutil.which("uv")
    _run([tool] if tool else [sys.executable, "-m", "uv"], *words, env=None, cwd=ROOT)


def _run(program: list[str], *words: str, env: dict[str, str] | None, cwd: Path, code: int = 0) -> str:
    done = subprocess.run([*program, *words], env=env, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != code or "Traceback" in done.stderr:
        raise Failed(f"{' '.join(words)[:100]}: status {done.returncode}\n{(done.stdout + done.stderr)[-1500:]}")
    return done.stdout


def interpreter(version: str) -> str:
    """A Python of this machine: one that pyenv has, else what uv finds by the version."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = sorted(pyenv.glob(f"{version}.*/bin/python"))
    return str(found[-1]) if found else version


class Place:
    """An empty environment beside an empty folder and an empty home; environments of one home share compiled kernels."""

    def __init__(self, folder: Path, python: str, resolution: str, home: Path) -> None:
        self.environment, self.folder, self.resolution = folder / "environment", folder / "empty", resolution
        self.folder.mkdir(parents=True)
        home.mkdir(exist_ok=True)
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "SSL_CERT_FILE")}
        self.env = kept | {"HOME": str(home), "VIRTUAL_ENV": str(self.environment)}
        uv("venv", "-q", "--python", interpreter(python), str(self.environment))

    def install(self, *what: str) -> None:
        python = str(self.environment / "bin" / "python")
        uv("pip", "install", "-q", "--python", python, "--resolution", self.resolution, *what)
        uv("pip", "check", "-q", "--python", python)

    def __call__(self, *words: str, code: int = 0, cwd: Path | None = None) -> str:
        program = str(self.environment / "bin" / words[0])
        return _run([program], *words[1:], env=self.env, cwd=cwd or self.folder, code=code)

    def answer(self) -> str:
        """Digest of the main job's answer."""
        told = json.loads(self("salvo", "run", "april-2024", "--trials", "500", "--seed", "1", "--format", "json"))
        kept = {key: value for key, value in told.items() if key not in VARIES}
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:12]

    def versions(self) -> str:
        code = "from importlib.metadata import distributions as d; import json; print(json.dumps({p.name: p.version for p in d()}))"
        found = json.loads(self("python", "-c", code))
        return ", ".join(f"{name} {found[name]}" for name in SHOWN if name in found)

    def page(self) -> None:
        """`salvo app` serves, and the page draws without a fault."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        words = [str(self.environment / "bin" / "salvo"), "app", "--no-browser", "--port", str(port)]
        with open(os.devnull, "wb") as nothing:
            server = subprocess.Popen(words, env=self.env, cwd=self.folder, stdout=nothing, stderr=nothing)
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health", server)
        finally:
            server.terminate()
            server.wait(30)
        self("python", "-c", PAGE)


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if server.poll() is not None:
            raise Failed(f"salvo app ended with status {server.returncode}")
        try:
            with urllib.request.urlopen(address, timeout=2) as told:
                assert told.read() == b"ok"
                return
        except OSError:
            time.sleep(0.3)
    raise Failed("salvo app did not answer")


def check(place: Place, extra: str) -> None:
    """What an extra is for works; without it, what needs it says so in a sentence."""
    if extra == NONE:
        place("salvo", "app", code=2)
        place("salvo", "list")
    elif extra == "app":
        place.page()
    elif extra == "files":
        for ending in ("parquet", "xlsx", "html", "csv"):
            place("salvo", "run", "one-site", "--trials", "50", "-o", f"answer.{ending}")
    elif extra == "dask":
        (place.folder / "cluster.py").write_text(CLUSTER)
        place("python", "cluster.py")
    elif extra == "cuda":
        place("python", "-c", "import numba.cuda")
        if not Path("/dev/nvidiactl").exists():
            place("salvo", "run", "one-site", "--trials", "50", "--device", "cuda", code=2)
    else:
        raise Failed(f"nothing is checked for the extra {extra}")


def suite(place: Place, sdist: Path, folder: Path) -> None:
    """The quick loop of the tests, from the unpacked source distribution."""
    with tarfile.open(sdist) as packed:
        packed.extractall(folder, filter="data")
    (root,) = folder.glob("salvo_calculator-*")
    place.install("--group", f"{root / 'pyproject.toml'}:dev", str(root))
    sys.stdout.write("    " + place("pytest", "-q", "-p", "no:cacheprovider", cwd=root).splitlines()[-1] + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", nargs="+", default=PYTHONS)
    parser.add_argument("--only", choices=RESOLUTIONS)
    parser.add_argument("--extra", nargs="+", choices=EXTRAS, default=list(EXTRAS))
    parser.add_argument("--sdist", action="store_true")
    parser.add_argument("--benchmark", action="store_true")
    asked = parser.parse_args()
    bad, answers = 0, set()
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        uv("build", "-q", "--out-dir", str(work / "dist"), str(ROOT))
        (wheel,), (sdist,) = (work / "dist").glob("*.whl"), (work / "dist").glob("*.tar.gz")
        jobs = [(python, name, extra) for python in asked.python for name in RESOLUTIONS for extra in asked.extra]
        jobs = [job for job in jobs if asked.only in (None, job[1])]
        jobs += [(python, "newest", "sdist") for python in asked.python if asked.sdist]
        jobs += [(python, "newest", "benchmark") for python in asked.python if asked.benchmark]
        for python, name, extra in jobs:
            folder = work / f"{python}-{name}-{extra}"
            began = time.perf_counter()
            try:
                place = Place(folder, python, RESOLUTIONS[name], work / f"home-{python}-{name}")
                if extra == "sdist":
                    suite(place, sdist, folder / "tree")
                elif extra == "benchmark":
                    place.install(str(wheel))
                    place("salvo", "benchmark", "--quick")
                else:
                    # named one by one, so that all of them, and not what they need in turn, are the lowest
                    place.install(
                        f"{wheel}[{extra}]" if extra != NONE else str(wheel), *PROJECT["dependencies"], *EXTRAS[extra]
                    )
                    answers.add(answer := place.answer())
                    check(place, extra)
                told = f"answer {answer}" if extra not in ("sdist", "benchmark") else "good"
                told += f"; {place.versions()}" if extra in (NONE, "app") else ""
            except (Failed, subprocess.TimeoutExpired) as failure:
                bad, told = bad + 1, f"FAILED: {failure}"
            sys.stdout.write(f"{python} {name} {extra}: {told}; {time.perf_counter() - began:.0f} s\n")
            sys.stdout.flush()
            shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(f"{len(jobs)} environments: {bad} failed; {len(answers)} different answers\n")
    return int(bool(bad) or len(answers) > 1)


if __name__ == "__main__":
    sys.exit(main())
