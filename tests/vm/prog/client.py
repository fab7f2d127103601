# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""What the cases of real programs share: a program in a namespace, what it holds
open, its line in /proc/net/bpf.  Must not know any of the programs.
"""
import ctypes
import os
import signal
import subprocess
import tempfile

import capture
import machine


def lines(namespace):
    """/proc/net/bpf as one dict per line; keys are the names in its first line."""
    with machine.Netns(namespace), open("/proc/net/bpf", encoding="ascii") as file:
        names, *rest = file.read().splitlines()
    names = names.split()
    return [dict(zip(names, line.split(None, len(names) - 1))) for line in rest]


def packet_sockets(namespace):
    """The lines of /proc/net/packet."""
    with machine.Netns(namespace), open("/proc/net/packet", encoding="ascii") as file:
        return file.read().splitlines()[1:]


def skip(what, why):
    """A test that cannot be done here."""
    machine.count += 1
    print(f"ok {machine.count} - {what} # SKIP {why}", flush=True)


def missing(name):
    """Why that client was not built."""
    try:
        with open(f"build/clients/{name}.missing", encoding="utf-8") as file:
            return file.read().strip()
    except FileNotFoundError:
        return "not built: run tests/clients/build"


class Program:
    """One that runs in a namespace; what it says goes to a file."""

    def __init__(self, namespace, *command, bpf=True, stdin=None, **environment):
        self.namespace = namespace
        self.name = os.path.basename(command[0])
        if bpf:
            environment["LD_LIBRARY_PATH"] = capture.LIBRARY
        fd, self.log = tempfile.mkstemp(prefix=f"{self.name}.")
        with machine.Netns(namespace):
            self.process = subprocess.Popen(
                command, env={**os.environ, **environment}, stdin=stdin or subprocess.DEVNULL,
                stdout=fd, stderr=fd, preexec_fn=lambda: ctypes.CDLL(None).prctl(
                    capture.PR_SET_PDEATHSIG, signal.SIGKILL))
        os.close(fd)
        self.pid = self.process.pid

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_for(self, condition, what):
        """Until condition(); what it said helps if that never comes."""
        machine.wait_for(condition, what, self.said)

    def says(self, text):
        self.wait_for(lambda: text in self.said(), f"{self.name} to say {text}")

    def ends(self):
        """Waits for its end; returns its status and what it said."""
        try:
            status = self.process.wait(machine.DEADLINE)
        except subprocess.TimeoutExpired:
            status = "still runs"
        return status, self.said()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        result = self.ends()
        os.unlink(self.log)
        return result

    def descriptors(self):
        """Its lines in /proc/net/bpf."""
        return [line for line in lines(self.namespace) if line["Pid"] == str(self.pid)]

    def files(self):
        """What it has open."""
        path = f"/proc/{self.pid}/fd"
        found = []
        for fd in os.listdir(path):
            try:
                found.append(os.readlink(f"{path}/{fd}"))
            except FileNotFoundError:
                pass  # closed since
        return found

    def on_the_device(self, count=1):
        """The proof: it has the device open so often, and nobody here a packet socket."""
        device = [f for f in self.files() if f.startswith("/dev/bpf")]
        packet = packet_sockets(self.namespace)
        machine.ok(len(device) == count and not packet,
                   f"{self.name} has {'/'.join(sorted(set(device)))} open, "
                   "and there is no packet socket", f"{self.files()}\n{packet}")
