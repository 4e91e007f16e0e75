"""The pages of the reference that are made from the code: `make reference`, or `python -m docs.generate`.

They are committed, so that they are read on a repository's page and in the package as on the site;
`tests/docs/test_generated.py` compares them with what the code says now.
"""
