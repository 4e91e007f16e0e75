"""The site of the documentation: `make docs` builds it into out/docs, to be opened from there without a server."""

import logging
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "extensions")]
# Cells of notebooks and their commands are those of this environment and this source.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
os.environ["PYTHONPATH"] = str(HERE.parent)
logging.getLogger("traitlets").setLevel(logging.WARNING)  # Jupyter says when it begins with a page

from crossbar_nsm import __version__  # noqa: E402

project = "crossbar-nsm"
author = "The crossbar-nsm developers"
copyright = f"{author}, Apache-2.0"
release = __version__

extensions = ["myst_nb", "sphinx_copybutton", "mathml", "notebooks"]
exclude_patterns = ["extensions", "generate"]
html_theme = "furo"
html_title = f"crossbar-nsm {release}"
html_math_renderer = "mathml"
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["search.js"]

myst_enable_extensions = ["dollarmath"]
myst_fence_as_directive = ["math"]  # which GitHub shows as formulas
myst_heading_anchors = 4  # those that GitHub gives to headings, to which links lead there as here
nb_execution_mode = "force"
nb_execution_in_temp = True  # each page in an empty folder of its own
nb_merge_streams = True  # a command's output is one block, whatever the pieces in which it came
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_show_tb = True
