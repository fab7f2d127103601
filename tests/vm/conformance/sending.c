// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 4: what becomes of a frame that may be written: write filters, feedback, its
 * 802.1p priority, counters.
 */
#include "conf.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>

static uint8_t frame[2000];

/* Write filters. */
static void wfilter(const struct row *r)
{
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCSETWF, ODD_ONLY(60)));
	frame_make(frame, 60, 1);
	want(write(fd, frame, 60), 60);
	frame_make(frame, 60, 2);
	want_errno(write(fd, frame, 60), EPERM);
	want(recv_count(fd), 1);
}

static void wfilter_snap(const struct row *r)
{
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCSETWF, PROGRAM(RET(1))));
	want(write(fd, frame, 60), 60);
	want(nth(take(fd), 0)->bh_datalen, 60);
}

/* The byte of the source address that the writer wrote, not the interface's. */
static void wfilter_source(const struct row *r)
{
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCSETWF, PROGRAM(STMT(BPF_LD | BPF_W | BPF_ABS, 8),
					  JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x99, 0, 1),
					  RET(1), RET(0))));
	frame_make(frame, 60, 1);
	want(write(fd, frame, 60), 60);
	frame[11] = 0x98;
	want_errno(write(fd, frame, 60), EPERM);
}

static void wfilter_length(const struct row *r)
{
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCSETWF, PROGRAM(STMT(BPF_LD | BPF_W | BPF_LEN, 0),
					  JUMP(BPF_JMP | BPF_JEQ | BPF_K, 100, 0, 1),
					  RET(1), RET(0))));
	want(write(fd, frame, 100), 100);
	want_errno(write(fd, frame, 101), EPERM);
}

static void wfilter_fault(const struct row *r)
{
	int fd = on();

	(void)r;
	must(ioctl(fd, BIOCSETWF, PROGRAM(RET(0))));
	want_errno(write(fd, edge_alloc(0), 60), EFAULT);
	want_errno(write(fd, edge_alloc(0), 5), EMSGSIZE);
	want(write(fd, frame, 0), 0);
}

static void wfilter_unattached(const struct row *r)
{
	int fd = fresh();

	(void)r;
	must(ioctl(fd, BIOCSETWF, PROGRAM(RET(0))));
	want_errno(write(fd, frame, 60), ENXIO);
}

/* Feedback. */
static void feedback(const struct row *r)
{
	int wire = wire_up("w0"), fd = bpf_on("w0", 0), in = bpf_on("w0", 0);
	int out = bpf_on("w0", 0);
	uint8_t sent[2000];

	must(bpf_set(in, BIOCSDIRECTION, BPF_D_IN));
	must(bpf_set(out, BIOCSDIRECTION, BPF_D_OUT));
	must(bpf_set(fd, BIOCSDIRECTION, r->a));
	must(bpf_set(fd, BIOCFEEDBACK, r->b));
	frame_make(frame, 60, 1);
	want(write(fd, frame, 60), 60);
	want(wire_sent(wire, sent, sizeof(sent)), 60);
	wait_until(recv_count(in) == r->b);
	want(recv_count(in), r->b);
	want(recv_count(out), r->c);
}

static void feedback_once(const struct row *r)
{
	int fd;

	(void)r;
	wire_up("w0");
	fd = bpf_on("w0", 0);
	must(bpf_set(fd, BIOCFEEDBACK, 1));
	frame_send(fd, 60, 1);
	wait_until(recv_count(fd));
	sleep_ms(20);
	want(recv_count(fd), 1);
}

/* The stack gets it: a packet socket sees it as received. */
static void feedback_stack(const struct row *r)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET,
				    .sll_protocol = htons(FRAME_TYPE) };
	struct timeval patience = { 5, 0 };
	socklen_t len = sizeof(addr);
	int fd, sock;

	(void)r;
	wire_up("w0");
	fd = bpf_on("w0", 0);
	sock = must(socket(AF_PACKET, SOCK_RAW, 0));
	addr.sll_ifindex = if_nametoindex("w0");
	must(bind(sock, (void *)&addr, sizeof(addr)));
	must(setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)));
	must(bpf_set(fd, BIOCFEEDBACK, 1));
	frame_send(fd, 60, 1);
	want(recvfrom(sock, data, SIZE, 0, (void *)&addr, &len), 60);
	want_true(addr.sll_pkttype != PACKET_OUTGOING);
}

/* A frame written on w0.5 with this priority: the PCP on the wire below. */
static void pcp_vlan(const struct row *r)
{
	int wire = wire_up("w0"), below = bpf_on("w0", 0), fd;
	const uint8_t *tag;

	(void)wire;
	vlan_add("w0", 5, 6);
	fd = bpf_on("w0.5", 0);
	must(bpf_set(fd, BIOCSETVLANPCP, r->a));
	frame_send(fd, 60, 1);
	wait_until(recv_count(below));
	tag = record_data(nth(take(below), 0)) + 12;
	want(tag[0] << 8 | tag[1], 0x8100);
	want(tag[2] >> 5, r->b);
	want((tag[2] & 15) << 8 | tag[3], 5);
}

/* A frame with a tag of its own. */
static void pcp_tag(const struct row *r)
{
	const uint8_t *tag;
	int fd = on();

	must(bpf_set(fd, BIOCSETVLANPCP, r->a));
	frame_make(frame, 64, 1);
	frame[12] = r->c >> 8;
	frame[13] = r->c;
	memcpy(frame + 14, "\x50\5", 2);	/* PCP 2, DEI, VLAN 5 */
	want(write(fd, frame, 64), 64);
	tag = record_data(nth(take(fd), 0)) + 12;
	want(tag[0] << 8 | tag[1], r->c);
	want(tag[2], r->b << 5 | 0x10);
	want(tag[3], 5);
}

static void counts(const struct row *r)
{
	int fd = on();

	must(ioctl(fd, BIOCSETWF, ODD_ONLY(60)));
	for (int i = 1; i <= 5; i++) {
		frame_make(frame, 60, i);
		(void)!write(fd, frame, 60);
	}
	want(atoi(proc_field(r->p, 0)), r->a);
}

static const struct row rows[] = {
	{ "4", "FreeBSD", "write filter: EPERM if it returns 0, nothing is sent", wfilter },
	{ "4", "FreeBSD", "write filter: its snap length does not cut (OpenBSD: EPERM)",
	  wfilter_snap },
	{ "4", "FreeBSD", "write filter: it sees the source address as written",
	  wfilter_source },
	{ "4", "FreeBSD", "write filter: its length is the frame's", wfilter_length },
	{ "4", "FreeBSD", "write filter: asked last, after EMSGSIZE and EFAULT", wfilter_fault },
	{ "4", "FreeBSD", "write filter: unattached is still ENXIO", wfilter_unattached },
	{ "4", "FreeBSD", "feedback off: sent, seen as outgoing only", feedback,
	  .a = BPF_D_INOUT, .b = 0, .c = 1 },
	{ "4", "FreeBSD", "feedback: a copy is received; INOUT hides the outgoing one",
	  feedback, .a = BPF_D_INOUT, .b = 1, .c = 0 },
	{ "4", "FreeBSD", "feedback, direction IN: the outgoing one is seen, too", feedback,
	  .a = BPF_D_IN, .b = 1, .c = 1 },
	{ "4", "FreeBSD", "feedback, direction OUT: the outgoing one is seen, too", feedback,
	  .a = BPF_D_OUT, .b = 1, .c = 1 },
	{ "4", "FreeBSD", "feedback, INOUT: the writer sees its packet once", feedback_once },
	{ "4", "FreeBSD", "feedback: the stack receives the copy", feedback_stack },
	{ "4", "FreeBSD", "SETVLANPCP 1: a VLAN interface's map makes it PCP 6", pcp_vlan,
	  .a = 1, .b = 6 },
	{ "4", "FreeBSD", "SETVLANPCP 0: off", pcp_vlan, .a = 0, .b = 0 },
	{ "4", "ours", "SETVLANPCP 5: the PCP of a tag that is written, 802.1Q", pcp_tag,
	  .a = 5, .b = 5, .c = 0x8100 },
	{ "4", "ours", "SETVLANPCP 5: the PCP of a tag that is written, 802.1ad", pcp_tag,
	  .a = 5, .b = 5, .c = 0x88a8 },
	{ "4", "ours", "SETVLANPCP 0: a tag that is written stays as it is", pcp_tag,
	  .a = 0, .b = 2, .c = 0x8100 },
	{ "4", "FreeBSD", "attempts are counted", counts, .p = "Wcount", .a = 5 },
	{ "4", "FreeBSD", "what passed the write filter is counted", counts, .p = "Wmatch",
	  .a = 3 },
	{ "4", "FreeBSD", "failures are counted, those of the write filter, too", counts,
	  .p = "Wdrop", .a = 2 },
};

SECTION(sending, "write filters, feedback, priority");
