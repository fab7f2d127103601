# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""The benchmark's results as a plot: a row for each filter, a dot for each engine, on a
logarithmic scale; mixed packets to the left, one flow to the right."""
import math
from xml.sax.saxutils import escape

import tables

COLORS = {"native": "#c00000", "hardened": "#e08080", "interpreter": "#f0a000",
          "libpcap": "#909090", "linux": "#2050c0", "dpdk": "#20a0a0", "clang": "#208030"}
LEFT, TOP, ROW, PANEL, GAP, BOTTOM = 110, 70, 20, 400, 40, 40


def text(x, y, what, anchor="start", size=12):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">' \
           f'{escape(what)}</text>'


class Scale:
    """From nanoseconds to a place on the paper."""

    def __init__(self, values):
        self.low, self.high = min(values) * 0.9, max(values) * 1.1

    def place(self, value, left):
        return left + PANEL * math.log(value / self.low) / math.log(self.high / self.low)

    def ticks(self):
        for power in range(-1, 5):
            for digit in (1, 2, 5):
                value = digit * 10 ** power
                if self.low <= value <= self.high:
                    yield value


def panel(results, traffic, title, left, scale):
    rows = results["filters"]
    bottom = TOP + ROW * len(rows)
    yield text(left + PANEL / 2, TOP - 12, title, "middle", 13)
    for tick in scale.ticks():
        x = scale.place(tick, left)
        yield f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}" stroke="#ddd"/>'
        yield text(x, bottom + 16, f"{tick:g}", "middle", 11)
    yield text(left + PANEL / 2, bottom + 32, "ns a packet", "middle", 11)
    for index, row in enumerate(rows):
        y = TOP + ROW * (index + 0.5)
        yield f'<line x1="{left}" y1="{y}" x2="{left + PANEL}" y2="{y}" stroke="#eee"/>'
        # What matters most is drawn last, on top.
        for engine in reversed(tables.engines_of(results)):
            ns = tables.ns_of(row, traffic, engine)
            if ns:
                yield f'<circle cx="{scale.place(ns, left):.1f}" cy="{y}" r="5" ' \
                      f'fill="{COLORS.get(engine, "#000")}" fill-opacity="0.85">' \
                      f'<title>{escape(row["name"])}, {engine}: {ns:.2f} ns</title></circle>'


def legend(results):
    x = LEFT
    for engine in tables.engines_of(results):
        label = next(e["label"] for e in results["engines"] if e["name"] == engine)
        yield f'<circle cx="{x + 5}" cy="36" r="5" fill="{COLORS.get(engine, "#000")}"/>'
        yield text(x + 15, 40, label)
        x += 35 + 7 * len(label)


def write(results, path):
    rows = results["filters"]
    values = [cell["ns"] for row in rows for traffic, _ in tables.TRAFFICS
              for cell in row[traffic]["engines"].values()]
    width = LEFT + 2 * PANEL + GAP + 20
    height = TOP + ROW * len(rows) + BOTTOM
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             'font-family="sans-serif">', f'<rect width="{width}" height="{height}" fill="#fff"/>',
             text(LEFT, 20, f"Classic BPF filters, {results['processor']}", size=14)]
    lines += legend(results)
    for index, row in enumerate(rows):
        lines.append(text(LEFT - 8, TOP + ROW * (index + 0.5) + 4, row["name"], "end"))
    if values:
        for index, (traffic, title) in enumerate(tables.TRAFFICS):
            lines += panel(results, traffic, title, LEFT + index * (PANEL + GAP), Scale(values))
    with open(path, "w") as file:
        file.write("\n".join(lines + ["</svg>", ""]))
