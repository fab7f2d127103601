# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""ISC's dhclient, built for a BSD's /dev/bpf, gets a lease: from dnsmasq, which uses
sockets, and from ISC's dhcpd, which was built for /dev/bpf, too.  The network of lib.sh
is there.
"""
import os
import signal
import tempfile

import client
import client_dhcp
import machine
from traffic import LEFT

DHCPD_CONF = f"""
authoritative;
ping-check false;
subnet 10.9.0.0 netmask 255.255.255.0 {{
	option routers 10.9.0.2;
	host left {{
		hardware ethernet {LEFT};
		fixed-address {client_dhcp.ADDRESS};
	}}
}}
"""
# It reports what it got; the real script changes too much of a machine.
SCRIPT = """#!/bin/sh
[ "$reason" != BOUND ] || exec ip address add "$new_ip_address/24" dev "$interface"
"""
HEADER_FILLED_IN, IMMEDIATE = "f", "i"


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def dhclient(directory):
    return client.Program("left", "build/clients/dhclient", "-d", "-v", "-cf", "/dev/null",
                          "-lf", f"{directory}/client.leases", "-pf", f"{directory}/client.pid",
                          "-sf", f"{directory}/script", "vl", bpf=False)


def dhcpd(directory):
    """The server on /dev/bpf."""
    conf = write(f"{directory}/dhcpd.conf", DHCPD_CONF)
    leases = write(f"{directory}/dhcpd.leases", "")
    server = client.Program("right", "build/clients/dhcpd", "-f", "-d", "-cf", conf, "-lf", leases,
                            "-pf", f"{directory}/dhcpd.pid", "vr", bpf=False)
    server.says("Listening on BPF/vr/02:00:00:00:00:02")
    server.says("Server starting service")
    return server


def lease(directory, server, name):
    """One lease, and the end of the client."""
    program = dhclient(directory)
    program.says("Listening on BPF/vl/02:00:00:00:00:01")
    program.says(f"bound to {client_dhcp.ADDRESS}")
    machine.is_(f"{name}: the address on vl", client_dhcp.addresses(), ["10.9.0.100/24"])
    machine.is_(f"{name}: the server's log", client_dhcp.conversation(server)[-4:],
                ["DHCPDISCOVER", "DHCPOFFER", "DHCPREQUEST", "DHCPACK"])
    line, = program.descriptors()
    # A write for the DHCPDISCOVER (again, if nobody heard it) and one for the request.
    machine.ok(int(line["Wcount"]) >= 2 and line["Wdrop"] == "0" and int(line["Match"]) >= 2
               and line["Drop"] == "0", f"{name}: what it wrote and got", line)
    machine.ok(IMMEDIATE in line["Flags"] and HEADER_FILLED_IN in line["Flags"]
               and line["Bufsize"] == "524288" and line["Insns"] == "11",
               f"{name}: its flags, buffer and filter", line)
    program.on_the_device()
    return program


def gone(program):
    """The interface goes away: the client gives it up, at the error of its read."""
    machine.run("left", "ip", "link", "del", "vl")
    program.says("Disabling input on BPF/vl/02:00:00:00:00:01")
    machine.is_("the interface is gone: its descriptors", program.descriptors(), [])
    said = program.stop(signal.SIGKILL)[1]
    machine.is_("how often it says so", said.count("receive_packet failed"), 1)


def main():
    with tempfile.TemporaryDirectory() as directory:
        write(f"{directory}/script", SCRIPT, 0o755)
        client_dhcp.prepare()
        server = client_dhcp.dnsmasq()
        lease(directory, server, "from dnsmasq").stop()
        server.stop()

        client_dhcp.prepare()
        os.unlink(f"{directory}/client.leases")
        server = dhcpd(directory)
        program = lease(directory, server, "from dhcpd")
        server.on_the_device()
        gone(program)
        server.stop()


if os.path.exists("build/clients/dhclient"):
    main()
else:
    client.skip("dhclient", client.missing("isc-dhcp"))
machine.done()
