# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""The examples in C, as a 64-bit and as a 32-bit program, and in Python at the same
time: all print what was sent, and so the same.  The network of lib.sh is there.
"""
import os
import socket

import client
import machine
import traffic

SIZES = 0, 1, 2, 3, 4, 5, 6, 7, 8, 54, 55, 500, 1472


def talk():
    """UDP both ways; TCP and IPv6, which its filter keeps out, in between."""
    left = traffic.sock("left", socket.AF_INET, socket.SOCK_DGRAM, ("10.9.0.1", 5000))
    right = traffic.sock("right", socket.AF_INET, socket.SOCK_DGRAM, ("10.9.0.2", 4242))
    other = traffic.sock("right", socket.AF_INET6, socket.SOCK_DGRAM, ("fd09::2", 5000))
    server = traffic.sock("left", socket.AF_INET, socket.SOCK_STREAM, ("10.9.0.1", 80))
    server.listen()
    for size in SIZES:
        left.sendto(bytes(size), ("10.9.0.2", 4242))
        right.recv(9000)
        right.sendto(bytes(size), ("10.9.0.1", 5000))
        left.recv(9000)
        other.sendto(bytes(size), ("fd09::1", 5000))
    stream = traffic.sock("right", socket.AF_INET, socket.SOCK_STREAM)
    stream.connect(("10.9.0.1", 80))
    left.sendto(b"the last one", ("10.9.0.2", 4242))
    right.recv(9000)
    for each in left, right, other, server, stream:
        each.close()


def expected():
    """42 bytes of headers before the data; the filter keeps 96."""
    for size in [*(s for s in SIZES for _ in range(2)), len(b"the last one")]:
        yield f"{min(42 + size, 96)} of {42 + size} bytes"


def main():
    said = [f"{size}, {direction}"
            for size, direction in zip(expected(), [
                "10.9.0.1 > 10.9.0.2", "10.9.0.2 > 10.9.0.1"] * (len(SIZES) + 1))]
    # The Python one sees nothing but the device and Python's own modules.
    commands = {"64-bit": ["build/examples/capture"], "32-bit": ["build/examples/capture-32"],
                "Python": ["/usr/bin/python3", "-I", "examples/capture.py"]}
    programs = {name: client.Program("left", *command, "vl", str(len(said)))
                for name, command in commands.items() if os.path.exists(command[-1])}
    for program in programs.values():
        program.wait_for(lambda program=program: any(
            line["Netif"] == "vl" and "i" in line["Flags"] for line in program.descriptors())
            or program.process.poll() is not None, "the program to capture")
    talk()
    for name, program in programs.items():
        status, text = program.ends()
        machine.is_(f"{name}: what it prints", text.splitlines(), said)
        machine.is_(f"{name}: status", status, 0)
    if "32-bit" not in programs:
        client.skip("32-bit: what it prints", "the compiler cannot make 32-bit programs: "
                    "apt-get install gcc-multilib")
    client.skip("Go: what it prints", "there is none: Debian's Go compiler takes 450 MB")
    machine.done()


main()
