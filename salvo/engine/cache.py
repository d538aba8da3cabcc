"""Where this program keeps what it can make again: compiled kernels, tabulated laws."""

from __future__ import annotations

import os
import tempfile
from functools import lru_cache
from pathlib import Path


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


@lru_cache(maxsize=16)
def cache_folder(name: str) -> Path:
    """A writable folder for one kind of thing: in NUMBA_CACHE_DIR where that is set, else in the user's cache.

    Where neither can be written, it is a private temporary one of this process.
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    if given:
        base = Path(given)
    else:
        from platformdirs import user_cache_dir

        base = Path(user_cache_dir("salvo", appauthor=False))
    try:
        folder = base / name
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix=f"salvo-{name}-"))
