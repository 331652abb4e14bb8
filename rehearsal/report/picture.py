"""The timeline: requests a second by release and status, with a line for each mark."""

from collections import Counter

import plotly.graph_objects as go

from rehearsal.report.facts import Facts

GOOD = ("#3b6fb6", "#4f9d69", "#8a6fb0", "#c08a3e", "#4c9aa8", "#a35d7d", "#7d8b3a", "#6b7280")
FAILED = "#c0392b"


def timeline(facts: Facts) -> go.Figure:
    """The picture, seconds since the begin on its x axis."""
    figure = go.Figure()
    counts: dict[str, Counter[int]] = {}
    for answer in facts.answers:
        name = "failed" if answer.failed else f"release {answer.release or 'unnamed'}"
        counts.setdefault(name, Counter())[int(answer.sent - facts.begin)] += 1
    last = max((second for each in counts.values() for second in each), default=0)
    seconds = list(range(last + 1))
    releases = sorted((n for n in counts if n != "failed"), key=lambda n: min(counts[n]))
    colours = dict(zip(releases, (GOOD[i % len(GOOD)] for i in range(len(releases))), strict=True))
    for name in [*releases, *(["failed"] if "failed" in counts else [])]:
        colour = colours.get(name, FAILED)
        figure.add_bar(x=seconds, y=[counts[name][s] for s in seconds], name=name, marker_color=colour)
    top = max((sum(each[s] for each in counts.values()) for s in seconds), default=1)
    for number, mark in enumerate(sorted(facts.marks, key=lambda mark: mark.at)):
        at = mark.at - facts.begin
        figure.add_vline(x=at, line_width=1, line_dash="dot", line_color="#374151")
        # Neighbouring labels on rows of their own.
        figure.add_annotation(
            x=at,
            y=top * (1.06 + 0.07 * (number % 5)),
            text=mark.name,
            showarrow=False,
            xanchor="left",
            font_size=11,
        )
    figure.update_layout(
        barmode="stack",
        bargap=0,
        template="simple_white",
        height=460,
        margin={"l": 60, "r": 20, "t": 20, "b": 50},
        legend={"orientation": "h", "y": -0.18},
        xaxis_title="seconds",
        yaxis_title="requests a second",
    )
    return figure
