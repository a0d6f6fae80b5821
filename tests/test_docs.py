"""The documentation is whole: pictures, links, navigation, and the table of keys."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
TEXTS = [*PAGES, ROOT / "README.md"]
PICTURES = sorted(path for path in DOCS.rglob("*") if path.suffix in (".gif", ".jpg", ".png", ".webp"))

FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"^(?: {4}|\t).*$", re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def prose(path):
    """The text of a page without its code."""
    return INDENTED.sub("", FENCED.sub("", path.read_text(encoding="utf-8")))


def links(path):
    """Where the links and pictures of a page lead that stay in the repository, as (path, anchor)."""
    found = (target for target in LINK.findall(prose(path)) if "://" not in target)
    parts = (target.partition("#") for target in found)
    return [((path.parent / name).resolve() if name else path, anchor) for name, _, anchor in parts]


def anchors(path):
    """The anchors of the headings of a page."""
    plain = (re.sub(r"[^\w\s-]", "", heading.lower()).strip() for heading in HEADING.findall(prose(path)))
    return {re.sub(r"\s+", "-", heading) for heading in plain}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path):
    for target, anchor in links(path):
        assert target.exists(), f"{path.name} links to {target}, which is not there"
        assert not anchor or anchor in anchors(target), f"{target.name} has no heading {anchor}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_links_only_to_what_is_on_the_site(path):
    assert all(target.is_relative_to(DOCS) for target, _ in links(path))


def test_every_picture_is_shown():
    shown = {target for path in TEXTS for target, _ in links(path)}
    assert set(PICTURES) <= shown


def test_pictures_are_small():
    sizes = {path.name: path.stat().st_size for path in (DOCS / "images").iterdir()}
    assert sizes.pop("main-job.webp") < 2_000_000
    assert sum(sizes.values()) < 3_000_000


def test_the_navigation_names_every_page_once():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = re.findall(r"^ +- .+: (\S+\.md)$", text.partition("\nnav:\n")[2], re.MULTILINE)
    assert sorted(named) == [path.name for path in PAGES]


def test_the_keys_are_those_of_the_plugin():
    from scripts.keys_page import PAGE, with_tables

    page = PAGE.read_text(encoding="utf-8")
    assert page == with_tables(page), "the keys have changed: run python -m scripts.keys_page"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_pages_do_not_speak_of_a_machine(path):
    assert not re.search(r"/(?:work|root|home)/|localhost", path.read_text(encoding="utf-8"))
