# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""nmap looks at the right: which addresses are there, which ports, which system.  It
receives by libpcap, so through /dev/bpf; it sends by a packet socket of its own (ARP, and
-O) or a raw one.  The network of lib.sh is there.
"""
import re
import socket
import xml.etree.ElementTree

import client
import machine
import traffic

HERE = ["10.9.0.2", "10.9.0.3", "10.9.0.14"]
OPEN = [22, 80, 443]
PORTS = [*range(20, 31), 79, 80, 81, *range(440, 451)]
# The tests of its -O that Linux answers, by RFC 793 and what tcp_rcv_state_process() does
# in LISTEN: it says nothing to a segment without flags (T2), nor to one with SYN and FIN (T3).
ANSWERED = {"SEQ", "OPS", "WIN", "ECN", "T1", "T4", "T5", "T6", "T7", "U1", "IE"}


def nmap(*options):
    """Its report, and what /proc/net/bpf had of it."""
    program = client.Program("left", "nmap", "-n", "-oX", "-", *options)
    seen = []
    def look():
        seen.extend(line for line in program.descriptors() if line["Netif"] == "vl")
        return program.process.poll() is not None
    program.wait_for(look, "nmap to end")
    status, said = program.ends()
    machine.ok(status == 0 and seen, f"nmap {options[0]}: ends, and was seen on /dev/bpf",
               f"{status} {said}")
    return xml.etree.ElementTree.fromstring(said[said.index("<?xml"):])


def hosts():
    """-PR."""
    report = nmap("-sn", "-PR", "10.9.0.0/28", "--exclude", "10.9.0.1")
    found = {a.get("addr"): m.get("addr").lower()
             for host in report.iter("host") if host.find("status").get("state") == "up"
             for a in host.iter("address") if a.get("addrtype") == "ipv4"
             for m in host.iter("address") if m.get("addrtype") == "mac"}
    machine.is_("-PR: what is there", found, {a: traffic.RIGHT for a in HERE})


def ports():
    """-sS."""
    report = nmap("-sS", "-p", ",".join(map(str, PORTS)), "10.9.0.2")
    found = {int(port.get("portid")): port.find("state").get("state")
             for port in report.iter("port")}
    machine.is_("-sS: the state of each port", found,
                {port: "open" if port in OPEN else "closed" for port in PORTS})


def system():
    """-O: which of its probes were answered stands in the fingerprint."""
    report = nmap("-O", "-d", "-p", "80,81", "10.9.0.2")
    print_ = "".join(f.get("fingerprint") for f in report.iter("osfingerprint"))
    lines = dict(re.findall(r"(\w+)\(([^)]*)\)", print_.replace("\nOS:", "")))
    answered = {test for test, values in lines.items()
                if test != "SCAN" and not values.startswith("R=N")}
    machine.is_("-O: probes that were answered", answered, ANSWERED)


def main():
    for address in HERE[1:]:
        machine.run("right", "ip", "address", "add", f"{address}/24", "dev", "vr")
    servers = [traffic.sock("right", socket.AF_INET, socket.SOCK_STREAM, ("10.9.0.2", port))
               for port in OPEN]
    for server in servers:
        server.listen()
    for part in hosts, ports, system:
        part()
    machine.done()


main()
