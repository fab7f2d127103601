# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""What the cases of DHCP clients share: servers in the namespace right, what the client
should get, the addresses of vl.  Must not know the clients.

The servers give 10.9.0.100 to 02:00:00:00:00:01 and nothing to anybody else.
"""
import os
import re
import subprocess

import client
import machine
from traffic import LEFT

ADDRESS = "10.9.0.100"


def prepare():
    """vl without addresses.  A server's answers get their checksums from the kernel.

    Over veth(4) a datagram of a local socket arrives with a checksum that the network
    card was to finish.  The code for the BSDs knows nothing of that and drops it.
    """
    machine.run("left", "ip", "address", "flush", "dev", "vl")
    machine.run("right", "ethtool", "-K", "vr", "tx", "off")


def addresses():
    """IPv4 addresses of vl."""
    with machine.Netns("left"):
        text = subprocess.run(["ip", "-4", "-oneline", "address", "show", "dev", "vl"], check=True,
                              capture_output=True, text=True).stdout
    return re.findall(r"inet (\S+)", text)


def dnsmasq():
    """The server of Debian's dnsmasq-base, on a socket of the kernel."""
    lease_file = "/tmp/dnsmasq.leases"
    if os.path.exists(lease_file):
        os.unlink(lease_file)
    server = client.Program(
        "right", "dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null",
        "--user=root", "--port=0", "--interface=vr", "--bind-interfaces", "--no-ping",
        "--dhcp-authoritative", "--log-dhcp", f"--dhcp-leasefile={lease_file}", "--pid-file",
        "--dhcp-range=10.9.0.0,static,255.255.255.0,1h", f"--dhcp-host={LEFT},{ADDRESS}",
        "--dhcp-option=option:router,10.9.0.2", bpf=False)
    server.says("static leases only on 10.9.0.0")
    return server


def conversation(server):
    """The messages that the server's log of dnsmasq or dhcpd has, in order."""
    return re.findall(r"\b(DHCP(?:DISCOVER|OFFER|REQUEST|ACK|NAK|RELEASE))\b", server.said())
