"""A Sphinx extension: what the pages of the course need beyond Sphinx and MyST."""

import json
import re

from docutils import nodes
from sphinx import addnodes

SEARCH_TEXTS = "search-texts.js"
GLOSSARY = "docs/glossary"


def heading_anchor(text):
    """Return a heading's anchor as JupyterLab forms it, so that the links of notebooks work.

    Examples
    --------
    >>> heading_anchor("A sum: one weight, used three times")
    'A-sum:-one-weight,-used-three-times'
    """
    return re.sub(r"[`*]", "", text).replace(" ", "-")


def github_anchor(text):
    """Return a heading's anchor as GitHub forms it, for links between documents.

    Examples
    --------
    >>> github_anchor("A sum: one weight, used three times")
    'a-sum-one-weight-used-three-times'
    """
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def accept_anchors_of_github(app, doctree):
    """Let links lead to headings by either of their anchors."""
    anchors = app.env.metadata[app.env.current_document.docname].get("myst_slugs", {})
    for heading in list(anchors.values()):
        anchors.setdefault(github_anchor(heading[2]), heading)


def index_terms(app, doctree):
    """Put the terms of the glossary into the index: the search finds them there, and first."""
    if app.env.current_document.docname != GLOSSARY:
        return
    for row in term_rows(doctree):
        term, identifier = row[0].astext(), term_anchor(row)
        target = nodes.target("", "", ids=[identifier])
        entry = ("single", term, identifier, "main", None)
        row[0][0][:0] = [addnodes.index(entries=[entry]), target]


def term_rows(doctree):
    """Return the rows of the glossary."""
    return [row for row in doctree.findall(nodes.row) if isinstance(row.parent, nodes.tbody)]


def term_anchor(row):
    """Return where a term is, as an anchor in the page."""
    return "term-" + nodes.make_id(row[0].astext())


def resolve_short_name(app, env, node, contnode):
    """Resolve `SGD` to where it is, and leave other names in backticks as code.

    What begins with ``rnnhelpers.`` must be there: Sphinx warns if it is not.
    """
    target = node.get("reftarget", "")
    if node.get("refdomain") != "py" or target.startswith("rnnhelpers."):
        return None
    domain = env.domains.python_domain
    found = [name for name in domain.objects if name.endswith(f".{target}")]
    if len(found) != 1:
        return contnode
    return domain.resolve_xref(
        env, node["refdoc"], app.builder, "obj", found[0], node.deepcopy(), contnode
    )


def skip_what_is_not_ours(app, what, name, obj, skip, options):
    """Leave out the methods that scikit-learn gives every estimator, to route metadata."""
    return True if re.fullmatch(r"set_\w+_request", name) else None


def write_search_texts(app, error):
    """Write the texts of all pages as a script: pages on disk may load one, but not each other."""
    if error or app.builder.format != "html":
        return
    texts = {name: page_text(app.env.get_doctree(name)) for name in sorted(app.env.found_docs)}
    for row in term_rows(app.env.get_doctree(GLOSSARY)):
        texts[f"{GLOSSARY}#{term_anchor(row)}"] = ": ".join(page_text(cell) for cell in row[:2])
    script = f"const SEARCH_TEXTS = {json.dumps(texts, ensure_ascii=False, indent=0)};\n"
    (app.outdir / "_static" / SEARCH_TEXTS).write_text(script, encoding="utf-8", newline="\n")


def page_text(doctree):
    """Return the text of a page in one line, without the pictures and other HTML of its cells."""
    kept = [
        node.astext()
        for node in doctree.findall(nodes.Text)
        if not isinstance(node.parent, nodes.raw | nodes.comment | nodes.title)
    ]
    return " ".join(" ".join(kept).split())


def setup(app):
    """Connect it all."""
    app.connect("doctree-read", accept_anchors_of_github)
    app.connect("doctree-read", index_terms)
    app.connect("missing-reference", resolve_short_name)
    app.connect("autodoc-skip-member", skip_what_is_not_ours)
    app.connect("build-finished", write_search_texts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
