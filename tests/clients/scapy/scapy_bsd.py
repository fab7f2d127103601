# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Import this before scapy, and scapy takes its code for FreeBSD: arch/bpf, with
/dev/bpf0 and FreeBSD's ioctl numbers.  Nothing of scapy itself is changed.

Three things of a FreeBSD have to be there: its name while scapy looks for it, its
ifconfig and netstat (bin/ beside this file), and the number of the one ioctl that
goes to a socket of Linux, not to /dev/bpf.
"""
import importlib.util
import os
import sys

os.environ["PATH"] = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin") + \
    os.pathsep + os.environ["PATH"]

PLATFORM, sys.platform = sys.platform, "freebsd14"
import scapy.consts  # noqa: E402 # pylint: disable=wrong-import-position
sys.platform = PLATFORM

# As "import scapy.arch.bpf.consts", but before scapy.arch itself, which uses it at once.
NAME = "scapy.arch.bpf.consts"
PATH = os.path.join(os.path.dirname(scapy.consts.__file__), "arch/bpf/consts.py")
SPEC = importlib.util.spec_from_file_location(NAME, PATH)
NUMBERS = sys.modules[NAME] = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(NUMBERS)
NUMBERS.SIOCGIFFLAGS = 0x8913
