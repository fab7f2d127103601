# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Tables of the capture benchmark's results for people, and which limits are met.
Knows what the JSON file says, nothing of how that was measured."""
import itertools

import limits

# Ways of ours; all others are peers.
OURS = ("bpf-read", "bpf-zerocopy", "bpf-mmap")
PACKET, V3, RECV = ("recv", "v2", "v3", "v3-tuned"), ("v3", "v3-tuned"), ("recv",)

# Case of exact, whose cheapest way is compared with ours, what of it at most. Sent
# packets: by the tracepoint; the kernel clones each for the other hook.
EXACT_LIMITS = (
    ("rx-reject", PACKET, 0.45), ("tx-reject trace", PACKET, 0.22),
    ("rx-accept-60", V3, 0.45), ("rx-accept-512", V3, 0.50), ("rx-accept-1500", V3, 0.60),
    ("tx-accept-60 trace", V3, 0.30), ("rx-reject-8", PACKET, 0.25), ("rx-reject-64", PACKET, 0.25),
)


def least(row, readers, key=None):
    """The smallest value of these readers, or None."""
    there = [row[reader][key] if key else row[reader] for reader in readers if reader in row]
    return min(there, default=None)


def columns(found):
    return list(found["readers"])


def number(value, width, digits=1):
    return "-".rjust(width) if value is None else f"{value:{width}.{digits}f}"


def cost_table(found, part, unit, digits):
    header = (f"{reader:>10}" for reader in columns(found))
    print(f"{'case':20}", *header, f"{'spread':>8}{'none':>8}")
    for case, row in found[part].items():
        cells = (number(row.get(reader, {}).get(unit), 10, digits) for reader in columns(found))
        widest = max(cell["spread"] for cell in row.values())
        print(f"{case:20}", *cells, f"{widest:8.{digits}f}{row['none'][unit]:8.0f}")


def exact_table(found):
    print("\nInstructions a packet above no listener, reading included; in the last columns "
          "the largest\nspread over rounds, and the instructions without a listener\n")
    cost_table(found, "exact", "insns", 1)


def native_table(found):
    print("\nNanoseconds a packet in User Mode Linux, as above; filters are interpreted\n")
    cost_table(found, "native", "ns", 0)


def latency_table(found):
    print("\nImmediate mode: instructions from a burst of so many packets to its reader, median "
          "/ 99 %;\nsystem calls / wake-ups per 1000 packets\n")
    shown = [reader for reader in columns(found)
             if any(reader in row for row in found["latency"].values())]
    print(f"{'':12}", *(f"{reader:>18}" for reader in shown))
    for case, row in found["latency"].items():
        print(f"{case:12}", *(f"{row[r]['median']:>9.0f}/{row[r]['p99']:>8.0f}" if r in row
                              else f"{'-':>18}" for r in shown))
        print(f"{'':12}", *(f"{row[r]['calls']:>9.0f}/{row[r]['sleeps']:>8.0f}" if r in row
                            else f"{'-':>18}" for r in shown))


def loss_table(found):
    print("\nPer cent of packets lost by a reader of fixed speed\n")
    print(f"{'1000 a second':16}", *(f"{reader:>10}" for reader in columns(found)))
    for row in found["loss"]:
        print(f"{row['rate'] / 1000:<16.0f}",
              *(number(100 * row[reader] if reader in row else None, 10)
                for reader in columns(found)))


def buffered_table(found):
    lowest = found["loss"][0]["rate"] // 1000
    print(f"\nThe same reader at {lowest}000 packets a second, for 1000 packets\n")
    for key, what in (("calls", "system calls"), ("sleeps", "wake-ups")):
        print(f"{what:16}", *(number(found["buffered"].get(reader, {}).get(key), 10)
                              for reader in columns(found)))


def flows_table(found):
    print("\nTwo processors, two flows, one listener: 1000 packets a second read and offered, "
          "best round;\nmedian and spread over rounds\n")
    print(f"{'':16}{'read':>10}{'offered':>10}{'median':>10}{'spread':>10}")
    for reader, row in found["flows"].items():
        print(f"{reader:16}", *(f"{row[key] / 1000:9.1f}"
                                for key in ("read", "offered", "median", "spread")))


def exact_limits(found):
    for case, peers, limit in EXACT_LIMITS:
        row = found["exact"].get(case, {})
        mine, other = least(row, OURS, "insns"), least(row, peers, "insns")
        yield (f"{case}, to {'V3' if peers is V3 else 'AF_PACKET'}",
               mine / other if mine and other else None, limit)


def latency_limits(found):
    for case, row in found["latency"].items():
        for key in ("median", "p99"):
            mine, other = least(row, OURS, key), least(row, RECV, key)
            yield f"{case}, {key}, to recv", mine / other if mine and other else None, 1.0


def loss_limits(found):
    """Where V3 begins to lose ours must not, above at most half of what V3 loses."""
    begun = False
    for row in found["loss"]:
        mine, other = least(row, OURS), least(row, V3)
        if mine is None or not other:
            continue
        what = f"loss at {row['rate'] // 1000}000/s, to V3's"
        yield what, mine / other, 0.5 if begun else 0.0
        begun = True


def flows_limits(found):
    """No limit is set for the speed, but more would be strange to want than less."""
    rows = found["flows"]
    mine = max((rows[r]["read"] for r in OURS if r in rows), default=None)
    other = max((rows[r]["read"] for r in PACKET if r in rows), default=None)
    if mine and other:
        yield "two flows, best peer's speed to ours", other / mine, 1.0


def show(found):
    """Print everything; returns whether all limits are met."""
    print(f"Linux {found['kernel']}, {found['memory']} bytes for packets, bsdbpf's filters: "
          f"{', '.join(found['engines'])}")
    for reader, label in found["readers"].items():
        print(f"  {reader:14}{label}")
    for part, table in (("exact", exact_table), ("native", native_table),
                        ("latency", latency_table), ("loss", loss_table),
                        ("buffered", buffered_table), ("flows", flows_table)):
        if found[part]:
            table(found)
    print("\nLimits: ours, the best way, to the best of the peers\n")
    return limits.show(itertools.chain(exact_limits(found), latency_limits(found),
                                       loss_limits(found), flows_limits(found)), 44)
