"""The pieces of `Page` (heading, text, item, grid) as Markdown and as HTML, so that a report is written once."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Protocol

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.55 system-ui, sans-serif; color: #1b1f24; background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; } caption { text-align: left; font-weight: 600; padding: .4rem 0; }
th, td { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #d5dae0; vertical-align: top; }
pre { background: #eef2f6; padding: .8rem; overflow-x: auto; font-size: .82rem; } .small { font-size: .9rem; color: #4a525c; }
@media print { pre { white-space: pre-wrap; } [role=figure] { break-inside: avoid; } }
"""


class Sheet(Protocol):
    """What a report is written on: the terminal's `Page`, `Markdown` or `Web`."""

    def heading(self, text: str) -> None:
        """A heading; nothing where the text is empty."""

    def text(self, text: str, style: str = "") -> None:
        """A paragraph. `style` is bold, dim or empty."""

    def item(self, text: str) -> None:
        """A point of a list."""

    def grid(self, headers: Sequence[str], rows: Sequence[Sequence[str]], wrap: bool = False) -> None:
        """A table; the first column names the rows, and with `wrap` the last one holds text."""


class Markdown:
    """Collects a report as Markdown (tables as GitHub and pandoc read them)."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._in_list = False

    def heading(self, text: str) -> None:
        """A heading of level 2; the first one of level 1."""
        if text:
            self._add(f"{'##' if self._blocks else '#'} {_line(text)}")

    def text(self, text: str, style: str = "") -> None:
        """A paragraph, its line breaks kept."""
        if text.strip():
            body = "  \n".join(_line(line) for line in text.splitlines())
            self._add(f"**{body}**" if style == "bold" else body)

    def item(self, text: str) -> None:
        """A point of a list; points that follow each other are one list."""
        if self._in_list:
            self._blocks[-1] += f"\n- {_line(text)}"
        else:
            self._add(f"- {_line(text)}")
            self._in_list = True

    def grid(self, headers: Sequence[str], rows: Sequence[Sequence[str]], wrap: bool = False) -> None:
        """A table; numbers to the right."""
        last = len(headers) - 1
        rule = ["---" if k == 0 or (wrap and k == last) else "---:" for k in range(len(headers))]
        lines = [headers, rule, *rows]
        self._add(
            "\n".join("| " + " | ".join(_line(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)
        )

    def __str__(self) -> str:
        return "\n\n".join(self._blocks) + "\n"

    def _add(self, block: str) -> None:
        self._blocks.append(block)
        self._in_list = False


class Web:
    """Collects a report as a piece of HTML."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._list: list[str] = []
        self._any_heading = False

    def heading(self, text: str) -> None:
        """A heading of level 2; the first one of level 1."""
        if text:
            level = 2 if self._any_heading else 1
            self._any_heading = True
            self.add(f"<h{level}>{escape(text)}</h{level}>")

    def text(self, text: str, style: str = "") -> None:
        """A paragraph."""
        if text.strip():
            body = "<br>".join(escape(line) for line in text.splitlines())
            self.add(f"<p><strong>{body}</strong></p>" if style == "bold" else f"<p>{body}</p>")

    def item(self, text: str) -> None:
        """A point of a list; points that follow each other are one list."""
        self._list.append(f"<li>{escape(text)}</li>")

    def grid(self, headers: Sequence[str], rows: Sequence[Sequence[str]], wrap: bool = False) -> None:
        """A table; numbers to the right."""
        last = len(headers) - 1

        def cell(k: int, text: str, tag: str) -> str:
            side = "left" if k == 0 or (wrap and k == last) else "right"
            scope = "" if tag == "td" else f" scope={'row' if k == 0 else 'col'}"
            return f'<{tag}{scope} style="text-align:{side}">{escape(text)}</{tag}>'

        head = "".join(cell(k, text, "th").replace("scope=row", "scope=col") for k, text in enumerate(headers))
        body = "".join(
            "<tr>" + "".join(cell(k, text, "td" if k else "th") for k, text in enumerate(row)) + "</tr>" for row in rows
        )
        self.add(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")

    def add(self, html: str) -> None:
        """A piece that is HTML already, such as a chart."""
        self._end_list()
        self._blocks.append(html)

    def __str__(self) -> str:
        self._end_list()
        return "\n".join(self._blocks)

    def _end_list(self) -> None:
        if self._list:
            self._blocks.append(f"<ul>{''.join(self._list)}</ul>")
            self._list = []


def document(title: str, body: str) -> str:
    """A whole HTML file around a body; it needs no network."""
    head = f"<meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>{escape(title)}</title>"
    return f"<!doctype html><html lang='en'><head>{head}<style>{STYLE}</style></head><body><main>{body}</main></body></html>"


def _line(text: str) -> str:
    """One line, its Markdown marks taken literally."""
    plain = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_<>[]" else c for c in plain)
