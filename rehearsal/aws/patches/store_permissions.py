"""IAM checks calls to a KeyValueStore against its ARN; ministack knows no resource for them.

Policies that name the one store would allow nothing.
"""

import re
from typing import Any
from urllib.parse import unquote

from ministack.core import iam_actions

SERVICE = "cloudfront-keyvaluestore"
_EXAMPLE = "arn:aws:cloudfront::123456789012:key-value-store/example"
STORE = re.compile(r"arn:aws:cloudfront::\d{12}:key-value-store/[^/]+")


def apply() -> None:
    """Take the store's ARN from the path."""
    original = iam_actions.extract_resource_arn
    if original(SERVICE, "GET", f"/key-value-stores/{_EXAMPLE}", {}, b"", {}, "us-east-1", "0" * 12) != "*":
        raise RuntimeError("ministack names stores to IAM now: delete this patch")

    def extract(
        service: str, method: str, path: str, headers: Any, body: bytes, query: Any, region: str, account: str
    ) -> Any:
        found = STORE.search(unquote(path)) if service == SERVICE else None
        return (
            found.group() if found else original(service, method, path, headers, body, query, region, account)
        )

    iam_actions.extract_resource_arn = extract
