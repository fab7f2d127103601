# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""What the benchmarks' plots are made of: pieces of SVG, as strings."""
import math
from xml.sax.saxutils import escape


def text(x, y, what, anchor="start", size=12):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">' \
           f'{escape(what)}</text>'


def line(x1, y1, x2, y2, color):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"/>'


def dot(x, y, color, title=""):
    shown = f"<title>{escape(title)}</title>" if title else ""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{color}" fill-opacity="0.85">' \
           f'{shown}</circle>'


class Scale:
    """From values, all above 0, to a place on paper of that width; logarithmic."""

    def __init__(self, values, width):
        self.low, self.high, self.width = min(values) * 0.9, max(values) * 1.1, width

    def place(self, value, left):
        return left + self.width * math.log(value / self.low) / math.log(self.high / self.low)

    def ticks(self):
        for power in range(-1, 7):
            for digit in (1, 2, 5):
                value = digit * 10 ** power
                if self.low <= value <= self.high:
                    yield value


def legend(entries, x, y):
    """Dots with labels in a row: entries are (label, color)."""
    for label, color in entries:
        yield dot(x + 5, y - 4, color)
        yield text(x + 15, y, label)
        x += 35 + 7 * len(label)


def write(path, width, height, lines):
    with open(path, "w") as file:
        file.write("\n".join(
            [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             'font-family="sans-serif">',
             f'<rect width="{width}" height="{height}" fill="#fff"/>', *lines, "</svg>", ""]))
