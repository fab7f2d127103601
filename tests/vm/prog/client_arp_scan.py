# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""arp-scan asks for 64 addresses and receives the answers through one descriptor of
/dev/bpf: it finds those that are there, and no others.  The network of lib.sh is there.
"""
import client
import machine
import traffic

# On vr, and on a second interface beside it.
ON_VR, ON_MV = ["10.9.0.2", "10.9.0.3", "10.9.0.17", "10.9.0.62"], ["10.9.0.40", "10.9.0.41"]
MV = "02:00:00:00:00:03"


def main():
    # Each interface answers for its own addresses only.
    machine.run("right", "sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1")
    machine.run("right", "ip", "link", "add", "mv", "link", "vr", "address", MV, "type",
                "macvlan", "mode", "bridge")
    machine.run("right", "ip", "link", "set", "mv", "up")
    for address in ON_VR[1:]:
        machine.run("right", "ip", "address", "add", f"{address}/24", "dev", "vr")
    for address in ON_MV:
        machine.run("right", "ip", "address", "add", f"{address}/24", "dev", "mv")

    # It goes on asking until the test has looked at it: many rounds.
    program = client.Program("left", "arp-scan", "--interface=vl", "--retry=1000", "--plain",
                             "10.9.0.99")
    program.wait_for(program.descriptors, "arp-scan on /dev/bpf")
    program.on_the_device()
    program.stop()

    program = client.Program("left", "arp-scan", "--interface=vl", "--plain", "--retry=3",
                             "--format=${ip} ${mac}", "10.9.0.0/26")
    status, said = program.ends()
    machine.is_("status", status, 0)
    found = {tuple(line.split()) for line in said.splitlines()}
    machine.is_("what it finds", found,
                {(a, traffic.RIGHT) for a in ON_VR} | {(a, MV) for a in ON_MV})
    machine.done()


main()
