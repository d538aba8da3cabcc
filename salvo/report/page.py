"""A page of text for the terminal: headings, sentences and grids, as wide as it is and no wider."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

GAPS = (2, 1)  # between columns: as wide as there is room for
WRAPPED = 28  # a last column of text may be wrapped down to this width


class Page:
    """Prints pieces, each of which knows what to do in a narrow window."""

    def __init__(self, console: Console):
        self.console = console
        self.plus_minus = "±" if "utf" in (console.encoding or "").lower() else "+/-"

    def heading(self, text: str) -> None:
        """A line in bold after a blank one; nothing where there is no text."""
        if text:
            self.text("")
            self.text(text, style="bold")

    def text(self, text: str, style: str = "") -> None:
        """A paragraph."""
        self.console.print(self._clean(text, style))

    def item(self, text: str) -> None:
        """A point of a list, with hanging indent."""
        body = Table.grid(padding=0)
        body.add_column(width=2)
        body.add_column(overflow="fold")
        body.add_row(Text("-"), self._clean(text))
        self.console.print(body)

    def grid(self, headers: Sequence[str], rows: Sequence[Sequence[str]], wrap: bool = False) -> None:
        """A table whose numbers are never cut: rows become short lists where it would not fit.

        With `wrap` the last column holds text, which may be wrapped.
        """
        widths = [max(cell_len(row[k]) for row in [headers, *rows]) for k in range(len(headers))]
        if wrap:
            widths[-1] = min(widths[-1], max(WRAPPED, max(cell_len(w) for row in rows for w in row[-1].split())))
        for gap in GAPS:
            if sum(widths) + gap * (len(widths) - 1) <= self.console.width:
                self.console.print(self._table(headers, rows, wrap, gap))
                return
        for row in rows:
            self.text(row[0])
            for header, cell in zip(headers[1:], row[1:], strict=True):
                self.console.print(Padding(self._clean(f"{header}: {cell}"), (0, 0, 0, 2)))

    def _table(self, headers: Sequence[str], rows: Sequence[Sequence[str]], wrap: bool, gap: int) -> Table:
        table = Table(box=None, padding=(0, gap, 0, 0), pad_edge=False, header_style="dim")
        for k, header in enumerate(headers):
            last = wrap and k == len(headers) - 1
            table.add_column(
                self._clean(header), justify="left" if last or k == 0 else "right", no_wrap=not last, overflow="fold"
            )
        for row in rows:
            table.add_row(*(self._clean(cell) for cell in row))
        return table

    def _clean(self, text: str, style: str = "") -> Text:
        """Text that no title can turn into markup or terminal codes."""
        plain = "".join(c if c.isprintable() else " " for c in text.replace("±", self.plus_minus))
        return Text(plain, style=style, overflow="fold")
