# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Tables of the benchmark's results for people, and which limits are met. Knows what
the JSON file says, nothing of how that was measured."""
import math

import limits

# Peers whose speed native code is compared with.
PEERS = ("libpcap", "linux", "dpdk", "clang")
TRAFFICS = (("mixed", "mixed packets in random order"), ("flow", "packets of one flow"))
# Two measurements of the same code differ by as much.
NOISE = 1.03
SHORT = {"native": "native", "hardened": "hard.", "interpreter": "interp",
         "libpcap": "libpcap", "linux": "Linux", "dpdk": "DPDK", "clang": "clang"}


def short(engine):
    return SHORT.get(engine, engine)


def engines_of(results):
    return [engine["name"] for engine in results["engines"] if "missing" not in engine]


def ns_of(row, traffic, engine):
    """Nanoseconds a packet, or None."""
    return row[traffic]["engines"].get(engine, {}).get("ns")


def ratio(row, traffic, engine, other):
    mine, other_ns = ns_of(row, traffic, engine), ns_of(row, traffic, other)
    return mine / other_ns if mine and other_ns else None


def best_peer(row, traffic):
    """The fastest peer's name, or None if no peer ran."""
    there = [peer for peer in PEERS if ns_of(row, traffic, peer)]
    return min(there, key=lambda peer: ns_of(row, traffic, peer), default=None)


def to_best(row, traffic):
    best = best_peer(row, traffic)
    return ratio(row, traffic, "native", best) if best else None


def mean(values):
    """Geometric mean, None if there is nothing."""
    known = [value for value in values if value]
    return math.exp(sum(map(math.log, known)) / len(known)) if known else None


def number(value, width, digits=2):
    return f"{value:{width}.{digits}f}" if value is not None else "-".rjust(width)


def head(results):
    print(f"{results['processor']}, Linux {results['kernel']}; {results['packets']} packets, "
          f"best of {results['rounds']} rounds")
    for engine in results["engines"]:
        if "missing" in engine:
            print(f"Without {engine['label']}: {engine['missing']}")


def time_table(results, traffic, about):
    engines = engines_of(results)
    print(f"\nns a packet, {about}\n")
    print(f"{'filter':13}{'insns':>6}{'accept':>8}", *(f"{short(e):>8}" for e in engines),
          f" {'native to best':>16}{'to Linux':>9}{'to pcap':>9}{'interp to pcap':>15}")
    for row in results["filters"]:
        best = best_peer(row, traffic)
        slower = best and (to_best(row, traffic) or 0) > NOISE
        cells = (number(ns_of(row, traffic, engine), 8) for engine in engines)
        print(f"{row['name']:13}{row['instructions']:6}{row[traffic]['accepted']:8.3f}", *cells,
              f" {'*' if slower else ' '}{short(best) if best else '':>8}"
              f"{number(to_best(row, traffic), 7)}"
              f"{number(ratio(row, traffic, 'native', 'linux'), 9)}"
              f"{number(ratio(row, traffic, 'native', 'libpcap'), 9)}"
              f"{number(ratio(row, traffic, 'interpreter', 'libpcap'), 15)}")
    means = (mean(to_best(row, traffic) for row in results["filters"]),
             geomean(results, traffic, "native", "linux"),
             geomean(results, traffic, "native", "libpcap"),
             geomean(results, traffic, "interpreter", "libpcap"))
    print(f"{'geometric mean':27}", *(" " * 8 for _ in engines),
          f" {'':9}{number(means[0], 7)}{number(means[1], 9)}{number(means[2], 9)}"
          f"{number(means[3], 15)}")


def gaps(results):
    """Why an engine has no times for a filter."""
    for engine in results["engines"]:
        filters = {}
        for row in results["filters"]:
            why = row["code"].get(engine["name"], {}).get("missing")
            if why:
                filters.setdefault(why, []).append(row["name"])
        for why, names in filters.items():
            print(f"- without {engine['label']}: {', '.join(names)}: {why}")


def geomean(results, traffic, engine, other):
    return mean(ratio(row, traffic, engine, other) for row in results["filters"])


def counter_table(results):
    engines = engines_of(results)
    rows = [row for row in results["filters"]
            if any("misses" in cell for cell in row["mixed"]["engines"].values())]
    if not rows:
        print("\nInstructions and branch misses a packet: not available on this machine")
        return
    print("\nInstructions/branch misses a packet, loop included, mixed packets\n")
    print(f"{'filter':13}", *(f"{short(e):>12}" for e in engines))
    for row in rows:
        cells = (row["mixed"]["engines"].get(e, {}) for e in engines)
        print(f"{row['name']:13}", *(f"{c['instructions']:7.1f}/{c['misses']:4.2f}"
                                    if "misses" in c else f"{'-':>12}" for c in cells))


def micro(ns):
    return number(ns / 1e3 if ns else None, 10, 1)


def code_table(results):
    engines = [e for e in engines_of(results)
               if any(row["code"].get(e, {}).get("bytes") for row in results["filters"])]
    timed = [e for e in engines
             if any(row["code"].get(e, {}).get("compile_ns") for row in results["filters"])]
    if not engines:
        return
    print(f"\nBytes of code, and microseconds to make it (Linux: attached to a socket of "
          f"this machine's kernel, {results['kernel']})\n")
    print(f"{'filter':13}{'insns':>6}", *(f"{short(e):>8}" for e in engines), "  ",
          *(f"{short(e) + ' us':>10}" for e in timed))
    for row in results["filters"]:
        print(f"{row['name']:13}{row['instructions']:6}",
              *(f"{row['code'].get(e, {}).get('bytes') or '-':>8}" for e in engines), "  ",
              *(micro(row["code"].get(e, {}).get("compile_ns")) for e in timed))
    # DPDK walks all paths, which takes forever; Linux limits a socket's memory.
    for row in results["scale"]:
        print(f"{'(any program)':13}{row['instructions']:6}", *(" " * 8 for e in engines), "  ",
              *(micro(row.get(e)) for e in timed))


def named(results, name):
    return next((row for row in results["filters"] if row["name"] == name), None)


def limit_rows(results):
    """(what, value or None, limit) of each limit."""
    rows = results["filters"]
    yield "native to Linux, mixed, mean", geomean(results, "mixed", "native", "linux"), 0.45
    yield "native to Linux, one flow, mean", geomean(results, "flow", "native", "linux"), 0.70
    for traffic, _ in TRAFFICS:
        worst = max((to_best(row, traffic) or 0 for row in rows), default=0)
        yield f"native to the best peer, {traffic}, worst", worst or None, NOISE
    for name, limit in (("50 hosts", 0.25), ("200 ports", 0.15)):
        row = named(results, name)
        yield (f"native to Linux, mixed, {name}",
               ratio(row, "mixed", "native", "linux") if row else None, limit)
    for traffic, _ in TRAFFICS:
        yield (f"interpreter to libpcap's, {traffic}, mean",
               geomean(results, traffic, "interpreter", "libpcap"), 0.60)
    row = named(results, "200 ports")
    code = row["code"].get("native") if row else None
    yield "200 ports: ms to compile", code["compile_ns"] / 1e6 if code else None, 1.0
    small, large = results["scale"][-2:]
    if "native" in small:
        grown = large["native"] / small["native"]
        size = large["instructions"] / small["instructions"]
        yield (f"time to compile {large['instructions']} instructions, to {size:.0f} times "
               f"{small['instructions']}", grown / size, 1.5)


def show(results):
    """Print everything; returns whether all limits are met."""
    head(results)
    for traffic, about in TRAFFICS:
        time_table(results, traffic, about)
    print(f"\n* slower than the best peer by more than {NOISE - 1:.0%}")
    gaps(results)
    for traffic, about in TRAFFICS:
        cost = geomean(results, traffic, "hardened", "native")
        if cost:
            print(f"Hardened to native, {about}, geometric mean: {cost:.2f}")
    counter_table(results)
    code_table(results)
    print("\nLimits\n")
    return limits.show(limit_rows(results), 62)
