"""The version of the program, and of the file format and the model where they are named apart."""

__version__ = "0.1.0"
MODEL = 2  # version of the rules in docs/model.md
