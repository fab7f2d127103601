# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""libdnet sends by a write to /dev/bpf0: its frames arrive as they were, with the source
addresses that it gave them.  The network of lib.sh is there.
"""
import os
import struct
import subprocess

import capture
import client
import machine
import pcapfile
from traffic import LEFT_MAC, RIGHT_MAC, pattern

OTHER_MAC = bytes.fromhex("020000000099")


def frames_to_send():
    """Of all kinds of lengths, from and to all kinds of addresses."""
    for i, length in enumerate([*range(14, 70), *range(70, 1514, 37), 1513, 1514]):
        target = (RIGHT_MAC, OTHER_MAC, b"\xff" * 6)[i % 3]
        source = (LEFT_MAC, OTHER_MAC)[i % 2]
        yield target + source + b"\x88\xb6" + pattern(length - 14, i)


def main():
    frames = list(frames_to_send())
    tap = capture.Tap(False, "right", "vr", 1, ["-Q", "in"], "")
    machine.wait_for(tap.listening, "tcpdump to listen")
    # Before the program is looked at: markers are sent by a packet socket.
    sender = [("left", "vl", LEFT_MAC)]
    capture.mark(sender, capture.START)
    program = client.Program("left", "build/clients/ethsend", "vl", stdin=subprocess.PIPE)
    program.says("ready")
    program.on_the_device()
    with program.process.stdin as pipe:
        pipe.write(b"".join(struct.pack("=I", len(f)) + f for f in frames))
    machine.is_("it sends all: status, what it says", program.ends(),
                (0, f"ready\n{len(frames)} sent\n"))
    capture.mark(sender, capture.END)
    machine.wait_for(tap.complete, "the marker of the end")
    tap.stop()
    sent = [pcapfile.Frame(len(f), len(f), f) for f in frames]
    why = pcapfile.difference(sent, tap.between(lambda frame: True))
    machine.ok(not why, f"{len(sent)} frames arrive as they were sent", why)
    tap.remove()

    program = client.Program("left", "build/clients/ethsend", "nope")
    machine.is_("an unknown interface is an error", program.ends(),
                (1, "nope: No such device or address\n"))


if os.path.exists("build/clients/ethsend"):
    main()
else:
    client.skip("libdnet", client.missing("libdnet"))
machine.done()
