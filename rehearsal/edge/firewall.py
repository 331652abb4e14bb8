"""AWS WAF's rate-based rules. Managed rule groups are not enforced: their rules are not public."""

import collections
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote

Position = Literal["STARTS_WITH", "ENDS_WITH", "EXACTLY", "CONTAINS", "CONTAINS_WORD"]
Transformation = Callable[[str], str]


def _normalize_path(path: str) -> str:
    cleaned = posixpath.normpath(path)
    cleaned = "/" + cleaned.lstrip("/") if path.startswith("/") else cleaned
    return cleaned + "/" if path.endswith("/") and not cleaned.endswith("/") else cleaned


TRANSFORMATIONS: Mapping[str, Transformation] = {
    "NONE": lambda text: text,
    "LOWERCASE": str.lower,
    "URL_DECODE": unquote,
    "NORMALIZE_PATH": _normalize_path,
}


@dataclass(frozen=True, kw_only=True)
class Viewed:
    """What the firewall sees of a request.

    Args:
        method: The method.
        path: The path as sent, without the query.
        address: The client's address.
    """

    method: str
    path: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Match:
    """A byte match on the path or the method.

    Args:
        part: What is looked at.
        text: What is looked for.
        position: Where.
        transformations: Applied first, in their order.
    """

    part: Literal["path", "method"]
    text: str
    position: Position
    transformations: tuple[str, ...] = ()

    def holds(self, request: Viewed) -> bool:
        """Whether the request matches."""
        value = request.path if self.part == "path" else request.method
        for name in self.transformations:
            value = TRANSFORMATIONS[name](value)
        if self.position == "STARTS_WITH":
            return value.startswith(self.text)
        if self.position == "ENDS_WITH":
            return value.endswith(self.text)
        return value == self.text if self.position == "EXACTLY" else self.text in value


@dataclass(frozen=True, kw_only=True)
class Block:
    """The answer to a blocked request.

    Args:
        status: Its status.
        headers: Its headers.
        body: Its body; None for CloudFront's own error page.
        content_type: The body's type.
    """

    status: int = 403
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    content_type: str = "text/plain"


@dataclass(frozen=True, kw_only=True)
class RateRule:
    """Blocks or counts clients by address.

    Args:
        name: The rule's name.
        limit: Requests in the window.
        window_seconds: Length of the window, in AWS's time.
        scope: Only requests that match count; None for all.
        block: The answer beyond the limit; None when the rule only counts.
    """

    name: str
    limit: int
    window_seconds: float
    scope: Match | None
    block: Block | None


@dataclass(frozen=True, kw_only=True)
class WebAcl:
    """A web ACL.

    Args:
        arn: Its ARN.
        rules: The rate-based rules, by priority.
        unenforced: Names of the rules that the rehearsal leaves out.
        default_block: The answer to what no rule blocks; None to let it through.
    """

    arn: str
    rules: tuple[RateRule, ...] = ()
    unenforced: tuple[str, ...] = ()
    default_block: Block | None = None


@dataclass(kw_only=True)
class Firewall:
    """Counts requests per rule and address in a sliding window.

    Args:
        clock: Seconds.
        time_scale: Seconds of AWS in a second here.
    """

    clock: Callable[[], float]
    time_scale: float = 1.0
    _seen: dict[tuple[str, str, str], collections.deque[float]] = field(default_factory=dict, repr=False)

    def judge(self, acl: WebAcl, request: Viewed) -> Block | None:
        """Count a request against every rule that it reaches.

        Returns:
            The answer when it is blocked, else None.
        """
        for rule in acl.rules:
            if rule.scope is not None and not rule.scope.holds(request):
                continue
            if self._over(rule, (acl.arn, rule.name, request.address)) and rule.block is not None:
                return rule.block
        return acl.default_block

    def _over(self, rule: RateRule, key: tuple[str, str, str]) -> bool:
        now = self.clock()
        window = rule.window_seconds / self.time_scale
        if len(self._seen) > 10_000:
            self._seen = {k: times for k, times in self._seen.items() if now - times[-1] < window}
        # More than the limit is over it, however much more: the newest ones say when it is over.
        times = self._seen.setdefault(key, collections.deque(maxlen=rule.limit + 1))
        if times.maxlen != rule.limit + 1:
            times = self._seen[key] = collections.deque(times, maxlen=rule.limit + 1)
        times.append(now)
        while times and now - times[0] >= window:
            times.popleft()
        return len(times) > rule.limit
