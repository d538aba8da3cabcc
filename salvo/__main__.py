"""`python -m salvo` is the command `salvo`."""

from salvo.cli.main import main

if __name__ == "__main__":
    main()
