# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""What the Python test programs need of the machine: TAP, network namespaces,
waiting with a deadline, commands.  Must not know what is tested.

The network is the one that lib.sh draws and makes.
"""
import ctypes
import os
import subprocess
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
# Seconds; nothing of a healthy run comes near it.  A kernel full of checks is slow.
DEADLINE = 300 if "debug" in os.uname().release else 60

count = 0
failed = 0


def ok(passed, what, why=""):
    """One test."""
    global count, failed
    count += 1
    failed += not passed
    print(("ok" if passed else "not ok"), count, "-", what, flush=True)
    if not passed:
        for line in str(why).splitlines():
            print("#", line, flush=True)
    return passed


def is_(what, got, expected):
    """One test: equal?"""
    return ok(got == expected, what, f"     got: {got}\nexpected: {expected}")


def note(text):
    print("#", text, flush=True)


def done():
    """The end of a case."""
    print(f"1..{count}", flush=True)
    sys.exit(failed != 0)


class Netns:
    """with Netns("left"): this process is in that namespace."""

    def __init__(self, name):
        self.name = name

    @staticmethod
    def _enter(fd):
        if LIBC.setns(fd, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        os.close(fd)

    def __enter__(self):
        self.old = os.open("/proc/self/ns/net", os.O_RDONLY)
        self._enter(os.open(f"/run/netns/{self.name}", os.O_RDONLY))

    def __exit__(self, *unused):
        self._enter(self.old)


def run(namespace, *command):
    """A command that has to succeed."""
    with Netns(namespace):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def wait_for(condition, what, explain=None):
    """Until condition() is true; without that the case cannot go on."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            ok(False, f"waiting for {what}", explain() if explain else "")
            os._exit(1)
        time.sleep(0.01)  # between two looks at the condition


def listeners(namespace):
    """/proc/net/bpf as a list of its lines' words."""
    with Netns(namespace), open("/proc/net/bpf", encoding="ascii") as file:
        return [line.split() for line in file.readlines()[1:]]
