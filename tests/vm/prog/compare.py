# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""The scenarios of the compare cases: which traffic, captured where.  compare.py
SCENARIO...; prints TAP.  The network of lib.sh is there.
"""
import contextlib
import socket
import sys

import capture
import machine
import traffic
from capture import Point
from traffic import LEFT_MAC, RIGHT_MAC

SO_TIMESTAMP = 29

SENDERS = [("left", "vl", LEFT_MAC), ("right", "vr", RIGHT_MAC)]


def left(**how):
    return Point("left", "vl", own=[LEFT_MAC], **how)


def right(**how):
    return Point("right", "vr", own=[RIGHT_MAC], **how)


def odd(pace):
    """In both directions, and slowly enough for a reader of small steps."""
    for namespace, interface, source, target in (
            ("left", "vl", LEFT_MAC, RIGHT_MAC), ("right", "vr", RIGHT_MAC, LEFT_MAC)):
        frames = [f for f in traffic.odd_frames(source, target) if len(f) > 14]
        capture.send_raw(namespace, interface, frames)
        pace()


def usual(pace):
    """A little of everything that an ordinary network has."""
    machine.run("left", "ip", "neighbour", "flush", "dev", "vl")
    traffic.ping("left", "10.9.0.2")
    traffic.ping("left", "10.9.0.2", "-s", "4000")
    traffic.ping("right", "fd09::1", "-s", "3000")
    traffic.udp("10.9.0.1", "10.9.0.2", range(0, 1473, 23), pace)
    traffic.udp("10.9.0.2", "10.9.0.1", [1, 17, 18, 19, 5000], pace, source_ns="right",
                target_ns="left")
    traffic.udp("fd09::1", "fd09::2", range(0, 1453, 121), pace)
    traffic.http("10.9.0.2", "10.9.0.1", 200000, pace)
    traffic.http("fd09::1", "fd09::2", 100000, pace, port=8080, server_ns="left",
                 client_ns="right")
    traffic.multicast("left", "10.9.0.1")
    traffic.multicast("right", "10.9.0.2")


def classes():
    """Everything, at both ends, in full and cut short."""
    def all_of_it(pace):
        usual(pace)
        odd(pace)

    capture.compare("usual and odd traffic, at both ends", [
        left(), left(options=["-s", "68"]), left(extra=["--immediate-mode"]),
        right(), right(options=["-s", "68"])],
        SENDERS, all_of_it, least=400)


def directions():
    """One direction only, down to a single byte of each frame."""
    def datagrams(pace):
        traffic.udp("10.9.0.1", "10.9.0.2", range(0, 1300, 10), pace)
        traffic.udp("10.9.0.2", "10.9.0.1", range(0, 1300, 20), pace, source_ns="right",
                    target_ns="left")

    def point(direction, *options):
        return Point("left", "vl", marks=1, options=["-Q", direction, *options])

    capture.compare("one direction", [
        point("in"), point("out"), point("in", "-s", "1"), point("out", "-s", "1")],
        SENDERS, datagrams, least=[65, 130, 65, 130])


def features(*words):
    """ethtool -K, at both ends."""
    for namespace, interface in ("left", "vl"), ("right", "vr"):
        machine.run(namespace, "ethtool", "-K", interface, *words)


def stamps():
    """Somebody on the machine asks for the times at which packets are received: the
    stack then stamps them before they wait in a queue, while answers to earlier ones
    are sent.  A row of datagrams to a port that nobody has is answered one by one.
    """
    machine.run("right", "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0",
                "net.ipv4.icmp_msgs_per_sec=10000", "net.ipv4.icmp_msgs_burst=1000")
    features("tx-udp-segmentation", "off")
    sender = traffic.sock("left", socket.AF_INET, socket.SOCK_DGRAM, ("10.9.0.1", 0),
                          (socket.IPPROTO_UDP, traffic.UDP_SEGMENT, 1000),
                          (socket.SOL_SOCKET, SO_TIMESTAMP, 1))

    def row(pace):
        for _ in range(3):
            with contextlib.suppress(ConnectionRefusedError):
                sender.sendto(bytes(40000), ("10.9.0.2", 999))

    capture.compare("a row of datagrams and their answers, while receive times are wanted",
                    [right()], SENDERS, row, least=200)


# Ten that an administrator types, and four that reach far into the frame, or for
# which the two captures have to be asked differently: AF_PACKET takes the tag out
# of a frame before it asks the filter, so there "ip" is true for tagged IP, too.
FILTERS = [
    ("ip", "ip and not vlan"), ("ip6", "ip6 and not vlan"), ("arp", "arp and not vlan"),
    ("tcp port 80",), ("udp port 53",), ("icmp",), ("host 10.9.0.2 and tcp port 80",),
    ("greater 1000",), ("net 10.9.0.0/24 and not icmp",),
    ("tcp[tcpflags] & tcp-syn != 0",), ("ip[6:2] & 0x1fff != 0",),
    ("ip6 multicast or ether broadcast",), ("len = 1514 and ether[1513] & 1 = 1",),
    ("udp[100] & 4 = 4",),
]


def filters():
    """The same traffic, through filters."""
    points = [left(bpf=each[0], packet=each[-1]) for each in FILTERS]

    def plain_frames(pace):
        # Segments made by the sender's TCP, so that some have the full length.
        features("tso", "off", "gso", "off")
        usual(pace)

    capture.compare("filters", points, SENDERS, plain_frames, least=2)


def large():
    """Frames of 9000 bytes, and what offloads make of bulk data."""
    machine.run("left", "ip", "link", "set", "vl", "mtu", "9000")
    machine.run("right", "ip", "link", "set", "vr", "mtu", "9000")

    def jumbo(pace):
        traffic.ping("left", "10.9.0.2", "-s", "8972")
        traffic.ping("right", "10.9.0.1", "-s", "20000")
        traffic.udp("10.9.0.1", "10.9.0.2", range(8950, 8980), pace)
        traffic.http("10.9.0.2", "10.9.0.1", 1000000, pace)
        traffic.udp_segmented("10.9.0.1", "10.9.0.2", 60000, 1400)

    capture.compare("frames of 9000 bytes and super packets", [
        left(), right(), left(options=["-s", "9000"])], SENDERS, jumbo, least=60)


def cut():
    """Frames of up to 65549 bytes, cut at 65535, which once was "all of it"; and at 68."""
    machine.run("left", "ip", "link", "set", "vl", "mtu", "65535")
    machine.run("right", "ip", "link", "set", "vr", "mtu", "65535")

    def longest(pace):
        # 28 bytes of IP and UDP or ICMP: the last ones fill an IP packet
        traffic.udp("10.9.0.1", "10.9.0.2", range(65470, 65508), pace)
        traffic.udp("10.9.0.2", "10.9.0.1", range(65470, 65508), pace, source_ns="right",
                    target_ns="left")
        traffic.ping("left", "10.9.0.2", "-s", "65507")
        for length in range(65530, 65550):
            frame = RIGHT_MAC + LEFT_MAC + b"\x88\xb6" + traffic.pattern(length - 14, length)
            capture.send_raw("left", "vl", [frame])
            pace()

    capture.compare("frames around a snap length of 65535, and above it", [
        left(options=["-s", "65535"]), left(options=["-s", "68"]), left(),
        right(options=["-s", "65535"])], SENDERS, longest, least=98)


def bulk(name, length, least):
    """Most of it from right to left."""
    def transfer(pace):
        traffic.http("10.9.0.2", "10.9.0.1", length, pace)
        traffic.udp_segmented("10.9.0.1", "10.9.0.2", 40000, 1000)

    capture.compare(name, [left(), right()], SENDERS, transfer, least=least)


def offloads():
    """Bulk data, with the sender cutting it or not and the receiver joining it or not."""
    for namespace, interface in ("left", "vl"), ("right", "vr"):
        machine.run(namespace, "ip", "link", "set", interface, "mtu", "1500")
    bulk("sender joins", 2000000, [40, 40])
    features("tso", "off", "gso", "off", "tx-udp-segmentation", "off")
    bulk("sender cuts", 3000000, [2000, 2000])
    features("gro", "on", "rx-gro-list", "on")
    bulk("sender cuts, receiver joins", 2000000, [100, 1300])
    features("sg", "off")
    bulk("the same, without fragments", 2000000, [100, 1300])


def vlan_devices():
    """vl.7 and vr.7; vl.100.7 and vr.100.7 with two tags."""
    for namespace, interface, host in ("left", "vl", 1), ("right", "vr", 2):
        for parent, number, protocol, address in (
                (interface, 7, "802.1Q", f"10.9.7.{host}"),
                (interface, 100, "802.1ad", None),
                (f"{interface}.100", 7, "802.1Q", f"10.9.17.{host}")):
            name = f"{parent}.{number}"
            machine.run(namespace, "ip", "link", "add", "link", parent, "name", name,
                        "type", "vlan", "proto", protocol, "id", str(number))
            if address:
                machine.run(namespace, "ip", "address", "add", f"{address}/24", "dev", name)
            machine.run(namespace, "ip", "link", "set", name, "up")


def tagged(pace):
    for net in "10.9.7", "10.9.17":
        traffic.ping("left", f"{net}.2")
        traffic.udp(f"{net}.1", f"{net}.2", range(0, 1470, 50), pace)
        traffic.http(f"{net}.2", f"{net}.1", 300000, pace)
    traffic.ping("left", "10.9.0.2")
    odd(pace)


VLAN_FILTERS = [
    ("vlan and ip",), ("vlan 7",), ("vlan 100",), ("vlan 100 and vlan 7 and icmp",),
    ("vlan 7 and tcp port 80",), ("ip", "ip and not vlan"), ("not vlan",),
]


def vlans():
    """Tags, which the kernel keeps beside the frame, and where it does not."""
    vlan_devices()
    inner = [("left", "vl.7", LEFT_MAC), ("right", "vr.7", RIGHT_MAC)]
    capture.compare("tagged frames, at both ends", [
        left(), left(options=["-s", "68"]), left(options=["-s", "17"]), right(),
        right(options=["-s", "68"]), Point("left", "vl.7", own=[LEFT_MAC])],
        SENDERS + inner, tagged, least=80)
    capture.compare("tagged frames, through filters", [
        left(bpf=each[0], packet=each[-1]) for each in VLAN_FILTERS],
        SENDERS, tagged, least=3)
    machine.run("left", "ethtool", "-K", "vl", "txvlan", "off", "tx-vlan-stag-hw-insert", "off")
    capture.compare("tags that the sender writes into the frame", [left(), right()],
                    SENDERS, tagged, least=100)


def loopback():
    """Seen once: AF_PACKET sees both ways, and libpcap drops one."""
    def local(pace):
        traffic.ping("left", "127.0.0.1", "-s", "3000")
        traffic.ping("left", "::1")
        traffic.udp("127.0.0.1", "127.0.0.1", range(0, 3000, 100), pace, target_ns="left")
        traffic.http("127.0.0.1", "127.0.0.1", 1000000, pace, server_ns="left")

    capture.compare("loopback", [
        Point("left", "lo", marks=1), Point("left", "lo", marks=1, options=["-s", "68"])],
        [("left", "lo", bytes(6))], local, least=60)


def bridge():
    """Two ports of a bridge and the bridge itself: p1 to vl of lib.sh's network
    stays out of it.
    """
    macs = {}
    machine.run("left", "ip", "link", "add", "br0", "address", "02:00:00:00:00:10",
                "type", "bridge")
    for i, other in (1, "west"), (2, "east"):
        macs[i] = bytes([2, 0, 0, 0, 0, 0x10 + i])
        machine.run("left", "ip", "netns", "add", other)
        machine.run(other, "sysctl", "-qp", "tests/vm/quiet.conf")
        machine.run("left", "ip", "link", "add", f"p{i}", "type", "veth", "peer", "name",
                    "far", "address", ":".join(f"{b:02x}" for b in macs[i]), "netns", other)
        machine.run("left", "ip", "link", "set", f"p{i}", "master", "br0", "up")
        machine.run(other, "ip", "address", "add", f"10.9.5.{i}/24", "dev", "far")
        machine.run(other, "ip", "link", "set", "far", "up")
    machine.run("left", "ip", "address", "add", "10.9.5.3/24", "dev", "br0")
    machine.run("left", "ip", "link", "set", "br0", "up")
    host = bytes([2, 0, 0, 0, 0, 0x10])

    def across(pace):
        traffic.ping("west", "10.9.5.2", "-s", "2000")
        traffic.ping("left", "10.9.5.1")
        traffic.udp("10.9.5.1", "10.9.5.2", range(0, 1400, 50), pace, source_ns="west",
                    target_ns="east")
        traffic.http("10.9.5.2", "10.9.5.1", 500000, pace, server_ns="east", client_ns="west")
        traffic.http("10.9.5.3", "10.9.5.1", 300000, pace, server_ns="left", client_ns="west")
        traffic.multicast("west", "10.9.5.1")
        capture.send_raw("west", "far", [b"\x02\0\0\0\0\x77" + macs[1] + b"\x88\xb6flooded"])

    capture.compare("a bridge, two of its ports", [
        Point("left", "p1", own=[macs[2], host], marks=3),
        Point("left", "p2", own=[macs[1], host], marks=3),
        Point("left", "br0", own=[host], marks=3)],
        [("west", "far", macs[1]), ("east", "far", macs[2]), ("left", "br0", host)],
        across, least=30)


SCENARIOS = {f.__name__: f for f in (classes, directions, stamps, filters, large, cut, offloads,
                                     vlans, loopback, bridge)}

if __name__ == "__main__":
    for scenario in sys.argv[1:]:
        SCENARIOS[scenario]()
    capture.done()
