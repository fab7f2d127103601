# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""The benchmark's results as a plot: a row for each filter, a dot for each engine, on a
logarithmic scale; mixed packets to the left, one flow to the right."""
import svg
import tables

COLORS = {"native": "#c00000", "hardened": "#e08080", "interpreter": "#f0a000",
          "libpcap": "#909090", "linux": "#2050c0", "dpdk": "#20a0a0", "clang": "#208030"}
LEFT, TOP, ROW, PANEL, GAP, BOTTOM = 110, 70, 20, 400, 40, 40


def panel(results, traffic, title, left, scale):
    rows = results["filters"]
    bottom = TOP + ROW * len(rows)
    yield svg.text(left + PANEL / 2, TOP - 12, title, "middle", 13)
    for tick in scale.ticks():
        x = scale.place(tick, left)
        yield svg.line(x, TOP, x, bottom, "#ddd")
        yield svg.text(x, bottom + 16, f"{tick:g}", "middle", 11)
    yield svg.text(left + PANEL / 2, bottom + 32, "ns a packet", "middle", 11)
    for index, row in enumerate(rows):
        y = TOP + ROW * (index + 0.5)
        yield svg.line(left, y, left + PANEL, y, "#eee")
        # What matters most is drawn last, on top.
        for engine in reversed(tables.engines_of(results)):
            ns = tables.ns_of(row, traffic, engine)
            if ns:
                yield svg.dot(scale.place(ns, left), y, COLORS.get(engine, "#000"),
                              f"{row['name']}, {engine}: {ns:.2f} ns")


def legend(results):
    labels = {engine["name"]: engine["label"] for engine in results["engines"]}
    return svg.legend([(labels[name], COLORS.get(name, "#000"))
                       for name in tables.engines_of(results)], LEFT, 40)


def write(results, path):
    rows = results["filters"]
    values = [cell["ns"] for row in rows for traffic, _ in tables.TRAFFICS
              for cell in row[traffic]["engines"].values()]
    width = LEFT + 2 * PANEL + GAP + 20
    height = TOP + ROW * len(rows) + BOTTOM
    lines = [svg.text(LEFT, 20, f"Classic BPF filters, {results['processor']}", size=14)]
    lines += legend(results)
    for index, row in enumerate(rows):
        lines.append(svg.text(LEFT - 8, TOP + ROW * (index + 0.5) + 4, row["name"], "end"))
    if values:
        scale = svg.Scale(values, PANEL)
        for index, (traffic, title) in enumerate(tables.TRAFFICS):
            lines += panel(results, traffic, title, LEFT + index * (PANEL + GAP), scale)
    svg.write(path, width, height, lines)
