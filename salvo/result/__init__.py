"""Tallies with meaning: distributions, intervals, rates, money."""
