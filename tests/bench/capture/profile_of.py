# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Which functions a packet's instructions are in, from the plugin's profile."""
import bisect
import re

import results

SHOWN = 25
MODULES = 0xffffffffc0000000


class Symbols:
    """Kernel functions by address: from /proc/modules, then /proc/kallsyms."""

    def __init__(self, path):
        self.modules, found = [], []
        with open(path) as lines:
            for line in lines:
                fields = line.split()
                if re.match(r"\w+ \d+ \d+ ", line):
                    start = int(fields[5], 16)
                    self.modules.append((start, start + int(fields[1]), fields[0]))
                elif fields[1] in "tTwW":
                    found.append((int(fields[0], 16), fields[2]))
        found.sort()
        self.addresses = [address for address, _ in found]
        self.names = [name for _, name in found]

    def name(self, address):
        if address < 1 << 47:
            return "(program)"
        if address >= MODULES and not any(start <= address < end
                                          for start, end, _ in self.modules):
            return "(filters of packet sockets)"
        index = bisect.bisect_right(self.addresses, address) - 1
        return self.names[index] if index >= 0 else f"{address:#x}"


def read(path, symbols):
    """Instructions by function, between each mark and the one before."""
    sections, names = [], {}
    with open(path) as lines:
        for line in lines:
            address, value = line.split()
            if address == "mark":
                sections.append({})
                continue
            if address not in names:
                names[address] = symbols.name(int(address, 16))
            name = names[address]
            sections[-1][name] = sections[-1].get(name, 0) + int(value)
    return sections


def of_row(row, sections):
    """Instructions a packet by function; of the two times that count."""
    _, pause, _, end = row["between"]
    total = {}
    for mark in (pause, end):
        for name, value in sections[mark].items():
            total[name] = total.get(name, 0) + value / row["packets"]
    return total


def show(rows, marks, symbols):
    """For each case, what each reader takes above no listener."""
    sections = read(marks, Symbols(symbols))
    none = {}
    for row in rows:
        if "between" not in row:
            continue
        own = of_row(row, sections)
        if row["reader"] == "none":
            none = own
            continue
        above = {name: own.get(name, 0) - none.get(name, 0) for name in own | none}
        print(f"\n{results.case_of(row)}, {row['reader']}: {sum(above.values()):.1f}")
        for name in sorted(above, key=above.get, reverse=True)[:SHOWN]:
            if above[name] >= 1:
                print(f"{above[name]:9.1f}  {name}")
