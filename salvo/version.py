"""The version of the program, who made it and when, the version of the model apart, and what moved between versions."""

__version__ = "0.2.0"
AUTHORS = "The Salvo authors"
RELEASED = "2026-11-26"
ADDRESS = ""  # of the project, for citations: none until it is published
MODEL = 2  # version of the rules in docs/model.md
MOVED = {  # what moves the answers of older files and links, by the version that brought it
    "0.2.0": "ties are broken by luck and no longer by the order of the file, and a live threat that is called dead is "
    "believed dead only by the batteries that could see it then",
}


def moved_since(version: str) -> list[str]:
    """Why a file or link of an older version may get other numbers now: one text for each version since that moved any."""
    return [text for brought, text in MOVED.items() if _parts(version) < _parts(brought)]


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
