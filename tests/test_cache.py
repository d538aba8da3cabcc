"""Where things are kept: nothing is read that others could have written, and a cache that will not do costs one line."""

import errno
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from salvo.engine import cache

NEEDS_USERS = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="NO USERS: folders belong to nobody here")
NEEDS_ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="NOT ROOT: nothing can be given to another user"
)
NOBODY = 54321  # has no entry in passwd


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    """Each test chooses its folders anew; the user's cache is one of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "users"))
    for remembered in (cache.cache_folder, cache._base):
        remembered.cache_clear()
    yield
    for remembered in (cache.cache_folder, cache._base):
        remembered.cache_clear()


def chosen(monkeypatch, caplog, folder):
    """The folder for a thing where NUMBA_CACHE_DIR is `folder`, and the lines that were said."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder))
    with caplog.at_level(logging.WARNING):
        found = [cache.cache_folder(name) for name in ("things", "others")]
    assert found[0].name == "things"
    assert all(place.is_dir() for place in found)
    return found[0], [record.getMessage() for record in caplog.records]


def test_a_folder_is_made_for_this_user_alone(tmp_path, monkeypatch, caplog):
    before = os.umask(0)
    try:
        folder, said = chosen(monkeypatch, caplog, tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert folder == tmp_path / "a" / "b" / "things"
    assert said == []
    assert [place.stat().st_mode & 0o777 for place in (folder, *list(folder.parents)[:2])] == [0o700] * 3


@NEEDS_USERS
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o722, 0o1777])
@pytest.mark.parametrize("which", ["the folder", "the one above"])
def test_a_folder_that_others_can_write_is_not_used(tmp_path, monkeypatch, caplog, mode, which):
    given = tmp_path / "shared" / "given"
    given.mkdir(parents=True)
    os.chmod(given if which == "the folder" else given.parent, mode)
    folder, said = chosen(monkeypatch, caplog, given)
    if which == "the one above" and mode == 0o1777:  # as in /tmp: others cannot put another folder in its place
        assert folder == given / "things"
        assert said == []
        return
    assert folder == tmp_path / "users" / "salvo" / "things"
    assert len(said) == 1
    assert "may be written by other users" in said[0]
    assert list(given.iterdir()) == []


@NEEDS_ROOT
def test_a_folder_of_another_user_is_not_used(tmp_path, monkeypatch, caplog):
    given = tmp_path / "given"
    given.mkdir()
    os.chown(given, NOBODY, NOBODY)
    folder, said = chosen(monkeypatch, caplog, given)
    assert folder == tmp_path / "users" / "salvo" / "things"
    assert len(said) == 1
    assert "belongs to another user" in said[0]


@NEEDS_USERS
def test_a_thing_in_a_safe_folder_that_others_can_write(tmp_path, monkeypatch, caplog):
    """Made unsafe by hand within a safe one: a folder of this process alone takes its place."""
    (tmp_path / "things").mkdir()
    os.chmod(tmp_path / "things", 0o777)
    folder, said = chosen(monkeypatch, caplog, tmp_path)
    assert tmp_path not in folder.parents
    assert len(said) == 1


@NEEDS_USERS
def test_a_file_that_others_can_write_is_not_read(tmp_path):
    path = tmp_path / "file"
    cache.keep(path, b"content")
    assert cache.kept(path) == b"content"
    os.chmod(path, 0o666)
    assert cache.kept(path) is None
    os.chmod(path, 0o600)
    link = tmp_path / "link"
    link.symlink_to(path)
    assert cache.kept(link) is None
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)
        assert cache.kept(path) is None


@pytest.mark.parametrize("what", ["a file", "beneath a file"])
def test_no_folder_can_be_made(tmp_path, monkeypatch, caplog, what):
    """Neither where the user wishes nor at home: one line, and nothing is left behind."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    given = tmp_path / "file" if what == "a file" else tmp_path / "file" / "more"
    folder, said = chosen(monkeypatch, caplog, given)
    assert len(said) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert tmp_path not in folder.parents


def run(code, **more):
    """Run Python in a process of its own; what it said on both streams."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_a_temporary_folder_goes_with_its_process(tmp_path):
    (tmp_path / "file").write_text("")
    code = "from salvo.engine.cache import cache_folder; print(cache_folder('a')); print(cache_folder('b'))"
    bad = str(tmp_path / "file")
    places = {"NUMBA_CACHE_DIR": bad, "XDG_CACHE_HOME": bad, "TMPDIR": str(tmp_path)}
    out, err = run(code, env=os.environ | places)
    assert [line.startswith(str(tmp_path / "salvo-")) for line in out.splitlines()] == [True, True]
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("said_by_platformdirs", ["~/.cache/salvo", RuntimeError("no home"), KeyError("uid")])
def test_a_user_without_a_home(tmp_path, monkeypatch, caplog, said_by_platformdirs):
    def user_cache_dir(*_: object, **__: object) -> str:
        if isinstance(said_by_platformdirs, Exception):
            raise said_by_platformdirs
        return said_by_platformdirs

    monkeypatch.setattr("platformdirs.user_cache_dir", user_cache_dir)
    monkeypatch.chdir(tmp_path)
    folder, said = chosen(monkeypatch, caplog, "")
    assert said == ["cache: no home folder; what is compiled is forgotten at the end"]
    assert list(tmp_path.iterdir()) == []
    assert folder.is_dir()


@pytest.fixture
def open_folder():
    """A folder that belongs to NOBODY, who can reach it."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        place = Path(name) / "cwd"
        place.mkdir()
        os.chown(place, NOBODY, NOBODY)
        for folder in (Path(sys.base_prefix), Path(sys.executable).parent, Path(cache.__file__).parent, place):
            if not all(one.stat().st_mode & 0o001 for one in (folder, *folder.parents)):
                pytest.skip(f"OTHER USERS cannot reach {folder}")
        yield place


@NEEDS_ROOT
def test_no_home_and_no_entry_in_passwd(open_folder):
    """A user of a container: a cache where the user wishes works, and without one a line tells that there is none."""
    code = f"import os; os.setgid({NOBODY}); os.setuid({NOBODY})\nfrom salvo.engine.cache import cache_folder; print(cache_folder('a'))"
    environment = {key: value for key, value in os.environ.items() if key in ("PATH", "PYTHONPATH", "LANG")}
    out, err = run(code, cwd=open_folder, env=environment)
    assert "no home folder" in err
    assert err.count("\n") == 1
    assert list(open_folder.iterdir()) == []
    out, err = run(code, cwd=open_folder, env=environment | {"NUMBA_CACHE_DIR": str(open_folder / "cache")})
    assert out == f"{open_folder / 'cache' / 'a'}\n"
    assert err == ""


def test_what_is_kept_comes_back(tmp_path):
    content = np.random.default_rng(1).bytes(10_000)
    cache.keep(tmp_path / "file", content)
    assert cache.kept(tmp_path / "file") == content
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_cache_on_a_read_only_file_system_is_read(tmp_path, monkeypatch, caplog):
    """As in a container whose cache was filled while the image was built."""
    given = tmp_path / "given"
    (given / "things").mkdir(parents=True, mode=0o700)
    os.chmod(given, 0o700)
    kept = given / "things" / "kept"
    cache.keep(kept, b"made before")

    def refuse(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(cache.tempfile, "TemporaryFile", refuse)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(given))
    with caplog.at_level(logging.WARNING):
        assert cache.cache_folder("things") == given / "things"
        assert cache.kept(kept) == b"made before"
        assert caplog.records == []
        cache.cache_folder.cache_clear()
        kept.unlink()
        assert cache.cache_folder("things") != given / "things"  # nothing to read there
    os.chmod(given, 0o777)
    cache._base.cache_clear()
    assert cache._usable(given) is not None
