# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Reads pcapng files strictly: every byte must belong to a whole block.  Must not know
who wrote them.
"""
import collections
import struct

import pcapfile

SECTION, INTERFACE, STATISTICS, PACKET = 0x0A0D0D0A, 1, 5, 6
NAMES = {4: "ifrecv", 6: "filteraccept", 7: "osdrop", 8: "usrdeliv"}

Packet = collections.namedtuple("Packet", "interface time frame flags drops")


def options(data):
    """{code: value}"""
    found, at = {}, 0
    while at < len(data):
        code, size = struct.unpack_from("=HH", data, at)
        found[code] = data[at + 4:at + 4 + size]
        at += 4 + (size + 3) // 4 * 4
        if code == 0:
            break
    if at != len(data):
        raise ValueError("options do not fill their block")
    return found


class File:
    """Its interfaces' names, its packets, the last statistics of each interface."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        self.size, self.interfaces, self.packets, self.statistics = len(data), [], [], {}
        self.filters, at = [], 0
        while at < len(data):
            kind, length = struct.unpack_from("=II", data, at)
            if length % 4 or length < 12 or at + length > len(data) or \
                    struct.unpack_from("=I", data, at + length - 4)[0] != length:
                raise ValueError(f"{path}: no whole block at {at} of {len(data)}")
            if (kind == SECTION) != (at == 0):
                raise ValueError(f"{path}: a section at {at}, or none at its start")
            self.block(kind, data[at + 8:at + length - 4])
            at += length

    def block(self, kind, body):
        if kind == INTERFACE:
            found = options(body[8:])
            self.interfaces.append(found[2].decode())
            self.filters.append(found.get(11, b"\0")[1:].decode())
            if found[9] != b"\x09":
                raise ValueError("times are not in nanoseconds")
        elif kind == PACKET:
            number, high, low, caplen, size = struct.unpack_from("=5I", body)
            found = options(body[20 + (caplen + 3) // 4 * 4:])
            self.packets.append(Packet(
                number, high << 32 | low, pcapfile.Frame(caplen, size, body[20:20 + caplen]),
                int.from_bytes(found[2], "little"), int.from_bytes(found.get(4, b""), "little")))
        elif kind == STATISTICS:
            number, = struct.unpack_from("=I", body)
            self.statistics[self.interfaces[number]] = {
                NAMES[code]: int.from_bytes(value, "little")
                for code, value in options(body[12:]).items() if code in NAMES}

    def frames(self, interface=None):
        return [p.frame for p in self.packets
                if interface is None or self.interfaces[p.interface] == interface]
