"""The report's two pictures, as SVG that needs nothing else."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from clerk_deploy.acceptance.load import Answer, usual_status

WIDTH: Final = 900
COLOURS: Final = ("#3b6fb6", "#4f9d69", "#8a6fb0", "#c08a3e")
FAILED: Final = "#c0392b"
UNNAMED: Final = "unnamed"


def switch_times(values: Mapping[str, Any]) -> str:
    """Each switch as a line from its write to its last wrong answer; nothing without switches.

    Args:
        values: Of the finding about the store's propagation.
    """
    times = [float(each) for each in values.get("seconds to the last wrong answer", ())]
    if not times:
        return ""
    longest = max(*times, 1.0)
    rows = "".join(
        f'<rect x="40" y="{10 + 18 * number}" height="10" rx="2" fill="{COLOURS[0]}" '
        f'width="{max(2.0, (WIDTH - 140) * seconds / longest):.1f}"/>'
        f'<text x="{48 + max(2.0, (WIDTH - 140) * seconds / longest):.1f}" y="{19 + 18 * number}">'
        f"{seconds:.2f} s</text>"
        f'<text x="10" y="{19 + 18 * number}">{number + 1}</text>'
        for number, seconds in enumerate(times)
    )
    return _drawing("From the write of the store to the last wrong answer", rows, height=20 + 18 * len(times))


def requests_by_second(answers: Sequence[Answer]) -> str:
    """The client's requests by second: which release answered, and what failed; nothing without requests."""
    if not answers:
        return ""
    usual, begin = usual_status(answers), min(answer.sent for answer in answers)
    counts = Counter(
        (int(each.sent - begin), "failed" if each.status != usual else each.release or UNNAMED)
        for each in answers
    )
    seconds = max(second for second, _ in counts) + 1
    first = {name: min(s for s, n in counts if n == name) for _, name in counts}
    names = sorted(first, key=lambda name: (name == "failed", first[name]))
    colours = {
        name: FAILED if name == "failed" else COLOURS[number % len(COLOURS)]
        for number, name in enumerate(names)
    }
    top = max(sum(counts[second, name] for name in names) for second in range(seconds))
    bars = "".join(
        _bar(counts, second, names, colours, width=WIDTH / seconds, top=top) for second in range(seconds)
    )
    legend = "".join(
        f'<rect x="{10 + 220 * number}" y="132" width="10" height="10" fill="{colours[name]}"/>'
        f'<text x="{26 + 220 * number}" y="141">{escape(name)}</text>'
        for number, name in enumerate(names)
    )
    return _drawing(f"Requests a second, {seconds} s", bars + legend, height=150)


def _bar(
    counts: Mapping[tuple[int, str], int],
    second: int,
    names: Sequence[str],
    colours: Mapping[str, str],
    *,
    width: float,
    top: int,
) -> str:
    drawn, below = [], 120.0
    for name in names:
        height = 110.0 * counts[second, name] / top
        if height:
            below -= height
            drawn.append(
                f'<rect x="{second * width:.2f}" y="{below:.2f}" width="{width:.2f}" height="{height:.2f}" '
                f'fill="{colours[name]}"/>'
            )
    return "".join(drawn)


def _drawing(title: str, inside: str, *, height: int) -> str:
    return (
        f'<h2>{escape(title)}</h2><svg viewBox="0 0 {WIDTH} {height}" font-size="12" fill="#374151" '
        f'role="img" aria-label="{escape(title)}">{inside}</svg>'
    )
