"""Salvo: what gets through when a mixed salvo flies at a layered defence."""
