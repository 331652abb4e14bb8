"""What Vercel's API tells, as frozen types. Fields that are not needed are left alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

READY = "READY"
FAILED = ("ERROR", "CANCELED", "BLOCKED")
PROMOTED = "PROMOTED"

COMMIT = "clerkDeployCommit"
REVISION = "clerkDeployRevision"
PREVIOUS = "clerkDeployPrevious"
WHO = "clerkDeployWho"
REASON = "clerkDeployReason"
"""What a release writes into its deployment's `meta`; Vercel keeps it as long as the deployment."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A deployment.

    Args:
        id: Its id, `dpl_...`.
        host: Its own host name.
        state: QUEUED, INITIALIZING, BUILDING, READY, ERROR, CANCELED or BLOCKED.
        substate: STAGED, ROLLING, PROMOTED, or empty.
        commit: Full commit id.
        created: When it was made, in seconds since the epoch.
        meta: What was written down with it.
        problem: Why it failed.
        page: Its page in the dashboard.
    """

    id: str
    host: str
    state: str
    substate: str = ""
    commit: str = ""
    created: float = 0.0
    meta: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    page: str = ""

    @property
    def url(self) -> str:
        """Its own address, which no domain's traffic reaches."""
        return f"https://{self.host}"

    @property
    def revision(self) -> str:
        """The revision that it was built with; empty when nobody wrote it down."""
        return self.meta.get(REVISION, "")

    @property
    def release(self) -> str:
        """Short name: commit and revision."""
        return f"{self.commit[:12]}-{self.revision[:8] or 'unknown'}"

    @property
    def ready(self) -> bool:
        """Whether it can be served."""
        return self.state == READY

    @property
    def was_live(self) -> bool:
        """Whether it once took the domain."""
        return self.substate == PROMOTED

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Self:
        """A deployment of the API's JSON; a list's items name some fields otherwise."""
        meta = {str(name): str(value) for name, value in (found.get("meta") or {}).items()}
        source = found.get("gitSource") or {}
        return cls(
            id=str(found.get("id") or found["uid"]),
            host=str(found["url"]),
            state=str(found.get("readyState") or found.get("state") or ""),
            substate=str(found.get("readySubstate") or ""),
            commit=str(source.get("sha") or meta.get(COMMIT) or meta.get("githubCommitSha") or ""),
            created=float(found.get("createdAt") or found.get("created") or 0) / 1000,
            meta=meta,
            problem=str(found.get("errorMessage") or found.get("errorCode") or ""),
            page=str(found.get("inspectorUrl") or ""),
        )


@dataclass(frozen=True, kw_only=True)
class Move:
    """The last time that the project's domains were moved (`lastAliasRequest`).

    Args:
        source: Deployment that had them.
        target: Deployment that gets them.
        status: `pending`, `in-progress`, `succeeded`, `failed` or `skipped`.
        kind: `promote` or `rollback`.
    """

    source: str
    target: str
    status: str
    kind: str

    @property
    def at_work(self) -> bool:
        """Whether it is not over."""
        return self.status not in ("succeeded", "failed", "skipped")

    @property
    def done(self) -> bool:
        """Whether the target has the domains."""
        return self.status == "succeeded"

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Self:
        """A move of the API's JSON."""
        return cls(
            source=str(found.get("fromDeploymentId") or ""),
            target=str(found.get("toDeploymentId") or ""),
            status=str(found.get("jobStatus") or ""),
            kind=str(found.get("type") or ""),
        )


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project.

    Args:
        id: Its id, `prj_...`.
        name: Its name.
        auto_assign: Whether a new production build takes the domains by itself; None when not told.
        move: The last time that its domains were moved; None before the first.
    """

    id: str
    name: str
    auto_assign: bool | None
    move: Move | None

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Self:
        """A project of the API's JSON."""
        auto, move = found.get("autoAssignCustomDomains"), found.get("lastAliasRequest")
        return cls(
            id=str(found["id"]),
            name=str(found["name"]),
            auto_assign=auto if isinstance(auto, bool) else None,
            move=Move.read(move) if move else None,
        )


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A domain of a project.

    Args:
        name: The host name.
        verified: Whether Vercel believes that it is ours.
        records: DNS records that would prove it, as `TYPE NAME VALUE`.
    """

    name: str
    verified: bool
    records: tuple[str, ...] = ()

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Self:
        """A domain of the API's JSON."""
        return cls(
            name=str(found["name"]),
            verified=found.get("verified") is True,
            records=tuple(
                " ".join(str(each.get(part, "")) for part in ("type", "domain", "value"))
                for each in found.get("verification") or ()
            ),
        )


@dataclass(frozen=True, kw_only=True)
class EnvironmentVariable:
    """A variable of a project.

    Args:
        id: Its id.
        key: Its name.
        value: Its value; empty when it cannot be read back.
        kind: `plain`, `encrypted` or `sensitive`.
        targets: `production`, `preview`, `development`.
    """

    id: str
    key: str
    kind: str
    targets: tuple[str, ...]
    value: str = field(default="", repr=False)

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Self:
        """A variable of the API's JSON."""
        target = found.get("target") or ()
        return cls(
            id=str(found["id"]),
            key=str(found["key"]),
            kind=str(found.get("type") or ""),
            targets=(target,) if isinstance(target, str) else tuple(target),
            value=str(found.get("value") or ""),
        )
