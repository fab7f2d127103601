# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Captures the same traffic with Debian's tcpdump twice, once through AF_PACKET
and once through /dev/bpf, and judges whether both got the same frames.  Must not
know the traffic.

What both must have seen lies between markers, frames of a kind of their own that
are sent before and after the traffic: nothing depends on which capture began
first, and a capture is stopped only once it has stored the markers of the end.
All traffic comes from one processor.  Two could send at once, and between them
the order in which two taps see their frames is a matter of luck.
"""
import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile

import machine
import pcapfile

LIBRARY = os.path.abspath("build/libpcap/lib")
if not os.path.exists(f"{LIBRARY}/libpcap.so.0.8"):
    sys.exit(f"Bail out! {LIBRARY} is missing, and without it packet sockets would be "
             "compared with themselves: make libpcap")
PR_SET_PDEATHSIG = 1
SIZE_BPF = 524288
START, END = b"bsdbpf: start", b"bsdbpf: end  "
MARKER_TYPE = 0x88B5
# A length that no other frame of the traffic has: all that is left of a marker
# in a capture of single bytes.
MARKER_LEN = {START: 1371, END: 1373}

cpus = sorted(os.sched_getaffinity(0))
total = 0


class Tap:
    """One tcpdump.  Its end markers: `marks` of them have to arrive."""

    def __init__(self, bpf, namespace, interface, marks, options, expression):
        self.bpf, self.marks = bpf, marks
        self.namespace, self.interface = namespace, interface
        self.dir = tempfile.mkdtemp(prefix="tap.")
        self.file = pcapfile.PcapFile(f"{self.dir}/pcap")
        self.seen = {START: [], END: []}
        environment = dict(os.environ)
        if bpf:
            environment["LD_LIBRARY_PATH"] = LIBRARY
        # A ring that holds all of the traffic; /dev/bpf has what libpcap takes.
        memory = [] if bpf else ["-B", "12288"]
        if expression:
            # Last and by length: with anything in front of "vlan", libpcap 1.10.3
            # compiles programs for AF_PACKET that look in the wrong places.
            lengths = " or ".join(f"len = {n}" for n in MARKER_LEN.values())
            expression = f"({expression}) or {lengths}"
        with machine.Netns(namespace), open(f"{self.dir}/log", "wb") as log:
            self.process = subprocess.Popen(
                ["tcpdump", "-Z", "root", "-n", "-U", "-w", self.file.path,
                 "-i", interface, *memory, *options, expression],
                env=environment, stderr=log, preexec_fn=self._child)

    @staticmethod
    def _child():
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.sched_setaffinity(0, {cpus[-1]})

    def log(self):
        with open(f"{self.dir}/log", encoding="utf-8") as file:
            return file.read()

    def listening(self):
        """Is the filter in place?  tcpdump says so; nothing says it earlier."""
        if self.process.poll() is not None:
            raise RuntimeError(f"tcpdump ended: {self.log()}")
        return "listening on" in self.log()

    def complete(self):
        """Are all markers of the end stored?"""
        at = len(self.file.frames)
        for i, frame in enumerate(self.file.more(), at):
            kind = marker(frame)
            if kind:
                self.seen[kind].append(i)
        return len(self.seen[END]) >= self.marks

    def room(self):
        """Does a burst of some 200 KB find room?"""
        if not self.bpf:
            return True
        pid = str(self.process.pid)
        for words in machine.listeners(self.namespace):
            if words[0] == pid:
                return words[7] == "0" or int(words[6]) < SIZE_BPF // 4
        return True

    def stop(self):
        """Ends tcpdump; returns its counters (captured, received, dropped)."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(machine.DEADLINE)
        self.file.more()
        return [int(re.search(rf"(\d+) packets? {what}", self.log())[1])
                for what in ("captured", "received by filter", "dropped by kernel")]

    def between(self, outgoing):
        """The frames between the markers that `outgoing` takes for its own."""
        first = max((i + 1 for i in self.seen[START] if outgoing(self.file.frames[i])),
                    default=0)
        last = min((i for i in self.seen[END] if outgoing(self.file.frames[i])),
                   default=len(self.file.frames))
        return [f for f in self.file.frames[first:last] if outgoing(f)]

    def remove(self):
        for name in os.listdir(self.dir):
            os.unlink(f"{self.dir}/{name}")
        os.rmdir(self.dir)


def marker(frame):
    """START, END, or None for any other frame."""
    for kind, length in MARKER_LEN.items():
        if frame.len == length and (frame.caplen < 32 or frame.data[14:27] == kind):
            return kind
    return None


def send_raw(namespace, interface, frames):
    """Puts whole frames on the link, through AF_PACKET."""
    with machine.Netns(namespace):
        link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    link.bind((interface, 0))
    for frame in frames:
        link.send(frame)
    link.close()


def mark(senders, kind):
    """A marker from each of the senders (namespace, interface, address)."""
    for namespace, interface, address in senders:
        frame = b"\xff" * 6 + address + MARKER_TYPE.to_bytes(2, "big") + kind
        send_raw(namespace, interface, [frame.ljust(MARKER_LEN[kind], b"\0")])


class Point:
    """A place to compare at.

    own: source addresses of what this interface sends; all else it received.
    marks: how many senders of markers it hears.
    options: of both tcpdumps; extra: of the one on /dev/bpf only.
    bpf, packet: filters that mean the same; packet is bpf unless given.
    """

    def __init__(self, namespace, interface, own=(), marks=2, options=(), extra=(),
                 bpf="", packet=None):
        self.own, self.what = own, " ".join([interface, *options, *extra, bpf])
        packet = bpf if packet is None else packet
        self.taps = [Tap(False, namespace, interface, marks, options, packet),
                     Tap(True, namespace, interface, marks, [*options, *extra], bpf)]

    def outgoing(self, frame):
        return frame.data[6:12] in self.own

    def judge(self, least):
        """Stops both; compares; at least that many frames must have been there."""
        global total
        counters = [tap.stop() for tap in self.taps]
        packet, bpf = self.taps
        problems, frames = [], 0
        for name, tap, counter in zip(("AF_PACKET", "/dev/bpf"), self.taps, counters):
            if counter[2]:
                problems.append(f"inconclusive: {name} dropped {counter[2]}")
            if counter[0] != len(tap.file.frames):
                problems.append(f"{name}: {counter[0]} counted, {len(tap.file.frames)} stored")
        for name, select in (("sent", self.outgoing),
                             ("received", lambda frame: not self.outgoing(frame))):
            one, other = packet.between(select), bpf.between(select)
            frames += len(one)
            why = pcapfile.difference(one, other)
            if why:
                problems.append(f"{name}, AF_PACKET and then /dev/bpf: {why}")
        back = bpf.file.backward()
        if back:
            problems.append(f"the time of frame {back} is before that of the one in front: "
                            f"{bpf.file.times[back - 1:back + 1]}")
        if frames < least:
            problems.append(f"only {frames} frames, {least} are needed to tell")
        machine.ok(not problems, f"{self.what}: {frames} frames", "\n".join(problems))
        total += frames
        for tap in self.taps:
            tap.remove()


def compare(name, points, senders, traffic, least=1):
    """Runs traffic(pace) with all points listening; pace() waits for readers.

    least: frames that each point has to have seen, or one number for each.
    """
    taps = [tap for point in points for tap in point.taps]
    os.sched_setaffinity(0, {cpus[0]})

    def pace():
        machine.wait_for(lambda: all(tap.room() for tap in taps), "readers to catch up")

    def explain():
        return [(tap.bpf, tap.interface, len(tap.file.frames), tap.seen, tap.log())
                for tap in taps]

    machine.note(name)
    machine.wait_for(lambda: all([tap.listening() for tap in taps]), "tcpdump to listen")
    mark(senders, START)
    traffic(pace)
    mark(senders, END)
    machine.wait_for(lambda: all([tap.complete() for tap in taps]),
                     "the markers of the end", explain)
    if isinstance(least, int):
        least = [least] * len(points)
    for point, wanted in zip(points, least):
        point.judge(wanted)


def done():
    machine.note(f"compared {total} frames")
    machine.done()
