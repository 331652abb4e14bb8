from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from rehearsal.aws.cloudwatch.picture import Span, draw

SPAN = Span(start=1_000.0, end=1_600.0)
HIDDEN = {"stat": "Sum", "visible": False}
BODY: dict[str, Any] = {
    "widgets": [
        {
            "type": "text", "x": 0, "y": 0, "width": 24, "height": 2,
            "properties": {"markdown": "# Is it <well>?\n[queries](https://console/x)"},
        },
        {
            "type": "alarm", "x": 0, "y": 2, "width": 24, "height": 3,
            "properties": {"title": "Alarms", "alarms": ["arn:1:alarm:red", "arn:1:alarm:new"]},
        },
        {
            "type": "metric", "x": 0, "y": 5, "width": 6, "height": 5,
            "properties": {
                "title": "Share", "period": 60,
                "metrics": [
                    [{"expression": "100 * FILL(bad, 0) / all", "label": "share", "id": "result"}],
                    ["N", "All", "slot", "slot-a", {**HIDDEN, "id": "all", "label": "all"}],
                    ["N", "Bad", "slot", "slot-a", {**HIDDEN, "id": "bad", "label": "bad"}],
                ],
                "annotations": {"horizontal": [{"value": 20, "label": "alarm"}]},
            },
        },
    ]
}  # fmt: skip


def fetch(
    namespace: str, name: str, dimensions: Mapping[str, str], stat: str, period: float
) -> Mapping[float, float]:
    assert (namespace, dimensions, stat, period) == ("N", {"slot": "slot-a"}, "Sum", 60)
    return {"All": {1_000.0: 10, 1_060.0: 10, 1_120.0: 10}, "Bad": {1_120.0: 5}}[name]


def test_a_dashboard_is_drawn_with_its_values_its_threshold_and_its_alarms() -> None:
    page = draw(BODY, fetch=fetch, states={"red": "ALARM"}, span=SPAN)
    drawn = page.partition("</style>")[2].replace("<br>", "<br/>")
    root = ElementTree.fromstring(drawn)
    assert "Is it &lt;well&gt;?" in page
    assert "queries" in page
    assert "console" not in page
    colors = {each.text: each.get("style") for each in root.iter("b")}
    assert colors == {"red": "background:#d13212", "new": "background:#879596"}
    (threshold,) = root.iter("line")
    (curve,) = root.iter("polyline")
    heights = [float(point.partition(",")[2]) for point in str(curve.get("points")).split()]
    # 0 %, 0 % and then 50 %, which is above the threshold: smaller y is higher
    assert heights[0] == heights[1] == 110
    assert heights[2] < float(str(threshold.get("y1"))) < 110
    assert [title.text for title in root.iter("title")] == ["share"]
    assert [each.text for each in root.iter("h3")] == ["Alarms", "Share: 50"]


def test_without_data_a_graph_is_empty_and_the_threshold_stands() -> None:
    page = draw(BODY, fetch=lambda *_: {}, states={}, span=SPAN)
    assert 'points=""' in page
    assert page.count("stroke-dasharray") == 1


def test_it_runs_no_script_and_loads_nothing() -> None:
    page = draw(BODY, fetch=fetch, states={}, span=SPAN)
    for word in ("<script", "http", "src=", "@import"):
        assert word not in page
