"""The command `salvo`, a file for each family of commands."""
