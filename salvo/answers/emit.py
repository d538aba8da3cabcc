"""An answer as text or as a file; all formats and file endings are handled here."""

# Types of pandas and plotly are incomplete.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import contextlib
import csv
import io
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from salvo.faults import ABSENT, Fault, Faults, nearest

if TYPE_CHECKING:
    from salvo.answers.answer import Answer

FORMATS = ("table", "json", "csv", "md")
OF_FORMAT = {"json": ".json", "csv": ".csv", "md": ".md"}
ALWAYS = (".json", ".csv", ".md", ".html", ".parquet", ".xlsx")
PICTURES = (".png", ".svg")
WIDTH, HEIGHT = 1200, 675  # pixels of a picture; PNG has twice as many each way
NEEDS = {".png": "kaleido", ".svg": "kaleido", ".xlsx": "openpyxl", ".parquet": "pyarrow"}


def endings(answer: Answer) -> tuple[str, ...]:
    """Endings of the files an answer can be written to."""
    pictures = PICTURES if answer.charts() else ()
    return (*ALWAYS, *pictures, *((".toml",) if len(answer.scenarios) == 1 else ()))


def check_ending(path: str | os.PathLike[str], allowed: Sequence[str]) -> Fault | None:
    """What is wrong with the ending of a file's name, before any work is done; None where nothing is."""
    ending = Path(path).suffix.lower()
    if ending not in allowed:
        message = (
            f'no file ends in "{ending}" here' if ending else "the name has no ending, so what to write is not said"
        )
        return Fault("output", os.fspath(path), message, " ".join(allowed), nearest(ending, allowed))
    needed = NEEDS.get(ending)
    if needed is not None and find_spec(needed) is None:
        extra = "app" if needed == "pyarrow" else "files"
        return Fault("output", os.fspath(path), f"needs {needed}", f'pip install "salvo-calculator[{extra}]"')
    return None


def save(answer: Answer, path: str | os.PathLike[str]) -> None:
    """Write an answer to a file, whole or not at all; see `Answer.save`. Raises Faults."""
    fault = check_ending(path, endings(answer))
    if fault is not None:
        raise Faults([fault])
    for place, found in files(answer, Path(path)).items():
        try:
            write_whole(place, found)
        except (OSError, ValueError) as error:
            raise Faults([Fault("output", os.fspath(place), f"cannot be written: {reason(error)}")]) from None


def files(answer: Answer, path: Path) -> dict[Path, bytes]:
    """What `path` stands for: one file, or a picture of each chart, the others as x-2.png, x-3.png beside x.png. Raises Faults."""
    ending = path.suffix.lower()
    if ending not in PICTURES:
        return {path: content(answer, ending)}
    names = [path, *(path.with_stem(f"{path.stem}-{k}") for k in range(2, len(answer.charts()) + 1))]
    return dict(zip(names, _pictures(answer, "png" if ending == ".png" else "svg"), strict=True))


def content(answer: Answer, ending: str) -> bytes:
    """An answer as the bytes of a file with this ending, which is none of a picture."""
    makers: dict[str, Callable[[], str | bytes]] = {
        ".json": lambda: answer.to_json() + "\n",
        ".csv": lambda: csv_text(answer.csv_rows()),
        ".md": answer.to_markdown,
        ".html": answer.to_html,
        ".toml": lambda: answer.scenarios[0].to_toml(),
        ".parquet": lambda: _parquet(answer),
        ".xlsx": lambda: _workbook(answer),
    }
    found = makers[ending]()
    return found if isinstance(found, bytes) else found.encode("utf-8")


def text(answer: Answer, format: str) -> str:
    """An answer as text of a format other than table."""
    return content(answer, OF_FORMAT[format]).decode("utf-8")


def csv_text(rows: Iterable[dict[str, Any]], columns: Sequence[str] | None = None) -> str:
    """Rows as CSV with a header; what is missing is empty. Without `columns`, those of all rows in order of appearance."""
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row)) if columns is None else columns
    page = io.StringIO()
    writer = csv.DictWriter(page, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return page.getvalue()


def _parquet(answer: Answer) -> bytes:
    frame = answer.to_frame()
    page = io.BytesIO()
    frame.to_parquet(page, index=False)
    return page.getvalue()


def _workbook(answer: Answer) -> bytes:
    """Each table a sheet, and the manifest as the last one."""
    import pandas as pd

    page = io.BytesIO()
    told = {key: str(value) for key, value in answer.manifest.to_dict().items()}
    with pd.ExcelWriter(page, engine="openpyxl") as book:
        for name in answer.tables():
            answer.to_frame(name).to_excel(book, sheet_name=name[:31], index=False)
        pd.DataFrame({"what": list(told), "value": list(told.values())}).to_excel(
            book, sheet_name="manifest", index=False
        )
    return page.getvalue()


def _pictures(answer: Answer, format: Literal["png", "svg"]) -> list[bytes]:
    """Every chart, with scenario, seed and program under it; one browser draws them all."""
    figures = [draw("light") for draw in answer.charts().values()]
    manifest = answer.manifest
    seed = "" if manifest.seed is None else f", seed {manifest.seed}"
    changed = ", changed" if manifest.changes else ""
    note = f"{manifest.scenario}{changed}{seed}; Salvo {manifest.salvo}"
    under = {"x": 1, "y": 0, "xref": "paper", "yref": "paper", "xanchor": "right", "yanchor": "top", "yshift": -44}
    for figure in figures:
        figure.add_annotation(text=note, showarrow=False, font={"size": 11}, **under)
        figure.update_layout(
            paper_bgcolor="white", margin={"b": 70, "l": 70, "r": 24}, title={"pad": {"l": 12, "t": 6}}
        )
    try:
        from salvo.charts.base import pictures

        return pictures(figures, format, WIDTH, HEIGHT)
    except Exception as error:  # kaleido and the browser it drives raise what they like
        first = next(iter(str(error).splitlines()), type(error).__name__)[:200]
        message = f"the picture cannot be drawn: {first}"
        raise Faults([Fault("output", ABSENT, message, "a Chrome or Chromium that kaleido can start")]) from None


def unwritable(output: str | os.PathLike[str] | None) -> str | None:
    """Why a file cannot be written, found out before the work is done rather than after; None where it can."""
    if output is None or output == "-":
        return None
    try:
        path = Path(os.path.realpath(output))
        if path.is_dir():
            return "this is a folder"
        if path.exists() and not os.access(path, os.W_OK):
            return "no permission to write"
        if _in_place(path):
            return None
        with tempfile.TemporaryFile(dir=path.parent):
            return None
    except (OSError, ValueError) as error:
        return reason(error)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that there is the whole of it or what was there before. Raises OSError."""
    path = Path(os.path.realpath(path))  # through a link, not over it
    if _in_place(path):
        path.write_bytes(data)
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".salvo-", suffix=".part")
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _mode(path))
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _in_place(path: Path) -> bool:
    """Devices and pipes are written to, not replaced."""
    return path.exists() and not path.is_file()


def _mode(path: Path) -> int:
    """Permissions of the file that is replaced, or those a new file would get."""
    with contextlib.suppress(OSError):
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def reason(error: Exception) -> str:
    """Why a file could not be written, in the words of the system."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
