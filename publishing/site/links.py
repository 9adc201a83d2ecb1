"""Do the links of the finished site lead somewhere? Those to the web are listed, not fetched."""

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ADDRESSES = {"a": "href", "img": "src", "link": "href", "script": "src", "source": "src"}
LEADS_AWAY = {"img", "link", "script", "source"}
"""What a browser fetches without being asked: never from another machine."""


class Page(HTMLParser):
    """A page, of which its links and the places that they can lead to are kept.

    Examples
    --------
    >>> page = Page('<a href="b.html#c">b</a><p id="d"></p>')
    >>> page.links, page.anchors
    ([('a', 'b.html#c')], {'d'})
    """

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        """Note down an address, and a place."""
        found = dict(attributes)
        self.anchors.update(found[name] for name in ("id", "name") if found.get(name))
        address = found.get(ADDRESSES.get(tag))
        if address and (tag, found.get("rel")) != ("link", "canonical"):
            self.links.append((tag, address))


@cache
def read_page(path):
    """Read a page once."""
    return Page(path.read_text(encoding="utf-8"))


def site_pages(site):
    """List the pages that are the course's own, those of JupyterLite left out.

    Parameters
    ----------
    site : path-like
        The folder of the site.

    Returns
    -------
    list of pathlib.Path
        The pages, sorted.
    """
    site = Path(site)
    pages = site.rglob("*.html")
    return sorted(
        page for page in pages if page.relative_to(site).parts[0] not in ("lite", "_static")
    )


def link_faults(site):
    """Follow every link of a site within it, to the place in the page.

    Parameters
    ----------
    site : path-like
        The folder of the site.

    Returns
    -------
    list of str
        One line for each link that leads nowhere, or that would fetch something from elsewhere.
    """
    site = Path(site).resolve()
    faults = []
    for path in site_pages(site):
        for tag, address in read_page(path).links:
            if fault := link_fault(site, path, tag, address):
                faults.append(f"{path.relative_to(site)}: {address[:100]}: {fault}")
    return faults


def link_fault(site, page, tag, address):
    """Say what is wrong with a link, or nothing."""
    parts = urlsplit(address)
    if parts.scheme in ("data", "mailto"):
        return ""
    if parts.scheme or parts.netloc:
        return "fetched from another machine" if tag in LEADS_AWAY else ""
    if parts.path.startswith("/"):
        return "an absolute path, which leads elsewhere from disk"
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.is_relative_to(site) or not target.is_file():
        return "no such file"
    anchor = unquote(parts.fragment)
    if anchor and target.suffix == ".html" and anchor not in read_page(target).anchors:
        return "no such place in the page"
    return ""


def outward_links(site):
    """List the addresses on the web that a site links to.

    Parameters
    ----------
    site : path-like
        The folder of the site.

    Returns
    -------
    dict of str to list of str
        For each address the pages that link to it.
    """
    found = {}
    for path in site_pages(site):
        for tag, address in read_page(path).links:
            if tag == "a" and urlsplit(address).scheme in ("http", "https"):
                found.setdefault(address, []).append(path.relative_to(site).as_posix())
    return dict(sorted(found.items()))
