// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Filters as people write them: compiled by libpcap, run by the engine and by
 * libpcap's own interpreter over the same packets, cut off at every length.
 * libpcap is the authority here, so the results are not written down; but each
 * expression must tell the packets apart, or it would not test anything.
 */
#include <pcap/pcap.h>

#include "guard.h"
#include "packets.h"
#include "runner.h"
#include "view.h"

#define SNAPLEN		65535

static const char *const expressions[] = {
	"ip",
	"ip6",
	"arp",
	"not ip and not arp",
	"ether proto 0x88cc",
	"ether multicast",
	"ether host 02:00:00:00:00:02",
	"tcp",
	"udp",
	"icmp",
	"icmp6",
	"ip proto 47",
	"port 80",
	"tcp port 80",
	"udp port 53",
	"portrange 1000-2000",
	"tcp src port 443 or udp dst port 547",
	"host 192.0.2.1",
	"ip6 host 2001:db8::1",
	"src net 192.0.2.0/30 and not dst port 22",
	"host 192.0.2.1 and tcp port 80 and not ip6",
	"tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn",
	"tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420",
	"icmp[icmptype] = icmp-echo",
	"ip[6:2] & 0x1fff != 0",
	"ip[6] & 0x20 != 0 and udp port 53",
	"vlan",
	"vlan 7",
	"vlan and tcp port 80",
	"vlan and ip6",
	"vlan and vlan 8",
	"greater 100",
	"less 60",
	"len - 14 = ip[2:2]",
	"ip[2:2] % 7 = 3",
	"ip[0] ^ 0x45 = 0",
	"ip[2:2] / ip[9] > 5",
	"(ip[1] + 1) << ip[9] = 0",
	"-ip[9] & 0xff = 239",
	"udp[4:2] * 2 - 16 > 10",
	"ip[ip[2:2] - 1] = 0x0a",
	"ether[ether[0] * 7] = 0x60",
	"tcp port 80 or udp port 53 or icmp or arp",
};

static struct guard room;

static void set_up(void)
{
	room = guard_alloc(PACKETS_MAXBYTES);
}

static void tear_down(void)
{
	guard_free(&room);
}

/* The engine's result over the first @caplen bytes is libpcap's, @expected. */
static void compare(const struct bpf_program *program, const char *expression,
		    const struct packet *p, u32 caplen, u32 expected)
{
	const struct cbpf_insn *insns = (const void *)program->bf_insns;
	const u32 heads[] = { caplen, 0, caplen / 2, caplen < 14 ? caplen : 14 };

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		bool fetch = i > 0;
		u32 result;

		result = view_run(&room, VIEW_AT_END, insns, program->bf_len,
				  p->bytes, heads[i], caplen, p->len, fetch);
		ck_assert_msg(result == expected,
			      "\"%s\" over %s: %u instead of %u (%u of %u bytes, head of %u)",
			      expression, p->name, result, expected, caplen,
			      p->len, heads[i]);
	}
}

/* Compile one expression and run it over all packets and truncations. */
static void run_expression(const char *expression, int optimize)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN);
	struct bpf_program program;
	u32 kept = 0, where = 0;
	int err;

	ck_assert_ptr_nonnull(pcap);
	ck_assert_msg(!pcap_compile(pcap, &program, expression, optimize,
				    PCAP_NETMASK_UNKNOWN),
		      "\"%s\": %s", expression, pcap_geterr(pcap));
	err = cbpf_validate((const void *)program.bf_insns, program.bf_len,
			    &where);
	ck_assert_msg(!err, "\"%s\": %s at %u", expression, cbpf_strerror(err),
		      where);

	for (unsigned int i = 0; i < packets_count(); i++) {
		struct packet p = packets_make(i);

		for (u32 caplen = 0; caplen <= p.len; caplen++) {
			struct pcap_pkthdr hdr = {
				.caplen = caplen,
				.len = p.len,
			};
			u32 expected;

			expected = pcap_offline_filter(&program, &hdr, p.bytes);
			compare(&program, expression, &p, caplen, expected);
			if (caplen == p.len)
				kept += expected != 0;
		}
	}
	ck_assert_msg(machine_refused == 0, "\"%s\": no native code", expression);
	ck_assert_msg(kept > 0 && kept < packets_count(),
		      "\"%s\" keeps %u of %u packets", expression, kept,
		      packets_count());
	pcap_freecode(&program);
	pcap_close(pcap);
}

START_TEST(optimized)
{
	run_expression(expressions[_i], 1);
}
END_TEST

START_TEST(not_optimized)
{
	run_expression(expressions[_i], 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pcap");
	TCase *compiled = tcase_create("compiled");

	tcase_set_timeout(compiled, 60);
	tcase_add_checked_fixture(compiled, set_up, tear_down);
	tcase_add_loop_test(compiled, optimized, 0, ARRAY_SIZE(expressions));
	tcase_add_loop_test(compiled, not_optimized, 0,
			    ARRAY_SIZE(expressions));
	suite_add_tcase(suite, compiled);
	return run_suite(suite);
}
