# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""bpfcap on real traffic: what it stores, counts, and leaves behind, however it ends.
The network of lib.sh is there, and nobody talks on it but the test.  bpfcap.py [PART...]
"""
import glob
import os
import signal
import socket
import subprocess
import sys

import client
import machine
import pcapfile
import pcapng
from traffic import LEFT_MAC, RIGHT_MAC, pattern

DIR = "/tmp/bpfcap"
BPFCAP = os.path.abspath("build/bpfcap")
DATA = pattern(8192)


def start(*options, name="capture.pcapng", namespace="left", wait="0.02", interfaces=("vl",)):
    """bpfcap, capturing."""
    words = [word for i in interfaces for word in ("-i", i)]
    program = client.Program(namespace, BPFCAP, "-w", f"{DIR}/{name}", "-t", wait, *words,
                             *options, bpf=False)
    program.says("capturing on")
    return program


def both_ways(count, seed=0):
    """count frames from each end, numbered; those sent by left first in each pair."""
    for i in range(seed, seed + count):
        head = b"\x88\xb6" + i.to_bytes(4, "big")
        data = DATA[i:i + 42 + i * 37 % 1454]
        yield "left", RIGHT_MAC + LEFT_MAC + head + data
        yield "right", LEFT_MAC + RIGHT_MAC + head + data


def send(frames):
    """In order, each from its end."""
    links = {n: link_of(n) for n in ("left", "right")}
    sent = []
    for namespace, frame in frames:
        links[namespace].send(frame)
        sent.append(frame)
    for link in links.values():
        link.close()
    return sent


def link_of(namespace):
    with machine.Netns(namespace):
        link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    link.bind(({"left": "vl", "right": "vr"}[namespace], 0))
    return link


def kept(frames, most=262144):
    return [pcapfile.Frame(min(len(f), most), len(f), f[:most]) for f in frames]


def same(what, got, expected):
    """The same frames, each way in its order: between the ways a queue may decide."""
    ways = []
    for frames in expected, got:
        ways.append([f for f in frames if f.data[6:12] == LEFT_MAC] +
                    [f for f in frames if f.data[6:12] != LEFT_MAC])
    why = pcapfile.difference(*ways)
    machine.ok(not why and expected, f"{what}: {len(expected)} frames as they were sent", why)


def counts(what, file, delivered, interface="vl", accepted=None, dropped=0):
    got = dict(file.statistics[interface])
    got.pop("ifrecv")
    machine.is_(f"{what}: statistics", got, {
        "filteraccept": delivered if accepted is None else accepted,
        "osdrop": dropped, "usrdeliv": delivered})


def ends(what, program, status=0, number=signal.SIGINT):
    got, said = program.stop(number)
    machine.is_(f"{what}: status", got, status)
    if got != status:
        machine.note(said)
    return said


def like_tcpdump(kind):
    """The same traffic by tcpdump over AF_PACKET, with stamps and directions."""
    path = f"{DIR}/tcpdump"
    tcpdump = client.Program("left", "tcpdump", "-Z", "root", "-n", "-U", "-i", "vl", "-w", path,
                             "--time-stamp-precision=nano", bpf=False)
    tcpdump.says("listening on")
    program = start("-m", kind)
    sent = send(both_ways(300))
    tcpdump.wait_for(lambda: os.path.getsize(path) > 24 + sum(16 + len(f) for f in sent) - 1,
                     "tcpdump to store all")
    tcpdump.stop(signal.SIGINT)
    # At once: what is in the kernel's buffers must not be lost.
    ends(kind, program)
    with open(path, "rb") as file:
        data = file.read()
    theirs, at = [], 24
    while at < len(data):
        size = int.from_bytes(data[at + 8:at + 12], "little")
        theirs.append(pcapfile.Frame(size, int.from_bytes(data[at + 12:at + 16], "little"),
                                     data[at + 16:at + 16 + size]))
        at += 16 + size
    file = pcapng.File(f"{DIR}/capture.pcapng")
    same(f"{kind}: what tcpdump got", theirs, kept(sent))
    same(f"{kind}: beside tcpdump", file.frames(), theirs)
    counts(kind, file, len(sent))
    # 2: sent; 1: received, and 4: for this host
    machine.is_(f"{kind}: directions", [p.flags for p in file.packets],
                [2 if p.frame.data[6:12] == LEFT_MAC else 1 + 4 for p in file.packets])
    times = [p.time for p in file.packets]
    machine.ok(times == sorted(times) and any(t % 1000 for t in times),
               f"{kind}: times ascend, and are nanoseconds")
    read = subprocess.run(["tcpdump", "-nr", f"{DIR}/capture.pcapng"], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    machine.is_(f"{kind}: tcpdump reads it", (read.returncode, read.stdout.count(b"ethertype")),
                (0, len(sent)))


def interrupted():
    """Ended while everything is still in the kernel's buffers."""
    for kind in "map", "read":
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            what = f"{kind}, {number.name}"
            program = start("-m", kind, wait="300")
            sent = send(both_ways(100))
            ends(what, program, number=number)
            file = pcapng.File(f"{DIR}/capture.pcapng")
            same(what, file.frames(), kept(sent))
            counts(what, file, len(sent))


def limits():
    """A filter, a snap length, a direction, a count, a time."""
    program = start("-s", "70", "-Q", "in", "greater", "1000")
    sent = [f for f in send(both_ways(200)) if f[6:12] == RIGHT_MAC]
    ends("limits", program)
    file = pcapng.File(f"{DIR}/capture.pcapng")
    wanted = kept([f for f in sent if len(f) >= 1000], 70)
    same("filter, snap length, direction", file.frames(), wanted)
    machine.is_("all that was offered is counted", file.statistics["vl"]["ifrecv"], len(sent))
    machine.is_("the filter is told", file.filters, ["greater 1000"])
    program = start("-c", "17")
    sent = send(both_ways(30))
    machine.is_("--count: status", program.ends()[0], 0)
    same("--count", pcapng.File(f"{DIR}/capture.pcapng").frames(), kept(sent[:17]))
    program = start("--duration", "0.5", wait="300")
    sent = send(both_ways(10))
    machine.is_("--duration: status", program.ends()[0], 0)
    same("--duration", pcapng.File(f"{DIR}/capture.pcapng").frames(), kept(sent))
    program = client.Program("left", "sh", "-c", f"{BPFCAP} -i vl -c 20 -w - > {DIR}/stdout",
                             bpf=False)
    program.says("capturing on")
    sent = send(both_ways(10))
    machine.is_("standard output: status", program.ends()[0], 0)
    same("standard output", pcapng.File(f"{DIR}/stdout").frames(), kept(sent))


def drops():
    """More than the buffers hold while it is stopped: each lost one is counted."""
    program = start("-B", "16k", "-m", "read")
    program.process.send_signal(signal.SIGSTOP)
    sent = send(both_ways(200))
    program.process.send_signal(signal.SIGCONT)
    program.wait_for(lambda: all(line["Sblen"] == line["Hblen"] == "0"
                                 for line in program.descriptors()), "it to catch up")
    sent += send(both_ways(1, 1000))
    ends("drops", program)
    file = pcapng.File(f"{DIR}/capture.pcapng")
    lost = len(sent) - len(file.packets)
    machine.ok(lost > 0, "some were dropped")
    counts("drops", file, len(file.packets), accepted=len(sent), dropped=lost)
    machine.is_("drops beside the packets", sum(p.drops for p in file.packets), lost)


def row():
    """A row of files: nothing is lost, nor twice, where one ends; the oldest go."""
    for options, name in ((("-C", "20k"), "size"), (("-N", "33"), "count"),
                          (("-G", "0.05"), "time")):
        program = start(*options, name=f"{name}.pcapng")
        sent = []
        for turn in range(4):
            sent += send(both_ways(60, 60 * turn))
            if name == "time":
                subprocess.run(["sleep", "0.06"], check=True)  # what -G is about
        ends(f"row by {name}", program)
        paths = sorted(glob.glob(f"{DIR}/{name}-*.pcapng"))
        files = [pcapng.File(path) for path in paths]
        frames = [f for file in files for f in file.frames()]
        same(f"row by {name}, {len(files)} files", frames, kept(sent))
        machine.ok(len(files) >= 4, f"row by {name}: several files", paths)
        if name == "size":
            machine.ok(all(file.size <= 20480 for file in files), "none is larger than allowed",
                       [file.size for file in files])
        if name == "count":
            machine.is_("each has as many as it shall", [len(f.packets) for f in files[:-1]],
                        [33] * (len(files) - 1))
        if name == "time":
            machine.ok(all(f.packets[-1].time - f.packets[0].time < 50000000 for f in files),
                       "none is longer than allowed")
        counts(f"row by {name}", files[-1], len(sent))
    program = start("-N", "10", "-W", "3", name="ring.pcapng")
    sent = send(both_ways(50))
    ends("ring", program)
    paths = sorted(glob.glob(f"{DIR}/ring-*.pcapng"))
    machine.is_("ring: the last three are kept", [os.path.basename(p) for p in paths],
                [f"ring-{n:05}.pcapng" for n in (8, 9, 10)])
    same("ring", [f for path in paths for f in pcapng.File(path).frames()], kept(sent[-30:]))


def fan_out():
    """Several processes: together they have each frame once."""
    for kind, mode in ("map", "rr"), ("read", "rr"), ("map", "hash"):
        what = f"fan-out, {mode}, {kind}"
        program = start("-m", kind, "-F", f"{mode}:3", name="shared.pcapng")
        program.says("3 processes share")
        sent = send(both_ways(150))
        ends(what, program)
        files = [pcapng.File(f"{DIR}/shared-p{n}.pcapng") for n in (1, 2, 3)]
        got = sorted(f.data for file in files for f in file.frames())
        machine.ok(got == sorted(sent), f"{what}: each of {len(sent)} frames once",
                   f"{len(got)} frames, {len(set(got))} different ones")
        if mode == "rr":
            machine.is_(f"{what}: each its share", [len(f.packets) for f in files], [100] * 3)
        for file in files:
            counts(what, file, len(file.packets))
    program = start("-F", "rr:2", "-c", "50", name="shared.pcapng")
    send(both_ways(100))
    machine.is_("fan-out with --count: status", program.ends()[0], 0)
    machine.is_("fan-out with --count: all of them count", sum(
        len(pcapng.File(f"{DIR}/shared-p{n}.pcapng").packets) for n in (1, 2)), 50)


def full_disk():
    """The file that found no room is whole, and its statistics are true."""
    os.mkdir(f"{DIR}/small")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", f"{DIR}/small"], check=True)
    for name, redirected in ("small/full.pcapng", False), ("small/stdout.pcapng", True):
        path, what = f"{DIR}/{name}", "full disk" + (", standard output" if redirected else "")
        if redirected:
            program = client.Program("left", "sh", "-c", f"exec {BPFCAP} -i vl -w - >{path}",
                                     bpf=False)
            program.says("capturing on")
        else:
            program = start(name=name)
        sent = send(both_ways(100))
        status, said = program.ends()
        machine.is_(f"{what}: status", status, 1)
        machine.ok("No space left on device" in said, f"{what}: it says why", said)
        file = pcapng.File(path)
        machine.ok(len(file.packets) > 50, f"{what}: there are {len(file.packets)}")
        same(what, file.frames(), kept(sent[:len(file.packets)]))
        machine.is_(f"{what}: the statistics are there, and know what was written",
                    file.statistics.get("vl", {}).get("usrdeliv"), len(file.packets))
        os.unlink(path)
    subprocess.run(["umount", f"{DIR}/small"], check=True)


def odds():
    """Privileges, two interfaces, one that goes, and complaints."""
    program = start("-Z", "nobody", name="user.pcapng", interfaces=("vl", "lo"))
    with open(f"/proc/{program.pid}/status", encoding="ascii") as file:
        lines = dict(line.split(":", 1) for line in file)
    machine.is_("--user: no root, no capability", (lines["Uid"].split(), lines["CapEff"].strip()),
                (["65534"] * 4, "0" * 16))
    sent = send(both_ways(20))
    machine.run("left", "ping", "-q", "-c", "2", "-i", "0.01", "127.0.0.1")
    ends("two interfaces", program)
    file = pcapng.File(f"{DIR}/user.pcapng")
    same("two interfaces: the one", file.frames("vl"), kept(sent))
    machine.is_("two interfaces: the other", len(file.frames("lo")), 4)
    counts("two interfaces: the other", file, 4, interface="lo")
    for kind in "map", "read":
        machine.run("left", "ip", "link", "add", "dummy0", "up", "type", "dummy")
        program = start("-m", kind, interfaces=("dummy0",))
        machine.run("left", "ip", "link", "del", "dummy0")
        status, said = program.ends()
        machine.is_(f"{kind}: an interface that goes: status", status, 1)
        machine.ok("dummy0 is gone" in said, f"{kind}: an interface that goes: it says so", said)
    for words, status, text in (
            (["-i", "none", "-w", "x"], 1, "no interface none"),
            (["-i", "vl", "-w", f"{DIR}/no/x"], 1, "No such file"),
            (["-i", "vl", "-w", "x", "nonsense", "here"], 2, 'filter "nonsense here" for vl')):
        program = client.Program("left", BPFCAP, *words, bpf=False)
        got, said = program.ends()
        machine.ok(got == status and text in said, f"complaint: {text}", f"{got}: {said}")
    program = client.Program("left", BPFCAP, "-D", bpf=False)
    machine.is_("--list", sorted(program.ends()[1].split()), ["lo", "vl"])


def main():
    os.mkdir(DIR)
    os.chmod(DIR, 0o777)
    for namespace in "left", "right":
        machine.run(namespace, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
    machine.run("left", "sysctl", "-qw", "net.bpf.zerocopy_enable=1")
    if not sys.argv[1:]:
        like_tcpdump("map")
        like_tcpdump("read")
    parts = {f.__name__: f for f in (interrupted, limits, drops, row, fan_out, full_disk, odds)}
    for name in sys.argv[1:] or parts:
        parts[name]()
    machine.done()


main()
