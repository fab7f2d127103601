# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Debian's unmodified tcpdump with the patched libpcap: what it prints, counts and
complains about.  Expected lines are written down here, from tcpdump(8) and the
frames that are sent.  The network of lib.sh is there and nobody else talks on it.

How many packets a filter was offered is "received by filter" on BSD, whether it
took them or not; the sums below count on that.
"""
import ctypes
import os
import re
import signal
import socket
import subprocess

import capture
import machine
import pcapfile
import traffic
from capture import LIBRARY
from machine import Netns, is_, listeners, ok, wait_for

STATS = "captured", "received by filter", "dropped by kernel"
PORT = 4242


class Tcpdump:
    """One that listens, or has ended at once."""

    def __init__(self, *options, interface="vl", expression="", user=None, bpf=True):
        command = ["tcpdump", "-Z", "root", "-n", "-l", "-t", "-i", interface, *options,
                   expression]
        if user:
            command[:0] = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        environment = {**os.environ, "LD_LIBRARY_PATH": LIBRARY} if bpf else None
        self.out, self.err = "/tmp/tcpdump.out", "/tmp/tcpdump.err"
        with Netns("left"), open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=err, env=environment,
                preexec_fn=lambda: ctypes.CDLL(None).prctl(capture.PR_SET_PDEATHSIG,
                                                           signal.SIGKILL))
        wait_for(lambda: self.process.poll() is not None or "listening on" in self.said(),
                 "tcpdump to listen", self.said)

    def lines(self):
        with open(self.out, encoding="utf-8") as file:
            return [line.strip() for line in file if line.endswith("\n")]

    def said(self):
        with open(self.err, encoding="utf-8") as file:
            return file.read()

    def flags(self):
        """Its flags in /proc/net/bpf."""
        pid = str(self.process.pid)
        return next((words[2] for words in listeners("left") if words[0] == pid), None)

    def ends(self):
        """Waits for its end; returns its status."""
        return self.process.wait(machine.DEADLINE)

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.ends()

    def stats(self):
        found = [re.search(rf"(\d+) packets? {what}", self.said()) for what in STATS]
        return [int(match[1]) if match else None for match in found]

    def printed(self, count):
        """Waits for so many lines."""
        wait_for(lambda: len(self.lines()) >= count, f"{count} lines",
                 lambda: f"{self.lines()} {self.said()}")
        return self.lines()


def talk(count=3, size=11, source_port=5000):
    """Datagrams to the right, and for each one of a byte more back."""
    left = traffic.sock("left", socket.AF_INET, socket.SOCK_DGRAM,
                        ("10.9.0.1", source_port))
    right = traffic.sock("right", socket.AF_INET, socket.SOCK_DGRAM,
                         ("10.9.0.2", PORT))
    for _ in range(count):
        left.sendto(bytes(size), ("10.9.0.2", PORT))
        right.recv(9000)
        right.sendto(bytes(size + 1), ("10.9.0.1", source_port))
        left.recv(9000)
    left.close()
    right.close()


THERE = "IP 10.9.0.1.5000 > 10.9.0.2.4242: UDP, length 11"
BACK = "IP 10.9.0.2.4242 > 10.9.0.1.5000: UDP, length 12"


def live():
    """Options and the packets printed for three exchanges, six packets."""
    for what, options, expression, expected, received in (
            ("all", [], "", [THERE, BACK] * 3, 6),
            ("--immediate-mode", ["--immediate-mode"], "", [THERE, BACK] * 3, 6),
            ("a filter", [], "udp src port 4242", [BACK] * 3, 6),
            ("a filter for none of them", [], "tcp", [], 6),
            ("-Q in", ["-Q", "in"], "", [BACK] * 3, 3),
            ("-Q out", ["-Q", "out"], "", [THERE] * 3, 3),
            ("-Q inout", ["-Q", "inout"], "src 10.9.0.1", [THERE] * 3, 6),
            ("-e", ["-e"], "udp dst port 4242", [
                "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 (0x0800), length 53: "
                + THERE.removeprefix("IP ")] * 3, 6)):
        dump = Tcpdump(*options, expression=expression)
        talk()
        wait_for(lambda dump=dump: dump_seen(dump, received), "the device to see all")
        lines = dump.printed(len(expected))
        status = dump.stop()
        is_(f"{what}: lines", lines, expected)
        is_(f"{what}: status, captured, received, dropped", [status, *dump.stats()],
            [0, len(expected), received, 0])


def dump_seen(dump, count):
    """Has its descriptor counted that many?"""
    pid = str(dump.process.pid)
    return [words for words in listeners("left") if words[0] == pid and int(words[3]) >= count]


def count():
    """-c ends tcpdump by itself, between two packets of one buffer."""
    dump = Tcpdump("-c", "4")
    talk(5)
    is_("-c 4: status", dump.ends(), 0)
    is_("-c 4: lines", dump.lines(), [THERE, BACK] * 2)
    is_("-c 4: captured", dump.stats()[0], 4)


def files():
    """-w, -s and -r, the latter with either library."""
    path = "/tmp/tcpdump.pcap"
    dump = Tcpdump("-U", "-w", path, "-s", "96")
    talk(2)
    talk(1, 1000)
    file = pcapfile.PcapFile(path)
    wait_for(lambda: file.more() is not None and len(file.frames) == 6, "6 frames in the file")
    is_("-w: status, captured, received, dropped", [dump.stop(), *dump.stats()], [0, 6, 6, 0])
    is_("-s 96: stored and real lengths", [f[:2] for f in file.frames],
        [(53, 53), (54, 54)] * 2 + [(96, 1042), (96, 1043)])
    expected = [THERE, BACK] * 2 + [THERE.replace("11", "1000"), BACK.replace("12", "1001")]
    for name, environment in (("the patched", {**os.environ, "LD_LIBRARY_PATH": LIBRARY}),
                              ("Debian's", None)):
        text = subprocess.run(["tcpdump", "-t", "-n", "-r", path], env=environment, check=True,
                              capture_output=True, text=True).stdout
        is_(f"-r with {name} library", text.splitlines(), expected)
    os.unlink(path)


def modes():
    """What the device is told to do, by its flags in /proc/net/bpf."""
    for options, flags in (([], "p--s------"), (["-p"], "---s------"),
                           (["-p", "--immediate-mode"], "-i-s------"),
                           (["-p", "-Q", "in"], "----------"),
                           (["-p", "-Q", "out"], "---o------")):
        dump = Tcpdump(*options)
        is_(f"flags with {' '.join(options) or 'no options'}", dump.flags(), flags)
        files_open = [os.readlink(f"/proc/{dump.process.pid}/fd/{fd}")
                      for fd in os.listdir(f"/proc/{dump.process.pid}/fd")]
        ok("/dev/bpf" in files_open and not [f for f in files_open if f.startswith("socket:")],
           "it has /dev/bpf open and no socket", files_open)
        dump.stop()


def drops():
    """A reader that stands still: what found no room is counted exactly.

    A frame of 1042 bytes makes a record of 26 + 1042 bytes that takes up 1072.  Three
    fit into a buffer of 4096 bytes, and there are two buffers.
    """
    dump = Tcpdump("-B", "4")
    dump.process.send_signal(signal.SIGSTOP)
    wait_for(lambda: "T" in status_of(dump.process.pid), "tcpdump to stand still")
    talk(10, 1000)
    dump.process.send_signal(signal.SIGCONT)
    lines = dump.printed(6)
    status = dump.stop()
    is_("-B 4: lines", lines, [THERE.replace("11", "1000"), BACK.replace("12", "1001")] * 3)
    is_("-B 4: status, captured, received, dropped", [status, *dump.stats()], [0, 6, 20, 14])


def status_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0]


def ends():
    """Signals end it, although no packet comes."""
    for number in signal.SIGINT, signal.SIGTERM:
        dump = Tcpdump()
        is_(f"{number.name}: status, captured, received, dropped",
            [dump.stop(number), *dump.stats()], [0, 0, 0, 0])


def complains(what, dump, *wanted):
    """It ends with 1 and says that."""
    status = dump.ends()
    said = dump.said()
    ok(status == 1 and all(word in said for word in wanted), what, f"{status}: {said}")


def trouble():
    """Interfaces that are not there, go away or down; users who may not."""
    complains("unknown interface", Tcpdump(interface="nope"), "tcpdump: nope: No such device")
    complains("unprivileged user", Tcpdump(user=65534), "tcpdump: vl: ", "permission")
    machine.run("left", "ip", "link", "add", "d0", "up", "type", "dummy")
    dump = Tcpdump(interface="d0")
    machine.run("left", "ip", "link", "del", "d0")
    complains("the interface is deleted", dump, "The interface disappeared")

    dump = Tcpdump()
    talk(1)
    dump.printed(2)
    machine.run("left", "ip", "link", "set", "vl", "down")
    machine.run("left", "ip", "link", "set", "vl", "up")
    silence()
    talk(1)
    is_("the interface goes down and up again: lines", dump.printed(4), [THERE, BACK] * 2)
    is_("and status, captured, received, dropped", [dump.stop(), *dump.stats()], [0, 4, 4, 0])

    machine.run("left", "ip", "link", "set", "vl", "down")
    dump = Tcpdump()
    machine.run("left", "ip", "link", "set", "vl", "up")
    silence()
    talk(1)
    is_("the interface is down at first: lines", dump.printed(2), [THERE, BACK])
    is_("and status", dump.stop(), 0)


def interfaces():
    """-D."""
    with Netns("left"):
        text = subprocess.run(["tcpdump", "-D"], check=True, capture_output=True, text=True,
                              env={**os.environ, "LD_LIBRARY_PATH": LIBRARY}).stdout
    names = [re.match(r"\d+\.(\S+)", line)[1] for line in text.splitlines()]
    ok({"vl", "lo"} <= set(names), "-D has vl and lo", text)
    ok("any" not in names, "-D does not offer any, which /dev/bpf does not have", text)


def silence():
    """Only talk() shall be on the link: no ARP, no IPv6."""
    for namespace, interface, address, mac in (("left", "vl", "10.9.0.2", traffic.RIGHT),
                                               ("right", "vr", "10.9.0.1", traffic.LEFT)):
        machine.run(namespace, "sysctl", "-qw", f"net.ipv6.conf.{interface}.disable_ipv6=1")
        machine.run(namespace, "ip", "neighbour", "replace", address, "lladdr", mac,
                    "dev", interface, "nud", "permanent")


silence()
for part in live, count, files, modes, drops, ends, interfaces, trouble:
    part()
machine.done()
