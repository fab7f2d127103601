# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""dhcpcd with the packet input and output that it has for the BSDs: filters for both
directions, locked descriptors, a lease, and the address taken into use after nobody
answered to ARP for it.  The network of lib.sh is there.
"""
import os
import socket

import client
import client_dhcp
import machine
import traffic

RUN = "/run/dhcpcd"
# Instructions of bpf.c's filters for DHCP, in either direction: bpf_bootp_ether has 4,
# bpf_bootp_base 15, bpf_bootp_read and bpf_bootp_write 3, and the end is one more.
BOOTP = "23"


def start(*options):
    return client.Program("left", "build/clients/dhcpcd", "--nobackground", "--debug",
                          "--ipv4only", "--noipv4ll", "--config", "/dev/null", "--script",
                          "/bin/true", "--timeout", "0", *options, "vl", bpf=False)


def bpf(program, kind):
    """A descriptor of that kind which it has written to already, or None."""
    return next((line for line in program.descriptors()
                 if line["Wcount"] != "0" and kind(line)), None)


def discovers(program):
    """Nobody answers yet: it sends again and again, through a locked descriptor."""
    program.wait_for(lambda: bpf(program, lambda line: line["Wmatch"] != "0"),
                     "dhcpcd to send a DHCPDISCOVER")
    line = bpf(program, lambda line: True)
    flags = line["Flags"]
    machine.ok(line["Netif"] == "vl" and "l" in flags and "i" in flags and "f" in flags,
               "its descriptor is locked, in immediate mode, headers are filled in", line)
    machine.is_("the lengths of its read and its write filter", (line["Insns"], line["Winsns"]),
                (BOOTP, BOOTP))
    machine.is_("all that it wrote passed the write filter", line["Wdrop"], "0")
    program.on_the_device()


def probes(program, server):
    """Before it takes the address it asks who has it, on a second descriptor."""
    program.says("probing for 10.9.0.100")
    program.wait_for(lambda: bpf(program, lambda line: line["Insns"] != BOOTP),
                     "a descriptor for ARP")
    line = bpf(program, lambda line: line["Insns"] != BOOTP)
    machine.ok("l" in line["Flags"] and int(line["Winsns"]) > 0,
               "its descriptor for ARP is locked and has a write filter", line)
    program.wait_for(lambda: client_dhcp.addresses() == ["10.9.0.100/24"], "the address on vl")
    machine.ok(True, "vl has the address that the server has for it")
    machine.is_("the server's log", client_dhcp.conversation(server)[-4:],
                ["DHCPDISCOVER", "DHCPOFFER", "DHCPREQUEST", "DHCPACK"])
    machine.is_("packet sockets", client.packet_sockets("left"), [])


def works():
    """The address works."""
    left = traffic.sock("left", socket.AF_INET, socket.SOCK_DGRAM)
    right = traffic.sock("right", socket.AF_INET, socket.SOCK_DGRAM, ("10.9.0.2", 4242))
    right.settimeout(machine.DEADLINE)
    left.sendto(b"from the new address", ("10.9.0.2", 4242))
    machine.is_("a datagram from it", right.recvfrom(100)[1][0], client_dhcp.ADDRESS)
    left.close()
    right.close()


def main():
    client_dhcp.prepare()
    os.makedirs(RUN, exist_ok=True)
    program = start()
    discovers(program)
    server = client_dhcp.dnsmasq()
    probes(program, server)
    works()
    status, said = program.stop()
    machine.ok(status == 0, "dhcpcd ends", f"{status} {said}")
    server.stop()


if os.path.exists("build/clients/dhcpcd"):
    main()
else:
    client.skip("dhcpcd", client.missing("dhcpcd5"))
machine.done()
