#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Gets the machine code that this kernel's JIT makes of classic BPF programs.

Usage: linux_images.py PROGRAMS IMAGES

Runs as root inside of a test machine. PROGRAMS is what filter-bench --programs
writes. Each program is attached to a socket, as tcpdump does it; a probe says where
the JIT put the code, and /proc/kcore has it as the processor sees it. IMAGES gets
these lines:

  release RELEASE            of the kernel
  skb LEN DATA_LEN DATA      offsets of these fields in struct sk_buff
  filter NAME                then, for this filter:
  code HEX                   all of the code
  calls OFFSET SYMBOL ...    where it leaves for the kernel, and to where
"""
import ctypes
import os
import re
import socket
import struct
import subprocess
import sys

TRACING = "/sys/kernel/tracing/"
SO_ATTACH_FILTER = 26
CALL, JUMP = 0xe8, 0xe9
PT_LOAD = 1


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def offsets(struct_name, *fields):
    """Offsets of the fields in bytes, from the kernel's own type information."""
    text = subprocess.run(["pahole", "-C", struct_name, "/sys/kernel/btf/vmlinux"],
                          check=True, capture_output=True, text=True).stdout
    found = []
    for field in fields:
        pattern = r"[ *]%s(?:\[\d+\])?(?:\)\([^;]*)?;\s+/\*\s+(\d+)\s" % field
        match = re.search(pattern, text)
        if not match:
            sys.exit(f"linux_images: no {field} in struct {struct_name}")
        found.append(int(match.group(1)))
    return found


class Probe:
    """Says where the JIT put what it has just compiled."""

    def __init__(self):
        func, length = offsets("bpf_prog", "bpf_func", "jited_len")
        write(TRACING + "kprobe_events",
              f"r:jit bpf_int_jit_compile func=+{func}($retval):x64 "
              f"len=+{length}($retval):u32\n")
        write(TRACING + "events/kprobes/jit/enable", "1")

    def attach(self, insns):
        """Attach a program; returns (address, length) and the socket to keep."""
        write(TRACING + "trace", "")
        program = b"".join(struct.pack("HBBI", *insn) for insn in insns)
        memory = ctypes.create_string_buffer(program, len(program))
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                        struct.pack("HxxxxxxQ", len(insns), ctypes.addressof(memory)))
        with open(TRACING + "trace") as trace:
            hits = re.findall(r"func=0x([0-9a-f]+) len=(\d+)", trace.read())
        if len(hits) != 1 or hits[0][1] == "0":
            sys.exit(f"linux_images: the JIT ran {len(hits)} times for one program: {hits}")
        return int(hits[0][0], 16), int(hits[0][1]), sock


def read_kernel(address, length):
    with open("/proc/kcore", "rb") as core:
        header = core.read(64)
        phoff, = struct.unpack_from("<Q", header, 32)
        phsize, phnum = struct.unpack_from("<HH", header, 54)
        core.seek(phoff)
        table = core.read(phsize * phnum)
        for index in range(phnum):
            kind, _, offset, start, _, size = struct.unpack_from("<IIQQQQ", table,
                                                                 index * phsize)
            if kind == PT_LOAD and start <= address and address + length <= start + size:
                core.seek(offset + address - start)
                return core.read(length)
    sys.exit(f"linux_images: /proc/kcore has nothing at {address:#x}")


def symbols():
    """Name by address, of the kernel's functions."""
    names = {}
    with open("/proc/kallsyms") as table:
        for line in table:
            address, kind, name = line.split()[:3]
            if kind in "tT" and (name.startswith("bpf_") or name.endswith("return_thunk")):
                names[int(address, 16)] = name
    return names


def find_calls(code, address, names):
    """What looks like a call or a jump to the very beginning of a kernel function."""
    found = []
    for at in range(len(code) - 4):
        if code[at] not in (CALL, JUMP):
            continue
        distance, = struct.unpack_from("<i", code, at + 1)
        name = names.get(address + at + 5 + distance)
        if name:
            found.append((at, "__x86_return_thunk" if code[at] == JUMP else name))
    return found


def read_programs(path):
    with open(path) as lines:
        for line in lines:
            name, insns = line.rstrip("\n").split("\t")
            yield name, [tuple(map(int, insn.split())) for insn in insns.split(",")[1:]]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    write("/proc/sys/kernel/kptr_restrict", "0")
    write("/proc/sys/net/core/bpf_jit_enable", "1")
    probe = Probe()
    names = symbols()
    kept = []
    with open(sys.argv[2], "w") as images:
        print("release", os.uname().release, file=images)
        print("skb", *offsets("sk_buff", "len", "data_len", "data"), file=images)
        for filter_name, insns in read_programs(sys.argv[1]):
            address, length, sock = probe.attach(insns)
            kept.append(sock)
            code = read_kernel(address, length)
            print("filter", filter_name, file=images)
            print("code", code.hex(), file=images)
            calls = find_calls(code, address, names)
            print("calls", *(f"{at} {name}" for at, name in calls), file=images)


main()
