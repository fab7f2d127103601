// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The filters that are measured: what people type, compiled by libpcap. The hosts
 * and ports of the two long ones are known to the traffic too, or nothing would
 * match them.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define TLS_OR_WEB	"tcp port 443 or tcp port 80"

/* NULL as expression: made by a function below. */
static const struct filter table[] = {
	{ "accept all", "", 1 },
	{ "ip", "ip", 1 },
	{ "tcp port 80", "tcp port 80", 1 },
	{ "host and port", "host 10.0.0.1 and tcp port 443", 1 },
	{ "syn no ack", "tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn", 1 },
	{ "net not 22", "net 10.0.0.0/8 and not port 22", 1 },
	{ "50 hosts", NULL, 1 },
	{ "200 ports", NULL, 1 },
	{ "udp port 53", "udp port 53", 1 },
	{ "ip6 https", "ip6 and tcp dst port 443", 1 },
	/* All but one's own session, the filter of everyone who captures over ssh. */
	{ "not my ssh", "not (host 10.0.0.1 and tcp port 22)", 1 },
	{ "http get", "tcp dst port 80 and tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420", 1 },
	{ "dns answers", "udp src port 53 and udp[10] & 0x80 != 0", 1 },
	{ "fragments", "ip[6:2] & 0x3fff != 0", 1 },
	{ "noise", "arp or icmp or icmp6 or ether multicast", 1 },
	{ "vlan https", "vlan 100 and tcp port 443", 1 },
	{ "mpls web", "mpls and (" TLS_OR_WEB ")", 1 },
	{ "pppoe host", "pppoes and (host 10.0.0.1 or net 192.168.0.0/16)", 1 },
	/* What a program gets that does not ask libpcap to optimise. */
	{ "raw web", "tcp port 80 or udp port 53", 0 },
	{ "raw net", "src net 10.0.0.0/8 and (" TLS_OR_WEB ") and greater 100", 0 },
};

/**
 * filters_host() - an address that "50 hosts" looks for
 * @index: below BENCH_HOSTS
 *
 * Return: IPv4 address in host byte order: half of them in 10.0.0.0/8, half not.
 */
u32 filters_host(u32 index)
{
	u32 spread = (index + 1) * 0x9e3779b1U;

	if (index % 2)
		return 0x0a000000 | (spread >> 12 & 0xff) << 8 | (index + 2);
	return 0xc6120000 | spread >> 16;	/* 198.18.0.0/15 is for benchmarks */
}

/**
 * filters_port() - a port that "200 ports" looks for
 * @index: below BENCH_PORTS
 *
 * Return: no two alike, none of the most usual ones.
 */
u16 filters_port(u32 index)
{
	return 1000 + index * 241 + (index * index) % 97;
}

/* "first or second or ..." */
static char *any_of(u32 count, void (*one)(FILE *to, u32 index))
{
	char *expression;
	size_t size;
	FILE *to = open_memstream(&expression, &size);

	for (u32 i = 0; i < count; i++) {
		fputs(i ? " or " : "", to);
		one(to, i);
	}
	fclose(to);
	return expression;
}

static void one_host(FILE *to, u32 index)
{
	u32 host = filters_host(index);

	fprintf(to, "host %u.%u.%u.%u", host >> 24, host >> 16 & 0xff, host >> 8 & 0xff,
		host & 0xff);
}

static void one_port(FILE *to, u32 index)
{
	fprintf(to, "port %u", filters_port(index));
}

static void compile(struct filter *filter, pcap_t *pcap)
{
	u32 where = 0;
	int err;

	if (!filter->expression)
		filter->expression = !strcmp(filter->name, "50 hosts") ?
			any_of(BENCH_HOSTS, one_host) : any_of(BENCH_PORTS, one_port);
	if (pcap_compile(pcap, &filter->program, filter->expression, filter->optimize,
			 PCAP_NETMASK_UNKNOWN))
		die(1, "libpcap refuses \"%s\": %s", filter->expression, pcap_geterr(pcap));
	err = cbpf_validate((const void *)filter->program.bf_insns, filter->program.bf_len,
			    &where);
	if (err)
		die(1, "%s: %s at %u", filter->name, cbpf_strerror(err), where);
}

/**
 * filters_make() - the filters, compiled by libpcap for Ethernet
 * @pattern: shell pattern of names
 * @count: where to store how many there are
 *
 * Return: an array to be kept until the end. None at all: the program ends.
 */
struct filter *filters_make(const char *pattern, u32 *count)
{
	struct filter *filters = calloc(ARRAY_SIZE(table), sizeof(*filters));
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, BENCH_SNAPLEN);
	u32 n = 0;

	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		if (fnmatch(pattern, table[i].name, 0))
			continue;
		filters[n] = table[i];
		compile(&filters[n++], pcap);
	}
	pcap_close(pcap);
	if (!n)
		die(2, "no filter is named \"%s\"", pattern);
	*count = n;
	return filters;
}
