"""The project that pulumi/vercel declares, in the stand-in: what the provider would have asked Vercel for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clerk_deploy.vercel.stack import PROJECT
from rehearsal.containers.program import Resource, declared
from rehearsal.vercel.state import Site, Variable

PROGRAM = Path(__file__).resolve().parents[2] / "pulumi" / "vercel"


def resources(config: Mapping[str, Any], *, stack: str, secrets: Mapping[str, str]) -> list[Resource]:
    """Run the program and give what it declared.

    Args:
        config: The stack's configuration without the project's name.
        stack: The stack's name.
        secrets: The stack's secrets by name.
    """
    return declared(config, stack=stack, secrets=secrets, program=PROGRAM, project=PROJECT, provider="vercel")


def site_of(found: list[Resource], *, team: str) -> Site:
    """The project of a program's resources.

    Args:
        found: What the program declared.
        team: The team that owns it.
    """
    (project,) = _of(found, "Project")
    git = project.inputs["gitRepository"]
    protection = project.inputs["vercelAuthentication"]["deploymentType"]
    bypasses = [each.inputs["secret"] for each in _of(found, "ProjectProtectionBypass")]
    return Site(
        id="prj_rehearsal",
        name=project.inputs["name"],
        team=team,
        repository=git["repo"],
        build_command=project.inputs["buildCommand"],
        root=project.inputs.get("rootDirectory", "."),
        domains={each.inputs["domain"]: True for each in _of(found, "ProjectDomain")},
        variables={
            each["key"]: Variable(
                id=f"env_{each['key'].lower()}",
                key=each["key"],
                value=each["value"],
                kind="sensitive" if each["sensitive"] else "encrypted",
                targets=tuple(each["targets"]),
            )
            for bulk in _of(found, "ProjectEnvironmentVariables")
            for each in bulk.inputs["variables"]
        },
        auto_assign=project.inputs["autoAssignCustomDomains"],
        protected=protection != "none",
        bypass=bypasses[0] if bypasses else "",
    )


def _of(found: list[Resource], kind: str) -> list[Resource]:
    return [each for each in found if each.type.rpartition(":")[2] == kind]
