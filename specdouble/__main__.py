"""Lets ``python -m specdouble`` run the command line."""

from specdouble.cli.main import main

main()
