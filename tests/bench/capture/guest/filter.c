// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The filter that all readers get, as libpcap compiles it. */
#include <pcap/pcap.h>

#include "capture.h"

/**
 * filter_make() - libpcap's program for "udp dst port"
 * @port: the port
 * @insns: where to, room for @max instructions
 *
 * Return: how many instructions there are.
 */
u32 filter_make(u16 port, struct insn *insns, u32 max)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN);
	struct bpf_program program;
	char expression[64];
	u32 len;

	snprintf(expression, sizeof(expression), "udp dst port %u", port);
	if (!pcap || pcap_compile(pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN))
		die("libpcap does not compile \"%s\"", expression);
	len = program.bf_len;
	if (len > max)
		die("\"%s\" has %u instructions", expression, len);
	_Static_assert(sizeof(struct insn) == sizeof(struct bpf_insn), "same layout");
	memcpy(insns, program.bf_insns, len * sizeof(*insns));
	pcap_freecode(&program);
	pcap_close(pcap);
	return len;
}
