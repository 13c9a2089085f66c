"""Contract suites: black-box tests that prove or refute the contract of a live server.

They speak HTTP only and import nothing of the mock server. `pytest --pyargs specdouble.verify --target URL` runs them;
`specdouble verify URL` is the comfortable face over the same run.
"""
