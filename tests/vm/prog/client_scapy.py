# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""scapy's sockets for FreeBSD: sniffing with a filter and without, frames sent as they
are, questions answered on layer 2 and 3.  Its ioctl numbers are FreeBSD's own, its
record header has nanoseconds, its buffer 65535 bytes.  The network of lib.sh is there.
"""
import os
import socket
import sys
import time

import client
import machine
import traffic

sys.path.insert(0, "tests/clients/scapy")
# Routes and interfaces are those of the namespace that it is imported in.
machine.Netns("left").__enter__()  # pylint: disable=unnecessary-dunder-call
import scapy_bsd  # noqa: E402,F401 # pylint: disable=wrong-import-position,unused-import
from scapy.config import conf  # noqa: E402 # pylint: disable=wrong-import-position
from scapy.layers.inet import ICMP, IP, TCP, UDP  # noqa: E402 # pylint: disable=wrong-import-position
from scapy.layers.l2 import ARP, Ether  # noqa: E402 # pylint: disable=wrong-import-position
from scapy.sendrecv import sendp, sniff, sr1, srp1  # noqa: E402 # pylint: disable=wrong-import-position
from scapy.arch.bpf import supersocket  # noqa: E402 # pylint: disable=wrong-import-position

# Something else would be said by the layers about each of our packets.
conf.verb = 0
PORT, OTHER_PORT = 4242, 4343
ETH_P_ALL = 3


def mine():
    """The descriptors of this process."""
    return [line for line in client.lines("left") if line["Pid"] == str(os.getpid())]


def received(count):
    """Waits until the only descriptor was offered so many frames."""
    machine.wait_for(lambda: int(mine()[0]["Recv"]) >= count, f"{count} frames to be seen", mine)


def speak(payloads, port=PORT):
    """Datagrams from the right."""
    right = traffic.sock("right", socket.AF_INET, socket.SOCK_DGRAM, ("10.9.0.2", 5000))
    for payload in payloads:
        right.sendto(payload, ("10.9.0.1", port))
    right.close()


def chosen():
    """It took the code for the BSDs, unchanged."""
    machine.is_("its sockets", [conf.L2listen, conf.L2socket, conf.L3socket],
                [supersocket.L2bpfListenSocket, supersocket.L2bpfSocket, supersocket.L3bpfSocket])
    machine.is_("its route to 10.9.0.2", conf.route.route("10.9.0.2")[:2], ("vl", "10.9.0.1"))


def listens():
    """A filter; the state of the descriptor; many frames in one buffer; time stamps."""
    listener = supersocket.L2bpfListenSocket(iface="vl", filter=f"udp dst port {PORT}")
    line, = mine()
    machine.is_("the buffer's size, by BIOCGBLEN", listener.get_blen(), 65535)
    machine.ok(line["Flags"].startswith("pi-") and line["Netif"] == "vl"
               and line["Bufsize"] == "65535" and line["Tstamp"] == "0x1",
               "promiscuous, immediate, headers complete, nanoseconds", line)
    device = os.readlink(f"/proc/self/fd/{listener.fileno()}")
    machine.ok(device.startswith("/dev/bpf") and not client.packet_sockets("left"),
               f"it has {device} open, and there is no packet socket", device)

    payloads = [traffic.pattern(size, size) for size in [*range(0, 64), 500, 1000, 1472]]
    before = time.time()
    speak([b"no"] * 3, OTHER_PORT)
    speak(payloads)
    received(len(payloads) + 3)
    after = time.time()
    packets = sniff(opened_socket=listener, count=len(payloads), timeout=machine.DEADLINE)
    machine.is_("a filter: what it sniffed", [bytes(p[UDP].payload)[:p[UDP].len - 8] for p in packets],
                payloads)
    times = [float(p.time) for p in packets]
    machine.ok(times == sorted(times) and before <= times[0] and times[-1] <= after,
               "their times", f"{before} {times} {after}")
    counted, dropped = listener.get_stats()
    machine.ok(counted >= len(payloads) + 3 and dropped == 0, "BIOCGSTATS", (counted, dropped))
    listener.close()
    machine.is_("closed: its descriptors", mine(), [])


def sends():
    """Frames of any kind and source arrive as they are."""
    tap = traffic.sock("right", socket.AF_PACKET, socket.SOCK_RAW, ("vr", ETH_P_ALL))
    tap.settimeout(machine.DEADLINE)
    frames = [bytes(Ether(src=source, dst=target, type=0x88B6)) + traffic.pattern(size, size)
              for size in (0, 1, 46, 777, 1500)
              for source in (traffic.LEFT, "02:00:00:00:00:99")
              for target in (traffic.RIGHT, "ff:ff:ff:ff:ff:ff")]
    sendp([Ether(frame) for frame in frames], iface="vl")
    got = []
    while len(got) < len(frames):
        frame, address = tap.recvfrom(9000)
        if address[1] == 0x88B6 and address[2] != socket.PACKET_OUTGOING:
            got.append(frame)
    tap.close()
    machine.ok(got == frames, f"sendp: {len(frames)} frames arrive as they were sent",
               [(a.hex(), b.hex()) for a, b in zip(got, frames) if a != b])


def asks():
    """srp1 and sr1, each with an answer from the kernel on the right."""
    answer = srp1(Ether(dst="ff:ff:ff:ff:ff:ff") / ARP(pdst="10.9.0.2"), iface="vl",
                  timeout=machine.DEADLINE)
    machine.is_("srp1: who has 10.9.0.2", answer and (answer[ARP].op, answer[ARP].hwsrc),
                (2, traffic.RIGHT))
    # Nobody can answer, so that it is no matter how long that would take.
    machine.is_("srp1: who has 10.9.0.77",
                srp1(Ether(dst="ff:ff:ff:ff:ff:ff") / ARP(pdst="10.9.0.77"), iface="vl",
                     timeout=0.5), None)
    answer = sr1(IP(dst="10.9.0.2") / ICMP(id=7, seq=9) / traffic.pattern(100),
                 timeout=machine.DEADLINE)
    machine.is_("sr1: an echo", answer and (answer.src, answer[ICMP].type, answer[ICMP].id,
                                            answer[ICMP].seq, bytes(answer[ICMP].payload)),
                ("10.9.0.2", 0, 7, 9, traffic.pattern(100)))
    answer = sr1(IP(dst="10.9.0.2") / UDP(sport=5001, dport=9), timeout=machine.DEADLINE)
    machine.is_("sr1: a port without a listener", answer and (answer[ICMP].type, answer[ICMP].code),
                (3, 3))
    server = traffic.sock("right", socket.AF_INET, socket.SOCK_STREAM, ("10.9.0.2", 80))
    server.listen()
    answer = sr1(IP(dst="10.9.0.2") / TCP(sport=5002, dport=80, seq=77, flags="S"),
                 timeout=machine.DEADLINE)
    machine.is_("sr1: a port with a listener", answer and (str(answer[TCP].flags), answer[TCP].ack),
                ("SA", 78))
    server.close()


for part in chosen, listens, sends, asks:
    part()
machine.is_("packet sockets", client.packet_sockets("left"), [])
machine.done()
