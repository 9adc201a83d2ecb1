"""Settings of Sphinx for the site; `publishing.site.tree` assembles the sources."""

from publishing.site.project import read_project

PROJECT = read_project()

project = "How RNNs Work"
author = PROJECT.author
copyright = f"{author}. Code: MIT licence; prose and pictures: CC BY 4.0"
version = release = PROJECT.version
language = "en-GB"

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "publishing.site.pages",
]
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}
nitpicky = True

# The notebooks show the outputs that are committed, which the tests have compared.
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
myst_heading_slug_func = "publishing.site.pages.heading_anchor"

# One file, beside the pages; `publishing.site.build` puts it there.
mathjax_path = "mathjax/tex-svg.js"
mathjax3_config = {"options": {"enableMenu": False}, "svg": {"fontCache": "local"}}

html_theme = "pydata_sphinx_theme"
html_title = "How RNNs Work"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["course.css"]
html_js_files = [("course.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
# A page on disk may not read others: course.js shows the summaries.
html_show_search_summary = False
html_use_index = True
html_context = {"default_mode": "auto"}
html_sidebars = {"**": ["contents.html"]}
html_theme_options = {
    "logo": {"text": "How RNNs Work"},
    "navbar_center": [],
    "navbar_persistent": ["search-button-field"],
    "navbar_end": ["theme-switcher"],
    "primary_sidebar_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "article_header_start": [],
    "show_toc_level": 2,
    "search_bar_text": "Search the course",
    "footer_start": ["copyright"],
    "footer_end": [],
}

default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"no-value": True}  # a table of 900 names is no help in a signature
autosummary_generate = False
numpydoc_show_class_members = False
copybutton_exclude = ".linenos, .gp, .go"
