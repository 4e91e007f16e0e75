"""`python -m docs.generate` writes every page; `--look` also looks for what keys count with, for minutes."""

import sys

from docs.generate import counts_with
from docs.generate.pages import FOLDER, PAGES

if "--look" in sys.argv[1:]:
    counts_with.store(counts_with.found())
for name, page in PAGES.items():
    (FOLDER / name).write_text(page(), encoding="utf-8")
    print(f"docs/reference/{name}")
