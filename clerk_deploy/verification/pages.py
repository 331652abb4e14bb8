"""The site's pages and the static files that they name, fetched once in a run."""

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

from clerk_deploy.verification.context import Context, PrerequisiteError
from clerk_deploy.verification.http import Response

MOST_ASSETS: Final = 300
MOST_BYTES: Final = 64 * 1024 * 1024
"""Of all assets together: what a run keeps in memory."""
_ASSET: Final = re.compile(r"""(?:https?://[\w.:-]+)?/[\w./@~-]*_next/static/[^"'\\\s<>)&]+""")
_TAGGED: Final = re.compile(
    r"""<(?:script|link)\b[^>]*?\b(?:src|href)=["']([^"']+\.(?:js|css)(?:\?[^"']*)?)["']"""
)


def page(context: Context, path: str = "/") -> Response:
    """A page, with up to five redirects followed."""
    return context.once(("page", path), lambda own: own.get(path, follow=5))


def html_page(context: Context, path: str = "/") -> Response:
    """A page that must be one.

    Raises:
        PrerequisiteError: It is none; transport.reachable or authentication.pages says more.
    """
    found = page(context, path)
    if found.status != 200 or "html" not in found.header("content-type"):
        raise PrerequisiteError(f"{found}, so there is no page to look at")
    return found


def html_pages(context: Context) -> tuple[Response, ...]:
    """All pages that can be shown."""
    answers = [page(context, path) for path in context.target.pages]
    shown = tuple(each for each in answers if each.status == 200 and "html" in each.header("content-type"))
    if not shown:
        raise PrerequisiteError(f"{answers[0]}, so there is no page to look at")
    return shown


def asset_urls(found: Response) -> tuple[str, ...]:
    """Addresses of the scripts and style sheets of the site's own build that a page names.

    Args:
        found: The page.
    """
    named = [*_TAGGED.findall(found.text), *_ASSET.findall(found.text)]
    absolute = [urljoin(found.url, each) for each in named]
    host = urlsplit(found.url).netloc
    own = [each for each in absolute if urlsplit(each).netloc == host or "/_next/static/" in each]
    return tuple(dict.fromkeys(each for each in own if re.search(r"\.(js|css)(\?|$)", each)))


def assets(context: Context) -> tuple[Response, ...]:
    """All scripts and style sheets of all pages.

    Raises:
        PrerequisiteError: There is no page, or none that names a script.
    """
    return context.once("assets", _assets)


def scripts(context: Context) -> tuple[Response, ...]:
    """Those of the assets that are scripts."""
    return tuple(each for each in assets(context) if each.path.endswith(".js"))


def _assets(context: Context) -> tuple[Response, ...]:
    urls = [url for shown in html_pages(context) for url in asset_urls(shown)]
    found: list[Response] = []
    kept = 0
    for url in list(dict.fromkeys(urls))[:MOST_ASSETS]:
        found.append(context.client.get(url))
        kept += len(found[-1].body)
        if kept > MOST_BYTES:
            raise PrerequisiteError(f"the pages' scripts have more than {MOST_BYTES >> 20} MiB")
    if not found:
        raise PrerequisiteError("the pages name no script: is this a Next.js build?")
    return tuple(found)
