"""What `next/image` answers behind the edge."""

import html
import re
import time
from typing import Any, Final
from urllib.parse import quote, urljoin

from clerk_deploy.acceptance.findings import Finding, Question, Verdict
from clerk_deploy.acceptance.site import Site

QUESTION: Final = Question(
    key="image",
    text="Does next/image work behind the edge?",
    expected="200 with an image; Amplify answered 403 behind CloudFront in 2023 (amplify-hosting#3513)",
    how="GET /_next/image on the site's domain, w=64 and q=75, twice",
)
OPTIMISED: Final = re.compile(r"""["'\s]([^"'\s]*/_next/image\?[^"'\s]+)""")
IMAGE: Final = re.compile(r"""<(?:img|link)\b[^>]*?\b(?:src|href)=["']([^"']+\.(?:png|jpe?g|webp|ico|gif))""")
ANY: Final = "/favicon.ico"


def image(site: Site, *, path: str = "") -> Finding:
    """Ask for an optimised image.

    Args:
        site: What was deployed.
        path: An image of the application, such as /logo.png; empty takes one that the front page shows.
    """
    address = urljoin(f"{site.url}/", _address(site, path))
    asked = [_ask(site, address) for _ in range(2)]
    status, kind = asked[0]["status"], asked[0]["content-type"]
    verdict, summary = _judged(status, kind)
    values = {"address": address.removeprefix(site.url), "first": asked[0], "second": asked[1]}
    return QUESTION.answer(verdict, summary, number=len(asked), values=values)


def _judged(status: int, kind: str) -> tuple[Verdict, str]:
    if status == 200 and kind.startswith("image/"):
        return Verdict.EXPECTED, f"200, {kind}"
    if status == 404:
        return Verdict.UNMEASURED, "404: nothing optimises images there; images.unoptimized in next.config?"
    if status == 400:
        return Verdict.UNMEASURED, "400: the optimiser answers, and does not take this image; name one"
    return Verdict.DIFFERS, f"{status}, {kind or 'no content type'}"


def _address(site: Site, path: str) -> str:
    if not path:
        page = site.http.request("GET", f"{site.url}/").data.decode("utf-8", "replace")
        if found := OPTIMISED.search(page):
            return html.unescape(found[1])
        shown = IMAGE.search(page)
        path = html.unescape(shown[1]) if shown else ANY
    return f"/_next/image?url={quote(path, safe='')}&w=64&q=75"


def _ask(site: Site, address: str) -> dict[str, Any]:
    started = time.monotonic()
    answer: Any = site.http.request("GET", address, headers={"accept": "image/webp,*/*"}, redirect=False)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return {
        "status": answer.status,
        "seconds": round(time.monotonic() - started, 3),
        **{name: headers.get(name, "") for name in ("content-type", "cache-control", "x-cache")},
    }
