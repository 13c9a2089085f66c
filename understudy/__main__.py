"""Lets ``python -m understudy`` run the command line."""

from understudy.cli import main

main()
