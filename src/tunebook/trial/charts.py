"""The report's charts: small functions that return inline SVG, and draw nothing that was not measured.

    marks = marks_for(["base", "rag"], controls=["always refuse"])
    interval_plot([Row("rag", {"mean": 0.71, "low": 0.64, "high": 0.78, "n": 60}, marks["rag"])], "share", "Score")

Widths are percentages and heights are pixels, so a chart fills a phone or a desk without its text shrinking: lines
are drawn in a stretched inner box (0 to 100 both ways), text and marks outside it.  An approach keeps its colour
and its shape in every chart.  Colours are CSS variables; the style sheet gives them for light, dark and paper.
Left out on purpose: hovering, zooming, animation.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from tunebook.trial.verdict import SIMPLEST_FIRST
from tunebook.trial.wording import MINUS, MISSING, Unit, estimate, excludes_zero, number, quantity

SHAPES = (
    "M0,-6A6,6 0 1,1 0,6A6,6 0 1,1 0,-6Z",  # circle
    "M-5.5,-5.5H5.5V5.5H-5.5Z",  # square
    "M0,-7.5L7.5,0L0,7.5L-7.5,0Z",  # diamond
    "M0,-7L7,5.5H-7Z",  # triangle
    "M0,-8L2.1,-2.6L7.6,-2.5L3.2,1L4.7,6.5L0,3.3L-4.7,6.5L-3.2,1L-7.6,-2.5L-2.1,-2.6Z",  # star
    "M0,7L7,-5.5H-7Z",  # triangle, point down
    "M-6.5,0L-3.2,-6H3.2L6.5,0L3.2,6H-3.2Z",  # hexagon
)
CONTROL_SHAPE = "M-5,-5L5,5M5,-5L-5,5"  # cross
ROW = 52  # pixels an approach in an interval plot
INSET = 2.5  # percent kept free at both ends of an interval plot, so that a mark at 0 or 1 is whole
TOP, HEIGHT = 38, 260  # pixels above (the upright axis' name, then its highest tick) and of the field that is drawn in
PLOT = 76.0  # percent of the width that lines use; the rest holds their names


@dataclass(frozen=True, slots=True)
class Mark:
    """How an approach looks in every chart."""

    colour: str  # a CSS value
    shape: str  # an SVG path around the origin
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an interval plot: `value` is an estimate, or None for not measured."""

    name: str
    value: Mapping[str, Any] | None
    mark: Mark


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a line chart."""

    name: str
    points: Sequence[tuple[float, float]]
    mark: Mark
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """A numbered axis: what it counts, its ends, and where it is ticked; `whole`: there is nothing between two numbers."""

    label: str
    unit: Unit
    low: float
    high: float
    whole: bool = False

    def at(self, value: float) -> float:
        """Where `value` lies between the ends, from 0 to 1."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def ticks(self) -> list[float]:
        step = nice_step(self.high - self.low)
        step = math.ceil(step) if self.whole else step
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [i * step for i in range(first, last + 1)]


def ordered(names: Iterable[str]) -> list[str]:
    """The five approaches in their fixed order, then what else there is, as it came."""
    known = list(names)
    return [n for n in SIMPLEST_FIRST if n in known] + [n for n in known if n not in SIMPLEST_FIRST]


def marks_for(names: Iterable[str], controls: Iterable[str] = ()) -> dict[str, Mark]:
    """A mark for every approach; controls share one grey cross, told apart by their names."""
    slots = {name: i for i, name in enumerate(SIMPLEST_FIRST)}
    others = [n for n in names if n not in slots]
    slots |= {name: 5 + i % 3 for i, name in enumerate(others)}
    marks = {name: Mark(f"var(--c{i})", SHAPES[i % len(SHAPES)]) for name, i in slots.items()}
    return marks | {name: Mark("var(--control)", CONTROL_SHAPE, hollow=True) for name in controls}


def nice_step(span: float) -> float:
    """The round number (1, 2, 2.5 or 5 times a power of ten) that cuts `span` into about four parts."""
    raw = max(span, 1e-9) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)


def swatch(mark: Mark) -> Markup:
    """The mark alone, to stand before a name in text."""
    return Markup(
        '<svg class="swatch" width="18" height="18" viewBox="-9 -9 18 18" aria-hidden="true">{}</svg>'
    ).format(_mark_path(mark))


def interval_plot(rows: Sequence[Row], unit: Unit, title: str) -> Markup:
    """Dots with 95 % whiskers, one row an approach; differences (`points`) get a line at zero."""
    axis = _interval_axis(rows, unit)
    height = ROW * len(rows)
    parts = [_tick_column(axis, tick, height) for tick in axis.ticks()]
    parts += [_interval_row(row, axis, ROW * i) for i, row in enumerate(rows)]
    said = "; ".join(f"{row.name}: {estimate(row.value, unit)}" for row in rows)
    return _svg(parts, height + 24, f"{title}. {said}.")


def _interval_axis(rows: Sequence[Row], unit: Unit) -> Axis:
    if unit == "share":
        return Axis("", unit, 0.0, 1.0)
    found = [number(row.value.get(k)) for row in rows if row.value for k in ("mean", "low", "high")]
    values = [v for v in found if v is not None]
    if unit != "points":
        top = max(values, default=1.0) or 1.0
        return Axis("", unit, 0.0, top * 1.05)
    reach = max(0.05, min(1.0, max((abs(v) for v in values), default=0.1) * 1.1))
    return Axis("", unit, -reach, reach)


def _tick_column(axis: Axis, tick: float, height: int) -> Markup:
    x = _inset(axis.at(tick))
    kind = "zero" if axis.unit == "points" and abs(tick) < 1e-9 else "grid"
    anchor = "start" if x < 8 else "end" if x > 92 else "middle"
    return _line(kind, (x, x), (4, height)) + _text("tick", x, height + 17, _tick_text(tick, axis.unit), anchor)


def _interval_row(row: Row, axis: Axis, top: int) -> Markup:
    mean = number(row.value.get("mean")) if row.value else None
    value_class, words = ("value missing", MISSING) if mean is None else ("value", estimate(row.value, axis.unit))
    parts = [
        _text("name", 0, top + 15, shortened(row.name, 24)),
        _text(value_class, 100, top + 15, words, "end"),
        _line("stave", (0, 100), (top + 29, top + 29)),
    ]
    if mean is not None and row.value is not None:
        low, high = number(row.value.get("low")), number(row.value.get("high"))
        if low is not None and high is not None:
            parts.append(_whisker(_inset(axis.at(low)), _inset(axis.at(high)), top + 29))
        chance = axis.unit == "points" and not excludes_zero(row.value)
        mark = Mark(row.mark.colour, row.mark.shape, row.mark.hollow or chance)
        parts.append(_placed(_mark_path(mark), _inset(axis.at(mean)), top + 29))
    return Markup('<g style="--c:{}">{}</g>').format(row.mark.colour, Markup("").join(parts))


def _whisker(low: float, high: float, y: int) -> Markup:
    caps = [_line("cap", (x, x), (y - 5, y + 5)) for x in (low, high)]
    return _line("whisker", (low, high), (y, y)) + Markup("").join(caps)


def line_chart(
    lines: Sequence[Line], x: Axis, y: Axis, title: str, flags: Sequence[tuple[float, float]] = ()
) -> Markup:
    """Lines named at their right ends; `flags` are numbered points, as break-evens are."""
    parts = [_frame(x, y)]
    inner = Markup("").join(_polyline(line, x, y) for line in lines if len(line.points) > 1)
    box = Markup(
        '<svg class="field" y="{}" width="{}%" height="{}" viewBox="0 0 100 100" preserveAspectRatio="none">{}</svg>'
    )
    parts.append(box.format(TOP, PLOT, HEIGHT, inner))
    parts += _end_labels([line for line in lines if line.points], x, y)
    parts += [_flag(i, point, x, y) for i, point in enumerate(flags, 1)]
    return _svg(parts, TOP + HEIGHT + 42, title)


def _polyline(line: Line, x: Axis, y: Axis) -> Markup:
    points = " ".join(f"{100 * x.at(a):.2f},{100 - 100 * y.at(b):.2f}" for a, b in line.points)
    return Markup('<polyline class="line{}" style="--c:{}" points="{}"/>').format(
        " faint" if line.faint else "", line.mark.colour, points
    )


def _end_labels(lines: Sequence[Line], x: Axis, y: Axis) -> list[Markup]:
    """Each line's mark at its last point and its name beside it, pushed apart by 17 pixels where they would touch."""
    ends = sorted((_down(y, line.points[-1][1]), i) for i, line in enumerate(lines))
    parts, floor = [], 6.0
    for rank, (at, i) in enumerate(ends):
        text_y = max(floor, min(at, TOP + HEIGHT + 8 - 17 * (len(ends) - 1 - rank)))
        floor = text_y + 17
        parts.append(_placed(_mark_path(lines[i].mark), PLOT * x.at(lines[i].points[-1][0]), at))
        parts.append(_beside(lines[i].name, PLOT, text_y))
    return parts


def _flag(index: int, point: tuple[float, float], x: Axis, y: Axis) -> Markup:
    """A numbered break-even: a dotted line down to the axis, and its number in a circle on the crossing."""
    across, down = PLOT * x.at(point[0]), _down(y, point[1])
    circle = _placed(Markup('<circle class="flag" r="10"/>'), across, down)
    drop = _line("drop", (across, across), (down, TOP + HEIGHT))
    return drop + circle + _text("flag-text", across, down + 4.5, str(index), "middle")


def _frame(x: Axis, y: Axis) -> Markup:
    """Both axes: what they count, their ticks, and a quiet line across for each tick of `y`."""
    floor = TOP + HEIGHT
    parts = [_text("axis", 0, 12, y.label), _text("axis", PLOT, floor + 38, x.label, "end")]
    for tick in y.ticks():
        at = _down(y, tick)
        parts.append(_line("zero" if abs(tick) < 1e-12 else "grid", (0, PLOT), (at, at)))
        if tick != y.low:  # the corner belongs to the other axis
            parts.append(_text("tick", 0, at - 4, _tick_text(tick, y.unit)))
    for tick in x.ticks():
        at = PLOT * x.at(tick)
        parts.append(_line("cap axis-tick", (at, at), (floor, floor + 5)))
        parts.append(_text("tick", at, floor + 18, _tick_text(tick, x.unit), "start" if at < 6 else "middle"))
    return Markup("").join(parts)


def scatter(points: Sequence[tuple[str, float, Mapping[str, Any], Mark]], x: Axis, y: Axis, title: str) -> Markup:
    """Named points, with 95 % whiskers upright where `y` has an interval."""
    parts = [_frame(x, y)]
    for name, across, value, mark in points:
        mean, low, high = (number(value.get(k)) for k in ("mean", "low", "high"))
        if mean is None:
            continue
        at, down = PLOT * x.at(across), _down(y, mean)
        ends = (down if low is None else _down(y, low), down if high is None else _down(y, high))
        drawn = _line("whisker", (at, at), ends) + _placed(_mark_path(mark), at, down) + _beside(name, at, down)
        parts.append(Markup('<g style="--c:{}">{}</g>').format(mark.colour, drawn))
    return _svg(parts, TOP + HEIGHT + 42, title)


def shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _tick_text(value: float, unit: Unit) -> str:
    if unit == "nats":
        return f"{value:.4g}".replace("-", MINUS)
    if unit == "count":
        return f"{value:,.10g}"
    if unit == "points":
        return f"{100 * value:+.4g}".replace("-", MINUS) if abs(value) > 1e-12 else "0"
    return quantity(value, unit)


def _inset(fraction: float) -> float:
    return INSET + (100 - 2 * INSET) * fraction


def _mark_path(mark: Mark) -> Markup:
    return Markup('<path class="mark{}" style="--c:{}" d="{}"/>').format(
        " hollow" if mark.hollow else "", mark.colour, mark.shape
    )


def _placed(drawn: Markup, x: float, y: float) -> Markup:
    return Markup('<svg x="{:.2f}%" y="{:.1f}" overflow="visible">{}</svg>').format(x, y, drawn)


def _beside(name: str, x: float, y: float) -> Markup:
    return _placed(Markup('<text class="name" x="13" y="5">{}</text>').format(shortened(name, 11)), x, y)


def _line(kind: str, x: tuple[float, float], y: tuple[float, float]) -> Markup:
    drawn = Markup('<line class="{}" x1="{:.2f}%" x2="{:.2f}%" y1="{:.1f}" y2="{:.1f}"/>')
    return drawn.format(kind, x[0], x[1], y[0], y[1])


def _text(kind: str, x: float, y: float, words: str, anchor: str = "start") -> Markup:
    drawn = Markup('<text class="{}" x="{:.2f}%" y="{:.1f}" text-anchor="{}">{}</text>')
    return drawn.format(kind, x, y, anchor, words)


def _down(y: Axis, value: float) -> float:
    return TOP + HEIGHT * (1 - y.at(value))


def _svg(parts: Sequence[Markup], height: int, said: str) -> Markup:
    return Markup('<svg class="chart" role="img" width="100%" height="{}" aria-label="{}">{}</svg>').format(
        height, said, Markup("").join(parts)
    )
