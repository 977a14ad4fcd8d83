"""Checks the links that MkDocs does not check: links out of docs/, links of the Markdown files beside it, and the index.

On the site, a link to a file outside docs/ leads to the repository, whose address is REPOSITORY_URL. Without it the link becomes plain text.
"""

import logging
import os
import re
from pathlib import Path
from posixpath import normpath
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
OUTSIDE = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "tests/browser/README.md", "tests/engines/README.md", "tests/flink/README.md"]
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|!?\[[^\]]*\]\([^)]*\))*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# GitHub resolves these against the address of the page.
OF_GITHUB = "../../actions/"
LOG = logging.getLogger("mkdocs.hooks.links")


def is_relative(target):
    return not re.match(r"[a-z]+:|#|/", target) and not target.startswith(OF_GITHUB)


def slug(heading):
    heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(text):
    return {slug(heading) for heading in re.findall(r"^#+ +(.*)$", FENCE.sub("", text), re.MULTILINE)}


def problem(page, target):
    """Returns the problem of a relative link of a page, or None."""
    path, _, anchor = unquote(target).partition("#")
    found = (ROOT / page).parent / path
    if not found.exists():
        return f"{page} links to '{target}', which does not exist"
    if anchor and found.suffix == ".md" and anchor not in anchors(found.read_text()):
        return f"{page} links to '{target}', but the page does not have this heading"
    return None


def on_pre_build(config):
    pages = OUTSIDE + [str(page.relative_to(ROOT)) for page in sorted((ROOT / "docs").rglob("*.md"))]
    linked = {}
    for page in pages:
        targets = [target for _, target in LINK.findall(FENCE.sub("", (ROOT / page).read_text())) if is_relative(target)]
        linked[page] = {normpath(os.path.join(os.path.dirname(page), target.partition("#")[0])) for target in targets}
        for message in filter(None, (problem(page, target) for target in targets)):
            LOG.warning(message)
    index = linked["docs/README.md"]
    for page in pages:
        expected = linked["docs/decisions/README.md"] if page.startswith("docs/decisions/0") else index
        if page.startswith("docs/") and page != "docs/README.md" and page not in expected:
            LOG.warning(f"{page} is not in an index; add it to docs/README.md or docs/decisions/README.md")


def on_page_markdown(markdown, page, config, files):
    def absolute(match):
        text, target = match.groups()
        path = normpath(os.path.join("docs", os.path.dirname(page.file.src_uri), target))
        if not is_relative(target) or path.startswith("docs/"):
            return match.group()
        address = config["repo_url"]
        return f"[{text}]({address.rstrip('/')}/blob/main/{path})" if address else text

    return LINK.sub(absolute, markdown)
