# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Makes a capture file of many packets as a network has them, the same each time:
IPv4 and IPv6, TCP, UDP, ICMP and ARP, VLANs, fragments, IP options, and packets that
were cut off.  Usage: capture.py COUNT [BYTES]: to the standard output; BYTES is how
much of a packet is captured at most.
"""
import random
import struct
import sys

HOSTS = [0x0a000001 + i * 0x10101 for i in range(60)] + [0xc0a80001 + i for i in range(60)]
PORTS = [22, 25, 53, 80, 123, 443, 993, 3306, 5060, 8080]


def transport(dice):
    """Protocol and segment."""
    ports = struct.pack(">HH", dice.choice(PORTS + [dice.randrange(1024, 65536)]),
                        dice.choice(PORTS + [dice.randrange(1024, 65536)]))
    data = bytes(dice.randrange(0, 80))
    kind = dice.random()
    if kind < 0.6:
        flags = dice.choice([0x02, 0x12, 0x10, 0x18, 0x11, 0x04])
        options = 4 * dice.choice([0, 0, 3])
        return 6, ports + struct.pack(">IIBBHHH", dice.getrandbits(32), dice.getrandbits(32),
                                      (5 + options // 4) << 4, flags, 4096, 0, 0) \
            + b"\1" * options + data
    if kind < 0.93:
        return 17, ports + struct.pack(">HH", 8 + len(data), 0) + data
    return 1, bytes([dice.choice([0, 3, 8, 11]), 0]) + bytes(6) + data


def frame(dice):
    """One packet."""
    macs = bytes([2, 0, 0, 0, 0, dice.randrange(8), 2, 0, 0, 0, 1, dice.randrange(8)])
    tag = struct.pack(">HH", 0x8100, dice.randrange(1, 20)) if dice.random() < 0.05 else b""
    kind = dice.random()
    if kind < 0.03:
        return macs + tag + b"\x08\x06" + struct.pack(
            ">HHBBH", 1, 0x800, 6, 4, dice.choice([1, 2])) + bytes(20)
    protocol, segment = transport(dice)
    if kind < 0.2:
        header = struct.pack(">IHBB", 6 << 28, len(segment), 58 if protocol == 1 else protocol, 64)
        address = [struct.pack(">QQ", 0xfd09 << 48, dice.randrange(20)) for _ in range(2)]
        return macs + tag + b"\x86\xdd" + header + b"".join(address) + segment
    options = 4 * dice.choice([0] * 9 + [3])
    fragment = dice.choice([0] * 30 + [0x2000, 185])
    header = struct.pack(">BBHHHBBHII", 0x45 + options // 4, 0, 20 + options + len(segment),
                         dice.getrandbits(16), fragment, 64, protocol, 0,
                         dice.choice(HOSTS), dice.choice(HOSTS))
    return macs + tag + b"\x08\x00" + header + b"\1" * options + segment


def main():
    """Frames repeat after some thousand, which no filter can notice."""
    count, most = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 262144
    dice = random.Random(4)
    frames = [frame(dice) for _ in range(min(count, 5000))]
    records = []
    for data in frames:
        cut = min(most, len(data) if dice.random() < 0.98 else dice.randrange(len(data)))
        records.append(struct.pack("<II", cut, len(data)) + data[:cut])
    out = sys.stdout.buffer
    out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
    for first in range(0, count, 5000):
        out.write(b"".join(struct.pack("<II", 1700000000 + first // 5000, 100 * i) + record
                           for i, record in enumerate(records[:count - first])))


main()
