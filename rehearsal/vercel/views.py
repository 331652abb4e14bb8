"""The stand-in's state as the API's JSON."""

from typing import Any

from rehearsal.vercel.state import Made, Site, Variable


def deployment(made: Made) -> dict[str, Any]:
    """GET /v13/deployments/{id}."""
    return {
        "id": made.id,
        "url": made.host,
        "name": made.host.split("-")[0],
        "target": "production",
        "readyState": made.state,
        **({"readySubstate": made.substate} if made.substate else {}),
        "createdAt": made.created,
        "gitSource": {"type": "github", "ref": made.ref, "sha": made.commit},
        "meta": made.meta,
        "errorMessage": made.problem or None,
        "inspectorUrl": f"https://vercel.com/your-team/project/{made.id.removeprefix('dpl_')}",
    }


def listed(made: Made) -> dict[str, Any]:
    """An item of GET /v7/deployments, which names some fields otherwise."""
    return {
        "uid": made.id,
        "url": made.host,
        "target": "production",
        "state": made.state,
        "readyState": made.state,
        **({"readySubstate": made.substate} if made.substate else {}),
        "created": made.created,
        "meta": made.meta,
    }


def project(site: Site) -> dict[str, Any]:
    """GET /v9/projects/{id}."""
    moving = site.moving
    return {
        "id": site.id,
        "name": site.name,
        "accountId": site.team,
        "framework": "nextjs",
        "autoAssignCustomDomains": site.auto_assign,
        "lastAliasRequest": {
            "fromDeploymentId": moving.source or None,
            "toDeploymentId": moving.target,
            "jobStatus": moving.status,
            "requestedAt": int(moving.at * 1000),
            "type": moving.kind,
        }
        if moving
        else None,
    }


def domain(site: Site, name: str) -> dict[str, Any]:
    """GET /v9/projects/{id}/domains/{domain}."""
    verified = site.domains[name]
    challenge = {
        "type": "TXT",
        "domain": f"_vercel.{name}",
        "value": f"vc-domain-verify={name},0a1b2c3d",
        "reason": "pending_domain_verification",
    }
    return {
        "name": name,
        "apexName": ".".join(name.split(".")[-2:]),
        "projectId": site.id,
        "verified": verified,
        **({} if verified else {"verification": [challenge]}),
    }


def variable(found: Variable) -> dict[str, Any]:
    """An item of GET /v10/projects/{id}/env; a sensitive value is never shown."""
    return {
        "id": found.id,
        "key": found.key,
        "type": found.kind,
        "target": list(found.targets),
        **({"value": found.value} if found.kind != "sensitive" else {}),
    }
