# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""The capture benchmark's results as a plot: to the left a row for each case and a dot
for each way to read, to the right what each loses at which rate."""
import svg

COLORS = {"recv": "#909090", "v2": "#20a0a0", "v3": "#2050c0", "v3-tuned": "#80a0e0",
          "bpf-read": "#f0a000", "bpf-zerocopy": "#c00000", "bpf-mmap": "#208030"}
LEFT, TOP, ROW, PANEL, GAP, BOTTOM = 140, 80, 26, 440, 80, 50


def color(reader):
    return COLORS.get(reader, "#000")


def costs(found):
    """Instructions a packet."""
    rows = found["exact"]
    values = [cell["insns"] for row in rows.values() for reader, cell in row.items()
              if reader != "none" and cell["insns"] > 0]
    if not values:
        return
    scale, bottom = svg.Scale(values, PANEL), TOP + ROW * len(rows)
    yield svg.text(LEFT + PANEL / 2, TOP - 14, "instructions a packet above no listener",
                   "middle", 13)
    for tick in scale.ticks():
        x = scale.place(tick, LEFT)
        yield svg.line(x, TOP, x, bottom, "#ddd")
        yield svg.text(x, bottom + 16, f"{tick:g}", "middle", 11)
    for index, (case, row) in enumerate(rows.items()):
        y = TOP + ROW * (index + 0.5)
        yield svg.line(LEFT, y, LEFT + PANEL, y, "#eee")
        yield svg.text(LEFT - 8, y + 4, case, "end")
        for reader in found["readers"]:
            if reader in row and row[reader]["insns"] > 0:
                insns = row[reader]["insns"]
                yield svg.dot(scale.place(insns, LEFT), y, color(reader),
                              f"{case}, {reader}: {insns:.0f}")


def losses(found, height):
    """Per cent lost, over the rate."""
    rows, left = found["loss"], LEFT + PANEL + GAP
    if not rows:
        return
    most = max(row["rate"] for row in rows)
    bottom = TOP + height
    yield svg.text(left + PANEL / 2, TOP - 14, "packets lost, reader of fixed speed", "middle", 13)
    for percent in range(0, 101, 20):
        y = bottom - height * percent / 100
        yield svg.line(left, y, left + PANEL, y, "#ddd")
        yield svg.text(left - 8, y + 4, f"{percent} %", "end", 11)
    free = left
    for row in rows:
        x = left + PANEL * row["rate"] / most
        if x >= free:
            yield svg.text(x, bottom + 16, f"{row['rate'] // 1000}", "middle", 11)
            free = x + 30
    yield svg.text(left + PANEL / 2, bottom + 34, "1000 packets a second", "middle", 11)
    for reader in found["readers"]:
        points = [(left + PANEL * row["rate"] / most, bottom - height * row[reader],
                   f"{reader} at {row['rate']}/s: {row[reader]:.1%}")
                  for row in rows if reader in row]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
        yield f'<polyline points="{path}" fill="none" stroke="{color(reader)}"/>'
        for x, y, title in points:
            yield svg.dot(x, y, color(reader), title)


def write(found, path):
    height = max(ROW * len(found["exact"]), 240)
    lines = [svg.text(LEFT, 20, f"Ways to capture packets, Linux {found['kernel']}", size=14)]
    lines += svg.legend([(label, color(reader)) for reader, label in found["readers"].items()],
                        LEFT, 44)
    lines += costs(found)
    lines += losses(found, height)
    svg.write(path, LEFT + 2 * PANEL + GAP + 40, TOP + height + BOTTOM, lines)
