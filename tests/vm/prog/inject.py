# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Frames sent through /dev/bpf arrive unchanged, all of them and in order.  The
network of lib.sh is there; prints TAP.

bittwist sends by pcap_sendpacket(), a write to /dev/bpf with the patched libpcap.
Debian's tcpreplay is built to send by PF_PACKET (tcpreplay -V says so) and has no
option for another way: preload/packet.c gives it /dev/bpf instead of that socket.
"""
import ctypes
import fcntl
import os
import signal
import struct
import subprocess

import capture
import machine
import pcapfile
from traffic import LEFT_MAC, RIGHT_MAC, pattern

# <net/bpf.h>
BIOCSETIF = 0x4028426C
BIOCSHDRCMPLT = 0x40044275

LIBRARY = {**os.environ, "LD_LIBRARY_PATH": capture.LIBRARY}
PRELOAD = os.path.abspath("build/vm/packet.so")
OTHER_MAC = bytes.fromhex("020000000099")
MULTICAST_MAC = bytes.fromhex("01005e010203")
MULTICAST6_MAC = bytes.fromhex("333300000123")


def ipv4(length):
    """A header without a checksum: what arrives is looked at by taps only."""
    return bytes.fromhex("4500") + length.to_bytes(2, "big") + \
        bytes.fromhex("00000000400100000a0900630a090001") + pattern(length - 20)


def ipv6(length):
    return bytes.fromhex("60000000") + (length - 40).to_bytes(2, "big") + b"\x3b\x40" + \
        bytes.fromhex("fd090000000000000000000000000099" * 2) + pattern(length - 40)


def frames_to_replay():
    """Of all lengths from 14 to 1514 bytes, to and from all kinds of addresses."""
    for i, length in enumerate([*range(14, 90), *range(90, 1514, 13), 1513, 1514]):
        target = (RIGHT_MAC, OTHER_MAC, MULTICAST_MAC, b"\xff" * 6)[i % 4]
        source = (LEFT_MAC, OTHER_MAC, RIGHT_MAC)[i % 3]
        yield target + source + b"\x88\xb6" + pattern(length - 14, i)
    for length in (20, 84, 1500):
        yield RIGHT_MAC + OTHER_MAC + b"\x08\x00" + ipv4(length)
    for length in (40, 41, 1280, 1500):
        yield MULTICAST6_MAC + OTHER_MAC + b"\x86\xdd" + ipv6(length)
    for tag in ("81000007", "8100ffff", "88a80064", "88a8006481000007"):
        for length in (46, 100, 1400):
            yield RIGHT_MAC + LEFT_MAC + bytes.fromhex(tag) + b"\x08\x00" + ipv4(length)


def frames_to_write():
    """What bittwist refuses: more than 1514 bytes."""
    yield RIGHT_MAC + LEFT_MAC + b"\x81\x00\x00\x07\x08\x00" + ipv4(1500)
    for length in (1515, 4096, 8192, 9013, 9014):
        yield RIGHT_MAC + LEFT_MAC + b"\x08\x00" + ipv4(length - 14)


def compare(name, frames, send):
    """send() while AF_PACKET listens at the other end."""
    tap = capture.Tap(False, "right", "vr", 1, ["-Q", "in"], "")
    machine.wait_for(tap.listening, "tcpdump to listen")
    sender = [("left", "vl", LEFT_MAC)]
    capture.mark(sender, capture.START)
    send()
    capture.mark(sender, capture.END)
    machine.wait_for(tap.complete, "the marker of the end")
    dropped = tap.stop()[2]
    sent = [pcapfile.Frame(len(f), len(f), f) for f in frames]
    why = pcapfile.difference(sent, tap.between(lambda frame: True))
    machine.ok(not why and not dropped, f"{name}: {len(sent)} frames arrive as they were sent",
               f"sent, and then arrived: {why}; dropped {dropped}")
    tap.remove()


def start(*command, **environment):
    """A program in the namespace left, with the patched libpcap."""
    with machine.Netns("left"):
        return subprocess.Popen(command, env={**LIBRARY, **environment}, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                preexec_fn=lambda: ctypes.CDLL(None).prctl(
                                    capture.PR_SET_PDEATHSIG, signal.SIGKILL))


def bittwist(*options):
    return start("bittwist", "-i", "vl", "-m", "0", *options)


def replay(path, count):
    """The whole file, once; bittwist says what it sent."""
    process = bittwist(path)
    said, _ = process.communicate(timeout=machine.DEADLINE)
    machine.ok(process.returncode == 0 and f"{count} packets" in said.decode(),
               f"bittwist sent {count} packets", said)


def open_files(process):
    """What its descriptors are."""
    path = f"/proc/{process.pid}/fd"
    return [os.readlink(f"{path}/{fd}") for fd in os.listdir(path)]


def through_the_device(process, name):
    """Looks at what a program that is ready to send has open."""
    files = open_files(process)
    with machine.Netns("left"), open("/proc/net/packet", encoding="ascii") as file:
        packets = file.readlines()[1:]
    machine.ok("/dev/bpf" in files and not packets and
               not [f for f in files if f.startswith("socket:")],
               f"{name} has /dev/bpf open and no socket", f"{files}\n{''.join(packets)}")


def reads_input(process):
    """Does it sit in read(0, ...)?"""
    with open(f"/proc/{process.pid}/syscall", encoding="ascii") as file:
        return file.read().startswith("0 0x0 ")


def bittwist_without_end(path):
    """The file again and again, to look at the program meanwhile."""
    process = bittwist("-l", "0", path)
    machine.wait_for(lambda: [w for w in machine.listeners("left") if w[0] == str(process.pid)],
                     "bittwist on /dev/bpf")
    through_the_device(process, "bittwist")
    process.kill()
    process.communicate()


def tcpreplay(path, count):
    """The file, once.  It gets the file by a pipe: until then it waits, ready to send."""
    process = start("tcpreplay", "--intf1=vl", "--topspeed", "-", LD_PRELOAD=PRELOAD)
    machine.wait_for(lambda: reads_input(process), "tcpreplay to read the file")
    through_the_device(process, "tcpreplay")
    with open(path, "rb") as file:
        said, _ = process.communicate(file.read(), machine.DEADLINE)
    machine.ok(process.returncode == 0 and f"Successful packets:        {count}\n" in said.decode(),
               f"tcpreplay sent {count} packets", said.decode())


def write_all(frames, pieces):
    """Each frame by one writev(2) of so many pieces."""
    with machine.Netns("left"):
        device = os.open("/dev/bpf", os.O_RDWR)
    fcntl.ioctl(device, BIOCSETIF, struct.pack("40s", b"vl"))
    fcntl.ioctl(device, BIOCSHDRCMPLT, struct.pack("I", 1))
    for frame in frames:
        cut = [frame[i * len(frame) // pieces:(i + 1) * len(frame) // pieces]
               for i in range(pieces)]
        if os.writev(device, cut) != len(frame):
            raise ValueError("a short write")
    os.close(device)


def main():
    frames = list(frames_to_replay())
    pcapfile.write("/tmp/inject.pcap", frames)
    compare("bittwist", frames, lambda: replay("/tmp/inject.pcap", len(frames)))
    bittwist_without_end("/tmp/inject.pcap")
    compare("tcpreplay", frames, lambda: tcpreplay("/tmp/inject.pcap", len(frames)))
    os.unlink("/tmp/inject.pcap")
    compare("writev(2) of 3 pieces", frames, lambda: write_all(frames, 3))
    for namespace, interface in ("left", "vl"), ("right", "vr"):
        machine.run(namespace, "ip", "link", "set", interface, "mtu", "9000")
    large = list(frames_to_write())
    compare("large ones", large, lambda: write_all(large, 1))
    machine.done()


main()
