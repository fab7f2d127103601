// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A grammar of pcap-filter(7), from which random expressions are made. Addresses
 * are mostly those of tests/unit/packets.c, so that something matches. No name
 * that would be looked up in a network or a file of this machine.
 */
#include "expression.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "array.h"
#include "rng.h"

struct writer {
	char *to;
	size_t at;
	u64 *state;
	int dlt;
};

#define PICK(w, list)	((list)[rng_below((w)->state, ARRAY_SIZE(list))])

__attribute__((format(printf, 2, 3)))
static void put(struct writer *w, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(w->to + w->at, EXPRESSION_MAX - w->at, format, args);
	va_end(args);
	w->at += n;
	if (w->at > EXPRESSION_MAX - 1)
		w->at = EXPRESSION_MAX - 1;
}

static bool chance(struct writer *w, u32 n)
{
	return rng_one_in(w->state, n);
}

static u32 below(struct writer *w, u32 n)
{
	return rng_below(w->state, n);
}

static void put_port(struct writer *w)
{
	static const u32 ports[] = {
		22, 53, 80, 443, 546, 547, 1024, 1025, 1500, 1999, 5353, 40000,
		40001, 50000,
	};

	put(w, "%u", chance(w, 3) ? below(w, 65536) : PICK(w, ports));
}

static void put_ip4(struct writer *w)
{
	static const u32 hosts[] = { 1, 2, 3, 4, 53, 99 };

	if (chance(w, 4))
		put(w, "%u.%u.%u.%u", below(w, 256), below(w, 256), below(w, 256),
		    below(w, 256));
	else
		put(w, "192.0.2.%u", PICK(w, hosts));
}

static void put_ip6(struct writer *w)
{
	put(w, "2001:db8::%x", chance(w, 4) ? below(w, 65536) : 1 + below(w, 3));
}

static void put_mac(struct writer *w)
{
	if (chance(w, 4))
		put(w, "ff:ff:ff:ff:ff:ff");
	else
		put(w, "02:00:00:00:00:%02x", 1 + below(w, 4));
}

static void put_direction(struct writer *w)
{
	static const char *const words[] = {
		"", "", "", "src ", "dst ", "src or dst ", "src and dst ",
	};

	put(w, "%s", PICK(w, words));
}

static void put_net(struct writer *w)
{
	u32 bits = below(w, 33);
	u32 mask = bits ? 0xffffffff << (32 - bits) : 0;
	u32 net = (chance(w, 2) ? 0xc0000200 : (u32)rng_next(w->state)) & mask;

	put_direction(w);
	put(w, "net %u.%u.%u.%u", net >> 24, net >> 16 & 255, net >> 8 & 255, net & 255);
	if (chance(w, 3))
		put(w, " mask %u.%u.%u.%u", mask >> 24, mask >> 16 & 255,
		    mask >> 8 & 255, mask & 255);
	else
		put(w, "/%u", bits);
}

/* A list, with one qualifier for all or for each. */
static void put_list(struct writer *w, const char *what, void (*member)(struct writer *w))
{
	u32 n = chance(w, 8) ? 6 + below(w, 60) : 2 + below(w, 10);
	bool short_form = chance(w, 2);

	put(w, "(");
	put_direction(w);
	put(w, "%s ", what);
	if (short_form)
		put(w, "(");
	member(w);
	while (--n) {
		put(w, short_form ? " or " : " or %s ", what);
		member(w);
	}
	put(w, short_form ? "))" : ")");
}

static void put_word(struct writer *w)
{
	static const char *const words[] = {
		"ip", "ip6", "arp", "rarp", "tcp", "udp", "icmp", "icmp6", "igmp",
		"sctp", "pim", "vrrp", "ah", "esp", "igrp", "ether multicast",
		"ether broadcast", "ip multicast", "ip6 multicast", "ip broadcast",
		"stp", "ipx", "netbeui", "iso", "clnp", "esis", "isis", "atalk",
		"aarp", "decnet", "lat", "moprc", "mopdl", "llc", "llc i", "llc s",
		"llc u", "llc rr", "llc ui", "llc sabme", "llc xid", "broadcast",
		"multicast", "carp", "l1", "l2", "iih", "lsp", "snp", "csnp", "psnp",
	};
	static const char *const wlan[] = {
		"type mgt", "type ctl", "type data", "subtype beacon", "subtype ack",
		"type mgt subtype probe-req", "dir tods", "dir nods", "dir fromds",
		"wlan addr1 02:00:00:00:00:01", "wlan ra 02:00:00:00:00:02",
		"wlan host 02:00:00:00:00:01", "wlan[0] & 0xf = 8",
	};

	if (w->dlt == DLT_IEEE802_11 && chance(w, 2))
		put(w, "%s", PICK(w, wlan));
	else
		put(w, "%s", words[below(w, chance(w, 2) ? 8 : ARRAY_SIZE(words))]);
}

static void put_sum(struct writer *w, u32 depth);

static void put_bytes(struct writer *w, u32 depth)
{
	static const char *const protos[] = {
		"ip", "ip", "tcp", "tcp", "udp", "icmp", "ether", "ether", "ip6",
		"arp", "icmp6", "link", "sctp", "igmp",
	};
	static const char *const names[] = {
		"tcp[tcpflags]", "icmp[icmptype]", "icmp[icmpcode]",
		"icmp6[icmp6type]", "icmp6[icmp6code]",
	};

	if (chance(w, 6)) {
		put(w, "%s", PICK(w, names));
		return;
	}
	put(w, "%s[", PICK(w, protos));
	if (depth && chance(w, 3))
		put_sum(w, depth - 1);
	else
		put(w, "%u", chance(w, 20) ? rng_wild(w->state) & 0x7fffffff :
					     below(w, 40));
	put(w, chance(w, 2) ? "]" : chance(w, 2) ? ":2]" : ":4]");
}

static void put_number(struct writer *w)
{
	static const char *const names[] = {
		"tcp-syn", "tcp-ack", "(tcp-syn|tcp-fin)", "icmp-echo",
		"icmp-unreach", "icmp6-echo", "tcp-rst", "tcp-push", "tcp-urg",
	};

	if (chance(w, 6))
		put(w, "%s", PICK(w, names));
	else
		put(w, chance(w, 2) ? "%u" : "0x%x",
		    chance(w, 4) ? rng_wild(w->state) : below(w, 300));
}

static void put_sum(struct writer *w, u32 depth)
{
	static const char *const ops[] = {
		"+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "&", "&",
	};
	u32 kind = depth ? below(w, 8) : 4 + below(w, 4);

	if (kind < 3) {
		put(w, "(");
		put_sum(w, depth - 1);
		put(w, " %s ", PICK(w, ops));
		put_sum(w, depth - 1);
		put(w, ")");
	} else if (kind == 3) {
		put(w, "-");
		put_sum(w, depth - 1);
	} else if (kind < 6) {
		put_bytes(w, depth);
	} else if (kind == 6 && chance(w, 2)) {
		put(w, "len");
	} else {
		put_number(w);
	}
}

static void put_relation(struct writer *w)
{
	static const char *const ops[] = { "=", "!=", "<", ">", "<=", ">=", "==" };
	u32 depth = 1 + below(w, 3);

	put_bytes(w, depth);
	if (chance(w, 3)) {
		put(w, " & ");
		put_number(w);
	}
	put(w, " %s ", PICK(w, ops));
	if (chance(w, 3))
		put_sum(w, depth);
	else
		put_number(w);
}

static void put_tag(struct writer *w)
{
	static const char *const words[] = { "vlan", "vlan", "mpls", "pppoes", "geneve" };

	if (chance(w, 8))
		put(w, "pppoed");
	else
		put(w, "%s", PICK(w, words));
	if (w->to[w->at - 1] != 'd' && chance(w, 2))
		put(w, " %u", chance(w, 2) ? 7 + below(w, 2) : below(w, 4096));
}

static void put_proto(struct writer *w)
{
	static const char *const words[] = { "ip proto", "ip6 proto", "proto" };
	static const u32 types[] = { 0x800, 0x806, 0x86dd, 0x88cc, 0x8100, 1500, 100 };
	static const u32 protos[] = { 0, 1, 6, 17, 44, 47, 58, 255 };

	if (chance(w, 3))
		put(w, "ether proto %u", PICK(w, types));
	else
		put(w, "%s %u", PICK(w, words), PICK(w, protos));
}

static void put_ports(struct writer *w)
{
	static const char *const words[] = { "", "", "tcp ", "udp ", "sctp " };
	u32 first = below(w, 60000);

	put(w, "%s", PICK(w, words));
	put_direction(w);
	if (chance(w, 3)) {
		put(w, "portrange %u-%u", first, first + below(w, 5000));
		return;
	}
	put(w, "port ");
	put_port(w);
}

static void put_host(struct writer *w)
{
	static const char *const words[] = { "", "", "", "ip ", "arp " };

	if (chance(w, 4)) {
		put(w, "ether ");
		put_direction(w);
		put(w, "host ");
		put_mac(w);
	} else if (chance(w, 3)) {
		put(w, "ip6 ");
		put_direction(w);
		put(w, "host ");
		put_ip6(w);
	} else {
		put(w, "%s", PICK(w, words));
		put_direction(w);
		put(w, "host ");
		put_ip4(w);
	}
}

static void put_primitive(struct writer *w)
{
	switch (below(w, 16)) {
	case 0 ... 2:
		put_word(w);
		break;
	case 3 ... 4:
		put_ports(w);
		break;
	case 5 ... 6:
		put_host(w);
		break;
	case 7:
		put_net(w);
		break;
	case 8:
		put_proto(w);
		break;
	case 9:
		put(w, "%s %u", chance(w, 2) ? "less" : "greater", below(w, 200));
		break;
	case 10:
		put_tag(w);
		break;
	case 11:
		put_list(w, "port", put_port);
		break;
	case 12:
		put_list(w, chance(w, 4) ? "ip host" : "host",
			 chance(w, 6) ? put_ip6 : put_ip4);
		break;
	default:
		put_relation(w);
	}
}

static void put_expression(struct writer *w, u32 depth)
{
	if (chance(w, 5))
		put(w, "not ");
	if (!depth || chance(w, 3)) {
		put_primitive(w);
		return;
	}
	put(w, "(");
	put_expression(w, depth - 1);
	put(w, chance(w, 2) ? " and " : " or ");
	put_expression(w, depth - 1);
	put(w, ")");
}

int expression_make(char *to, u64 *state)
{
	static const int dlts[] = {
		DLT_RAW, DLT_LINUX_SLL, DLT_IEEE802_11, DLT_PPP, DLT_NULL,
		DLT_LINUX_SLL2, DLT_IEEE802_11_RADIO, DLT_FDDI,
	};
	struct writer w = { .to = to, .state = state, .dlt = DLT_EN10MB };

	if (chance(&w, 8))
		w.dlt = PICK(&w, dlts);
	to[0] = '\0';
	put_expression(&w, below(&w, 4));
	return w.dlt;
}

const char *expression_compile(const char *text, int dlt, bool optimize,
			       struct cbpf_insn *insns, u32 *len)
{
	static char message[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_dead(dlt, 65535);
	const char *wrong = NULL;
	struct bpf_program program;

	if (!pcap)
		return "no memory";
	/* a netmask for ip broadcast */
	if (pcap_compile(pcap, &program, text, optimize, htonl(0xffffff00))) {
		snprintf(message, sizeof(message), "%s", pcap_geterr(pcap));
		wrong = message;
	} else {
		if (program.bf_len > CBPF_MAXINSNS) {
			wrong = "too many instructions";
		} else {
			*len = program.bf_len;
			memcpy(insns, program.bf_insns, *len * sizeof(*insns));
		}
		pcap_freecode(&program);
	}
	pcap_close(pcap);
	return wrong;
}
