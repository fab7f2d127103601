# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""dumpcap captures on two interfaces at once, with two descriptors and a thread for
each: its file has the frames of each under its name.  The network of lib.sh is there.
"""
import struct

import capture
import client
import machine
import pcapfile
from traffic import LEFT_MAC, RIGHT_MAC, pattern

FILE = "/tmp/dumpcap.pcapng"
SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
NAME = 2  # option if_name


def pcapng(path):
    """{interface's name: its frames}, of a file that may still grow."""
    with open(path, "rb") as file:
        data = file.read()
    names, frames, at = [], {}, 0
    while at + 12 <= len(data):
        kind, length = struct.unpack_from("=II", data, at)
        if at + length > len(data):
            break
        body = data[at + 8:at + length - 4]
        if kind == INTERFACE:
            code, size = struct.unpack_from("=HH", body, 8)
            while code != NAME:
                body = body[4 + (size + 3) // 4 * 4:]
                code, size = struct.unpack_from("=HH", body, 8)
            names.append(body[12:12 + size].decode())
            frames[names[-1]] = []
        elif kind == PACKET:
            number, _, _, caplen, size = struct.unpack_from("=5I", body)
            frames[names[number]].append(
                pcapfile.Frame(caplen, size, body[20:20 + caplen]))
        elif kind == SECTION and at:
            raise ValueError("a second section")
        at += length
    return frames


def frames_of(seed):
    """To the right from the left, of many lengths; another content for each seed."""
    for i, length in enumerate([*range(14, 60), *range(60, 1514, 31), 1514]):
        yield RIGHT_MAC + LEFT_MAC + b"\x88\xb6" + pattern(length - 14, seed + i)


def kept(frames, most=None):
    """What is stored of them."""
    return [pcapfile.Frame(min(len(f), most or len(f)), len(f), f[:most]) for f in frames]


def run(name, options, sent, expected):
    """dumpcap with those options until it has as much as is expected."""
    program = client.Program("left", "dumpcap", "-q", "-w", FILE, "-i", "vl", "-i", "wl", *options)
    program.wait_for(lambda: len([line for line in program.descriptors() if
                                  line["Netif"] in ("vl", "wl") and "p" in line["Flags"]]) == 2
                     and "File: " in program.said(), "dumpcap to capture")
    program.on_the_device(2)
    # In turns, so that both threads are busy at once.  Sent where nobody asks dumpcap.
    for pair in zip(sent["vl"], sent["wl"]):
        for peer, frame in zip(("vr", "wr"), pair):
            capture.send_raw("right", peer, [frame])

    def complete():
        found = pcapng(FILE)
        return all(len(found.get(i, [])) >= len(expected[i]) for i in expected)

    program.wait_for(complete, f"{name}: all frames in the file")
    status, said = program.stop(2)
    machine.is_(f"{name}: status", status, 0)
    found = pcapng(FILE)
    for interface, wanted in expected.items():
        why = pcapfile.difference(wanted, found[interface])
        machine.ok(not why, f"{name}: {len(wanted)} frames of {interface} as they were sent", why)
    return said


def main():
    """A second pair of interfaces; nobody talks on either but the test."""
    machine.run("left", "ip", "link", "add", "wl", "up", "type", "veth", "peer", "name", "wr",
                "netns", "right")
    machine.run("right", "ip", "link", "set", "wr", "up")
    for namespace in "left", "right":
        machine.run(namespace, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
    sent = {"vl": list(frames_of(0)), "wl": list(frames_of(100))}
    run("all", [], sent, {i: kept(f) for i, f in sent.items()})
    # An option behind an interface is for that one only.
    run("a snap length and a filter", ["-s", "64", "-f", "greater 100"], sent,
        {"vl": kept(sent["vl"]), "wl": kept([f for f in sent["wl"] if len(f) >= 100], 64)})
    machine.done()


main()
