# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Traffic between the namespaces left and right.  Must not know who listens.
Everything is done by the calling process, so on its processor, except ping.
"""
import contextlib
import os
import select
import socket
import subprocess
import tempfile

import machine

UDP_SEGMENT = 103
# What is sent at once before pace() is asked whether readers follow.
BURST = 150000

LEFT, RIGHT = "02:00:00:00:00:01", "02:00:00:00:00:02"
LEFT_MAC = bytes.fromhex(LEFT.replace(":", ""))
RIGHT_MAC = bytes.fromhex(RIGHT.replace(":", ""))


def pattern(length, seed=0):
    """Bytes that differ from place to place, the same in each run."""
    block = bytes((i * 7 + (i >> 8) + seed) & 0xFF for i in range(4096))
    return (block * (length // 4096 + 1))[:length]


def sock(namespace, family, kind, address=None, *options):
    """A socket of a namespace, bound."""
    with machine.Netns(namespace):
        new = socket.socket(family, kind)
    for option in options:
        new.setsockopt(*option)
    if address:
        new.bind(address)
    return new


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def pump(sender, receiver, send, length, pace):
    """Sends length bytes by send(offset, most), takes them in, keeps readers' pace."""
    sent = got = burst = 0
    while got < length:
        readable, writable, _ = select.select(
            [receiver], [sender] if sent < length else [], [], machine.DEADLINE)
        if not readable and not writable:
            raise TimeoutError("a connection stands still")
        if readable:
            got += len(receiver.recv(1 << 18))
        if writable:
            with contextlib.suppress(BlockingIOError):
                sent += send(sent, min(65536, length - sent))
        # A burst ends when all of it has arrived.
        if sent - burst >= BURST:
            while got < sent:
                got += len(receiver.recv(1 << 18))
            burst = sent
            pace()


def http(server, client, length, pace, port=80, server_ns="right", client_ns="left"):
    """A client's request and a server's answer of length bytes, by sendfile(2)."""
    family = family_of(server)
    listener = sock(server_ns, family, socket.SOCK_STREAM, (server, port),
                    (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1))
    listener.listen()
    asking = sock(client_ns, family, socket.SOCK_STREAM, (client, 0))
    asking.connect((server, port))
    answering, _ = listener.accept()
    asking.sendall(b"GET /file HTTP/1.0\r\nHost: right\r\n\r\n")
    answering.recv(1000)
    answering.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % length)
    asking.recv(1000)
    with tempfile.TemporaryFile() as file:
        file.write(pattern(length))
        file.flush()
        answering.setblocking(False)
        pump(answering, asking, lambda offset, most: os.sendfile(
            answering.fileno(), file.fileno(), offset, most), length, pace)
    # The server closes first; both ends have seen the other's FIN afterwards.
    answering.setblocking(True)
    answering.shutdown(socket.SHUT_WR)
    asking.recv(1)
    asking.shutdown(socket.SHUT_WR)
    answering.recv(1)
    for each in (answering, asking, listener):
        each.close()


def udp(source, target, sizes, pace, port=53, source_ns="left", target_ns="right",
        options=()):
    """Datagrams of these sizes; each has arrived before the next one is sent."""
    family = family_of(target)
    receiver = sock(target_ns, family, socket.SOCK_DGRAM, (target, port))
    sender = sock(source_ns, family, socket.SOCK_DGRAM, (source, 0), *options)
    receiver.settimeout(machine.DEADLINE)
    sent = 0
    for i, size in enumerate(sizes):
        data = pattern(size, i)
        sender.sendto(data, (target, port))
        if receiver.recv(65536) != data and not options:
            raise ValueError("a datagram arrived changed")
        sent += size
        if sent > BURST:
            sent = 0
            pace()
    sender.close()
    receiver.close()


def udp_segmented(source, target, length, segment, port=5001):
    """One big buffer that the kernel, or the device, cuts into datagrams."""
    receiver = sock("right", socket.AF_INET, socket.SOCK_DGRAM, (target, port),
                    (socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20))
    sender = sock("left", socket.AF_INET, socket.SOCK_DGRAM, (source, 0),
                  (socket.IPPROTO_UDP, UDP_SEGMENT, segment))
    receiver.settimeout(machine.DEADLINE)
    sender.sendto(pattern(length), (target, port))
    got = 0
    while got < length:
        got += len(receiver.recv(65536))
    sender.close()
    receiver.close()


def multicast(namespace, address):
    """Broadcasts and multicasts that nobody needs to hear."""
    broadcast = address.rsplit(".", 1)[0] + ".255"
    sender = sock(namespace, socket.AF_INET, socket.SOCK_DGRAM, (address, 0),
                  (socket.SOL_SOCKET, socket.SO_BROADCAST, 1),
                  (socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address)))
    for group in (broadcast, "255.255.255.255", "239.1.2.3"):
        with contextlib.suppress(OSError):  # the limited one wants a default route
            sender.sendto(pattern(100), (group, 9))
    sender.close()


def ping(namespace, target, *options):
    with machine.Netns(namespace):
        subprocess.run(["ping", "-n", "-q", "-c", "3", "-i", "0.01", *options, target],
                       check=True, stdout=subprocess.DEVNULL)


def odd_frames(source, target):
    """Frames as no protocol would send them: shortest ones, unknown types, LLC,
    tags of all kinds written into the frame, truncated headers.
    """
    head = target + source
    frames = [head + b"\x88\xb6" + pattern(n) for n in range(0, 47)]
    frames += [head + n.to_bytes(2, "big") + pattern(n) for n in (3, 46, 1500)]
    for tag in ("81000007", "88a80064", "81000000", "8100e007", "91000005",
                "88a8006481000007", "810000078100000888a80009"):
        for inner in ("0800", "86dd", "88b6"):
            frames += [head + bytes.fromhex(tag + inner) + pattern(n) for n in (0, 1, 60)]
    frames += [head + b"\x08\x00" + b"\x4f" * n for n in (1, 2, 10, 20, 33)]
    frames += [b"\xff" * 6 + source + b"\x08\x06" + pattern(n) for n in (0, 28)]
    frames += [b"\x01\x00\x5e\x01\x02\x03" + source + b"\x88\xb6" + pattern(50)]
    return frames
