#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Prints the UDP packets on an Ethernet interface: capture.py INTERFACE [COUNT]"""
import ctypes, fcntl, os, struct, sys

SETF, SETIF, BLEN, IMMEDIATE = 0x40104267, 0x4028426C, 0x80044266, 0x40044270  # <net/bpf.h>
# ld [30]; ldh [12]; jne #0x800, no; ldb [23]; jne #17, no; ret #96; no: ret #0
UDP = [(0x20, 0, 0, 30), (0x28, 0, 0, 12), (0x15, 0, 3, 0x800), (0x30, 0, 0, 23),
       (0x15, 0, 1, 17), (0x06, 0, 0, 96), (0x06, 0, 0, 0)]
interface, left = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
insns = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *insn) for insn in UDP))
fd = os.open("/dev/bpf", os.O_RDONLY)
fcntl.ioctl(fd, SETF, struct.pack("I4xP", len(UDP), ctypes.addressof(insns)))
fcntl.ioctl(fd, SETIF, struct.pack("40s", interface.encode()))  # struct ifreq
fcntl.ioctl(fd, IMMEDIATE, struct.pack("I", 1))
size, = struct.unpack("I", fcntl.ioctl(fd, BLEN, bytes(4)))
while True:
    data, at = os.read(fd, size), 0  # always asks for the whole buffer
    while at < len(data):
        _, _, caplen, length, hdrlen = struct.unpack_from("qqIIH", data, at)  # struct bpf_hdr
        addresses = data[at + hdrlen + 26:at + hdrlen + 34]
        print("%u of %u bytes, %d.%d.%d.%d > %d.%d.%d.%d" % (caplen, length, *addresses), flush=True)
        at += -(-(hdrlen + caplen) // 8) * 8  # BPF_WORDALIGN
        left -= 1
        if not left:
            sys.exit()
