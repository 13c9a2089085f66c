"""The command line of understudy: one thin file per command over specs, mockserver and contract_tests."""

__version__ = "0.1.0"
