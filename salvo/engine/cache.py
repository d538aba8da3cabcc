"""The cache folder: compiled kernels and tabulated laws, all of which can be made again.

Some of it is machine code, so nothing is read from a folder or a file that other users could have written.
"""

from __future__ import annotations

import atexit
import errno
import hashlib
import logging
import os
import shutil
import stat
import sys
import tempfile
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

logger = logging.getLogger("salvo")

LARGEST = 1 << 28  # bytes of a file that is kept; more is none of ours
KERNELS = Path(__file__).parents[1] / "kernels"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that whoever reads it meanwhile finds the whole of it or nothing. Raises OSError, and leaves nothing behind then."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def keep(path: Path, content: bytes) -> None:
    """Keep a file behind the hash of its content. Raises OSError, and leaves nothing behind then."""
    write_whole(path, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)


def kept(path: Path) -> bytes | None:
    """The content of a file of `keep`; None where there is none, where it was damaged, or where others could have written it."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            if _shared(os.fstat(file.fileno())):
                return None
            digest, _, content = file.read(LARGEST).partition(b"\n")
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest().encode() == digest else None


def _shared(found: os.stat_result) -> str | None:
    """What lets other users write a file or folder, in words; None where only its owner, who is this user or root, may."""
    if not hasattr(os, "geteuid"):  # Windows keeps users apart by other means
        return None
    if found.st_uid not in (0, os.geteuid()):
        return "belongs to another user"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "may be written by other users"
    return None


def _unsafe(folder: Path) -> str | None:
    """Why what stands in a folder cannot be trusted; None where it can. A folder above it may be shared if it is sticky, as /tmp is."""
    for place in (folder, *folder.parents):
        found = place.stat()
        why = _shared(found)
        if why is not None and not (
            place != folder and found.st_uid in (0, os.geteuid()) and found.st_mode & stat.S_ISVTX
        ):
            return f"{place} {why}"
    return None


def _make(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for this user alone."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _usable(folder: Path) -> str | None:
    """Why nothing can be kept in a folder, which is made where it is missing; None where it can.

    A folder with something in it on a file system that is read-only, as in a container, will do: what it holds is used.
    """
    try:
        _make(folder)
        why = _unsafe(folder)
        if why is None:
            with tempfile.TemporaryFile(dir=folder):
                pass
    except (OSError, RecursionError) as error:
        if getattr(error, "errno", None) == errno.EROFS and folder.is_dir() and any(folder.iterdir()):
            return _unsafe(folder)
        return f"{folder}: {error.strerror if isinstance(error, OSError) else 'too deep'}"
    return why


@lru_cache(maxsize=1)
def _temporary() -> Path:
    """A folder of this process alone, which goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="salvo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _users() -> list[Path]:
    """The user's cache; nothing where the user has no home, which platformdirs tells in one way or another."""
    from platformdirs import user_cache_dir

    try:
        folder = Path(user_cache_dir("salvo", appauthor=False))
    except (RuntimeError, KeyError, OSError):
        return []
    return [folder] if folder.is_absolute() else []


@lru_cache(maxsize=16)
def _base(given: str | None) -> Path:
    """The folder that holds all that is kept. `given` is one that the user wishes."""
    reasons = []
    for folder in [*([Path(given).absolute()] if given else []), *_users()]:
        why = _usable(folder.resolve())
        if why is None:
            if reasons:
                logger.warning("cache: %s; %s is used instead", reasons[0], folder)
            return folder.resolve()
        reasons.append(why)
    logger.warning("cache: %s; what is compiled is forgotten at the end", reasons[0] if reasons else "no home folder")
    return _temporary()


@lru_cache(maxsize=16)
def cache_folder(name: str) -> Path:
    """A folder for one kind of thing, that this user alone can write: in NUMBA_CACHE_DIR where that is set, else in the user's cache.

    Where neither will do, one line says why, and it is a temporary folder of this process.
    """
    folder = _base(os.environ.get("NUMBA_CACHE_DIR")) / name
    why = _usable(folder)
    if why is None:
        return folder
    logger.warning("cache: %s; what is compiled is forgotten at the end", why)
    folder = _temporary() / name
    folder.mkdir(exist_ok=True)
    return folder


def sources_digest() -> str:
    """A hash of every source that is compiled for the processor."""
    digest = hashlib.sha256()
    for path in sorted(KERNELS.glob("*.py")):
        if path.name != "gpu.py":
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def kernel_folder() -> Path:
    """Where compiled kernels are kept: named by a hash of every kernel source and of who compiles them.

    What else they depend on, the types of what they are handed, is part of each file's own name.
    """
    digest = hashlib.sha256(sys.version.encode())
    for part in ("numba", "llvmlite", "numpy"):
        digest.update(f"{part} {version(part)}\n".encode())
    for path in sorted(KERNELS.glob("*.py")):
        digest.update(path.read_bytes())
    return cache_folder(f"kernels-{digest.hexdigest()[:16]}")
