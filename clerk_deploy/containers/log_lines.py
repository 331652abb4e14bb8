"""The app's lines as Docker gives them, chosen like those in CloudWatch."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from clerk_deploy.monitoring.log_reader import Wanted


def log_lines(lines: Iterable[str], wanted: Wanted, *, follow: bool) -> Iterator[str]:
    """The wanted lines as the application wrote them.

    Args:
        lines: Docker's, each behind its moment.
        wanted: Which.
        follow: They come as they are written; else they are put in order, which Docker does for each task
            apart.
    """
    for line in lines if follow else sorted(lines, key=lambda each: each.partition(" ")[0]):
        text = line.partition(" ")[2]
        if is_wanted(text, wanted):
            yield text


def is_wanted(line: str, wanted: Wanted) -> bool:
    """Whether a line is one of those that were asked for.

    Args:
        line: As the application wrote it.
        wanted: Which.
    """
    if wanted.text not in line:
        return False
    asked = {"event": wanted.event, "reason": wanted.reason, "slot": wanted.slot}
    asked = {name: value for name, value in asked.items() if value}
    if not asked and not wanted.failures and not wanted.users:
        return True
    try:
        found: Any = json.loads(line)
    except ValueError:
        return False
    if not isinstance(found, dict) or any(found.get(name) != value for name, value in asked.items()):
        return False
    if wanted.users and found.get("synthetic") is not False:
        return False
    status = found.get("status")
    return not wanted.failures or (isinstance(status, int | float) and status >= 400)
