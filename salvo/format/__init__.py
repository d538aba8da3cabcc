"""The scenario file: what a person writes, and every check of it."""
