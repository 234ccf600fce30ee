"""Lines in an SVG, for the documentation."""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 90, 190, 40, 50
COLOURS = ("#0072b2", "#56b4e9", "#d55e00", "#cc79a7", "#e69f00", "#009e73")
"""Told apart by those who see colours differently, too (Okabe and Ito)."""

Points = Sequence[tuple[float, float]]


class Scale:
    """Where a value stands: x on a plain scale, y on a logarithmic one, whole decades."""

    def __init__(self, lines: Mapping[str, Points]) -> None:
        points = [point for line in lines.values() for point in line]
        self.most_x = math.ceil(max(x for x, _ in points) / 10) * 10
        self.low = math.floor(math.log10(min(y for _, y in points)))
        self.high = max(self.low + 1, math.ceil(math.log10(max(y for _, y in points))))

    def x(self, value: float) -> float:
        """In pixels from the left."""
        return LEFT + value / self.most_x * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """In pixels from the top."""
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)


def svg(title: str, unit: str, lines: Mapping[str, Points]) -> str:
    """A line for each name, its points as (turn, value above 0)."""
    scale = Scale(lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(title)}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 22, title, "start", ' font-size="15"'),
        *(_rule(scale, 10.0**power, unit) for power in range(scale.low, scale.high + 1)),
        *(_text(scale.x(part * scale.most_x), HEIGHT - 28, f"{part * scale.most_x:,.0f}") for part in (0, 0.5, 1)),
        _text(LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 10, "turn"),
    ]
    for number, (name, points) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{scale.x(x):.1f},{scale.y(y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        at = TOP + 20 * number + 10
        parts.append(f'<rect x="{WIDTH - RIGHT + 15}" y="{at - 4}" width="14" height="4" fill="{colour}"/>')
        parts.append(_text(WIDTH - RIGHT + 35, at + 2, name, "start"))
    return "\n".join((*parts, "</svg>", ""))


def _rule(scale: Scale, value: float, unit: str) -> str:
    at = scale.y(value)
    line = f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#dddddd"/>'
    return line + _text(LEFT - 8, at + 4, f"{value:,.0f} {unit}" if value >= 1 else f"{value:g} {unit}", "end")


def _text(x: float, y: float, words: str, anchor: str = "middle", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#333333"{more}>{escape(words)}</text>'
