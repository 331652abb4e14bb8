"""What will be created, counted in the synthesised templates."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run creates.

    Args:
        stacks: Resources by stack, in the order in which they are deployed.
        types: How many of each resource type.
        rules: Rules of web ACLs: they are paid for one by one.
    """

    stacks: Mapping[str, int]
    types: Mapping[str, int]
    rules: int

    @property
    def resources(self) -> int:
        """How many in all."""
        return sum(self.types.values())


def read_plan(templates: Path) -> Plan:
    """Count what the templates of one environment create.

    Args:
        templates: The folder with its synthesised templates.
    """
    manifest = json.loads((templates / "manifest.json").read_text(encoding="utf-8"))
    stacks: dict[str, int] = {}
    types: Counter[str] = Counter()
    rules = 0
    for artifact in manifest["artifacts"].values():
        if artifact["type"] != "aws:cloudformation:stack":
            continue
        file = templates / artifact["properties"]["templateFile"]
        resources: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))["Resources"]
        stacks[artifact["properties"]["stackName"]] = len(resources)
        types.update(resource["Type"] for resource in resources.values())
        rules += sum(
            len(resource["Properties"].get("Rules", ()))
            for resource in resources.values()
            if resource["Type"] == "AWS::WAFv2::WebACL"
        )
    return Plan(stacks=stacks, types=dict(sorted(types.items())), rules=rules)
