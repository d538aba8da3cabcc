"""The site: `sphinx-build -W docs public`. What can be read off the code is written by docs/generated.py while it is built."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import generated  # noqa: E402

import salvo  # noqa: E402

project = "Salvo"
author = "the authors of Salvo"
project_copyright = "2026, the authors of Salvo"
version = release = salvo.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["notebooks/**", "**/.*"]
myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]
autodoc_typehints = "none"
numpydoc_show_class_members = False
autosummary_generate = False

html_theme = "pydata_sphinx_theme"
html_title = "Salvo"
html_theme_options = {
    "show_prev_next": True,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "navbar_center": [],  # all pages stand in the bar at the side
}
html_sidebars = {"**": ["globaltoc"]}
html_css_files = ["site.css"]
html_static_path = ["_static"]
html_show_sourcelink = False


def setup(app):
    """Write the generated pages before the sources are read."""
    app.connect("builder-inited", lambda app: generated.write(Path(app.srcdir)))
    app.connect("source-read", lambda app, name, source: source.__setitem__(0, inside(source[0])))


def inside(text):
    """Links of a page to files beside docs/, as links to the pages made of them."""
    return text.replace("](../datasets/README.md", "](generated/data.md").replace(
        "](../CHANGELOG.md", "](generated/changelog.md"
    )
