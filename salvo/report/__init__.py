"""Answers for a reader: words, terminal, HTML, frames."""
