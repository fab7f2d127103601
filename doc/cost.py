#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Draws the README's figures of instructions a packet, to standard output: a pair of bars
for each kind of packet, this device's above AF_PACKET's.  tests/check sees that
doc/cost.svg is what this says."""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
LEFT, WIDE, ROW, BAR = 170, 480, 40, 14
PATTERN = (r"rejected, received (\d+) \(AF_PACKET (\d+)\) and sent (\d+) \((\d+)\); accepted and "
           r"read, 60 / 512 / 1500 bytes (\d+) / (\d+) / (\d+) "
           r"\(TPACKET_V3 (\d+) / (\d+) / (\d+)\), sent (\d+) \((\d+)\)")


def rows():
    found = re.search(PATTERN, (TOP / "README.md").read_text(encoding="utf-8"))
    if not found:
        sys.exit("cost.py: README.md has no line of instructions a packet that looks like mine")
    n = [int(number) for number in found.groups()]
    return [("rejected, received", n[0], n[1]), ("rejected, sent", n[2], n[3]),
            ("read, 60 bytes", n[4], n[7]), ("read, 512 bytes", n[5], n[8]),
            ("read, 1500 bytes", n[6], n[9]), ("read, sent", n[10], n[11])]


def bar(y, value, most, color):
    width = WIDE * value / most
    return (f'<rect x="{LEFT}" y="{y}" width="{width:.0f}" height="{BAR}" fill="{color}"/>'
            f'<text x="{LEFT + width + 6:.0f}" y="{y + BAR - 3}">{value}</text>')


def main():
    figures = rows()
    most = max(max(row[1:]) for row in figures)
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDE + 50}" '
          f'height="{ROW * len(figures) + 40}" font-family="sans-serif" font-size="12">')
    print('<rect width="100%" height="100%" fill="#fff"/>')
    print(f'<text x="{LEFT}" y="20">instructions a packet: '
          '<tspan fill="#c00000">/dev/bpf</tspan>, <tspan fill="#2050c0">AF_PACKET</tspan></text>')
    for index, (name, ours, theirs) in enumerate(figures):
        y = 34 + ROW * index
        print(f'<text x="{LEFT - 8}" y="{y + BAR + 4}" text-anchor="end">{name}</text>')
        print(bar(y, ours, most, "#c00000"))
        print(bar(y + BAR + 1, theirs, most, "#2050c0"))
    print("</svg>")


main()
