# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Reads pcap files, also while they grow, and tells whether two of them hold the
same frames.  Must not know who captured them nor what was sent.
"""
import collections
import struct

Frame = collections.namedtuple("Frame", "caplen len data")

HEADER = struct.Struct("=IHHiIII")
RECORD = struct.Struct("=IIII")
MAGIC = 0xA1B2C3D4


class PcapFile:
    """The frames of a file in `frames`, their times (us) in `times`."""

    def __init__(self, path):
        self.path = path
        self.frames = []
        self.times = []
        self.rest = b""
        self.offset = 0
        self.header = None

    def more(self):
        """Takes in what was appended since; returns the new frames."""
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            new = file.read()
        self.offset += len(new)
        data = self.rest + new
        at = 0
        if not self.header:
            if len(data) < HEADER.size:
                self.rest = data
                return []
            self.header = HEADER.unpack_from(data)
            if self.header[0] != MAGIC:
                raise ValueError(f"{self.path} is no pcap file of this machine")
            at = HEADER.size
        first = len(self.frames)
        while at + RECORD.size <= len(data):
            sec, usec, caplen, length = RECORD.unpack_from(data, at)
            end = at + RECORD.size + caplen
            if end > len(data):
                break
            self.times.append(sec * 1000000 + usec)
            self.frames.append(Frame(caplen, length, data[at + RECORD.size:end]))
            at = end
        self.rest = data[at:]
        return self.frames[first:]

    def backward(self):
        """Where a time is before the one in front of it: an index, or None."""
        for i in range(1, len(self.times)):
            if self.times[i] < self.times[i - 1]:
                return i
        return None


def write(path, frames):
    """A pcap file of Ethernet frames, given as bytes."""
    with open(path, "wb") as file:
        file.write(HEADER.pack(MAGIC, 2, 4, 0, 0, 262144, 1))
        for i, data in enumerate(frames):
            file.write(RECORD.pack(1, i, len(data), len(data)) + data)


def show(frame):
    """One line for a person."""
    return f"caplen {frame.caplen} len {frame.len} {frame.data[:48].hex()}"


def places(frame, frames):
    """Which ones of these it is: was it lost, or did another one overtake it?"""
    return ", ".join(str(i) for i, f in enumerate(frames) if f == frame) or "missing"


def difference(one, other):
    """The first place where two lists of frames differ, as text, or None."""
    if one == other:
        return None
    for i, (a, b) in enumerate(zip(one, other)):
        if a == b:
            continue
        at = next((k for k, (x, y) in enumerate(zip(a.data, b.data)) if x != y), None)
        where = "" if at is None else f" from byte {at}"
        return f"frame {i} of {len(one)}/{len(other)} differs{where}:\n" \
               f"  {show(a)}, there {places(a, other)}\n" \
               f"  {show(b)}, here {places(b, one)}"
    i = min(len(one), len(other))
    return f"{len(one)} frames and {len(other)}; first one too many:\n" \
           f"  {show(max(one, other, key=len)[i])}"
