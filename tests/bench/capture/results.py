# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""From what test machines say, a line for each measurement, to the results that are
shown and kept: one value a cell, with its spread over the rounds."""
import statistics
import sys

# The cell without a listener, which the others are compared with.
NONE = "none"


def read_marks(path):
    """The count of instructions at each mark."""
    with open(path) as lines:
        return [int(line.split()[1]) for line in lines if line.startswith("mark")]


def count(rows, path):
    """Add what the plugin has counted between the marks: instructions a packet."""
    totals = read_marks(path)
    for row in rows:
        if "counted" in row:
            begin, end = (totals[mark] for mark in row["counted"])
            if not 1 <= (end - begin) / row["instructions"] < 1.02:
                sys.exit(f"bench: the plugin counts {end - begin} instructions where there "
                         f"are {row['instructions']}")
        if "between" in row:
            begin, pause, resume, end = (totals[mark] for mark in row["between"])
            row["insns"] = (pause - begin + end - resume) / row["packets"]


def case_of(row):
    """Its name; what is sent comes to the driver by one hook or another."""
    return f"{row['case']} {row['hook']}" if row.get("way") == "tx" else row["case"]


def cells(rows, part):
    """{case: {reader: [row, ...]}}, in the order in which they were measured."""
    table = {}
    for row in rows:
        if row["part"] == part and "case" in row:
            table.setdefault(case_of(row), {}).setdefault(row["reader"], []).append(row)
    return table


def spread(values):
    return max(values) - min(values)


def exact(rows):
    """Above the cell without listeners of the same round."""
    table = {}
    for case, readers in cells(rows, "exact").items():
        base = [row["insns"] for row in readers.pop(NONE)]
        table[case] = {NONE: {"insns": statistics.median(base), "spread": spread(base)}}
        for reader, found in readers.items():
            above = [row["insns"] - none for row, none in zip(found, base)]
            table[case][reader] = {"insns": statistics.median(above), "spread": spread(above)}
    return table


def native(rows):
    """Nanoseconds above the cell without listeners of the same round."""
    table = {}
    for case, readers in cells(rows, "native").items():
        base = [row["store"] for row in readers.pop(NONE)]
        table[case] = {NONE: {"ns": min(base), "spread": spread(base)}}
        for reader, found in readers.items():
            above = [row["store"] + row["read"] - none for row, none in zip(found, base)]
            table[case][reader] = {"ns": statistics.median(above), "spread": spread(above)}
    return table


def latency(rows):
    return {case: {reader: {key: statistics.median(row[key] for row in found)
                            for key in ("median", "p99", "calls", "sleeps")} |
                   {"spread": spread([row["median"] for row in found])}
                   for reader, found in readers.items()}
            for case, readers in cells(rows, "latency").items()}


def loss(rows):
    """Shares of the packets that were lost: [{"rate": ..., reader: share, ...}]"""
    return [{"rate": rate["rate"]} |
            {reader: found[0]["dropped"] / found[0]["packets"]
             for reader, found in readers.items()}
            for readers in cells(rows, "loss").values()
            for rate in [next(iter(readers.values()))[0]]]


def buffered(rows):
    """System calls and wake-ups for 1000 packets that are read, at the lowest rate."""
    for readers in cells(rows, "loss").values():
        return {reader: {key: 1000 * found[0][key] / (found[0]["packets"] - found[0]["dropped"])
                         for key in ("calls", "sleeps")}
                for reader, found in readers.items()}
    return {}


def flows(rows):
    """Packets a second, offered and read: the best round, since others only had less
    of the host's time."""
    table = {}
    for readers in cells(rows, "flows").values():
        for reader, found in readers.items():
            read = [(row["packets"] - row["dropped"]) / row["ns"] * 1e9 for row in found]
            table[reader] = {
                "offered": max(row["packets"] / row["ns"] * 1e9 for row in found),
                "read": max(read), "median": statistics.median(read), "spread": spread(read)}
    return table


def summary(rows, kernel, memory):
    readers = {row["name"]: row["label"] for row in rows if row["part"] == "reader"}
    engines = {row["name"] for row in rows if row["part"] == "engine"}
    return {"kernel": kernel, "memory": memory, "readers": readers,
            "engines": sorted(engines), "exact": exact(rows),
            "native": native(rows), "latency": latency(rows), "loss": loss(rows),
            "buffered": buffered(rows), "flows": flows(rows)}
