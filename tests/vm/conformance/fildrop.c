// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 6.5: OpenBSD's filter drop: packets that match are kept from the stack.  What the
 * stack gets is what a packet socket for this type of frame receives.
 */
#include "conf.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>

static int wire, stack;

/* A descriptor on w0 that drops in this way, with such a read filter. */
static int dropping(unsigned int mode, const struct bpf_program *prog)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET,
				    .sll_protocol = htons(FRAME_TYPE) };
	int fd;

	wire = wire_up("w0");
	stack = must(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0));
	addr.sll_ifindex = if_nametoindex("w0");
	must(bind(stack, (void *)&addr, sizeof(addr)));
	fd = bpf_on("w0", 0);
	must(ioctl(fd, BIOCSETF, prog));
	want(bpf_set(fd, BIOCSFILDROP, mode), 0);
	return fd;
}

static void arrives(uint32_t serial)
{
	uint8_t frame[60];

	frame_make(frame, 60, serial);
	wire_receive(wire, frame, 60);
}

/* How many packets the stack has got. */
static int passed(void)
{
	char frame[2000];
	int n = 0;

	while (recv(stack, frame, sizeof(frame), 0) > 0)
		n++;
	return n;
}

/* Frames 1, 2, 3 come in; odd ones match. */
static void mode(const struct row *r)
{
	int fd = dropping(r->a, ODD_ONLY(60));
	ssize_t len;

	for (int i = 1; i <= 3; i++)
		arrives(i);
	want(passed(), r->b);
	len = take(fd);
	want(len < 0 ? 0 : record_count(data, len), r->c);
	want(recv_count(fd), 3);
	want(drop_count(fd), 0);
}

static void capt(const struct row *r)
{
	struct bpf_stat64 st;
	int fd = dropping(r->a, ODD_ONLY(60));

	for (int i = 1; i <= 3; i++)
		arrives(i);
	must(ioctl(fd, BIOCGSTATS64, &st));
	want(st.bs_capt, 2);
}

static void no_filter(const struct row *r)
{
	struct bpf_program none = {};
	int fd = dropping(BPF_FILDROP_CAPTURE, &none);

	(void)r;
	arrives(1);
	want(passed(), 0);
	want(take(fd), ONE_FRAME);
}

static void any_of_them(const struct row *r)
{
	int fd = dropping(BPF_FILDROP_PASS, ODD_ONLY(60)), other = bpf_on("w0", 0);

	(void)r;
	must(ioctl(other, BIOCSETF, ODD_ONLY(60)));
	must(bpf_set(other, BIOCSFILDROP, BPF_FILDROP_DROP));
	for (int i = 1; i <= 3; i++)
		arrives(i);
	want(passed(), 1);
	/* who captures still captures */
	want(record_count(data, take(fd)), 2);
	want_errno(take(other), EAGAIN);
}

static void sent(const struct row *r)
{
	int fd = dropping(r->a, ODD_ONLY(60)), other = bpf_on("w0", 0);
	uint8_t frame[2000];

	must(ioctl(fd, BIOCFLUSH));
	frame_send(other, 60, 1);
	want(wire_sent(wire, frame, sizeof(frame)), 60);
	want(take(fd), ONE_FRAME);
}

static void direction(const struct row *r)
{
	int fd = dropping(BPF_FILDROP_CAPTURE, ODD_ONLY(60));

	(void)r;
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_OUT));
	arrives(1);
	want(passed(), 1);
}

static void closed(const struct row *r)
{
	int fd = dropping(BPF_FILDROP_DROP, ODD_ONLY(60));

	(void)r;
	arrives(1);
	want(passed(), 0);
	must(close(fd));
	arrives(1);
	want(passed(), 1);
}

static void off_again(const struct row *r)
{
	int fd = dropping(BPF_FILDROP_DROP, ODD_ONLY(60));

	(void)r;
	arrives(1);
	must(bpf_set(fd, BIOCSFILDROP, BPF_FILDROP_PASS));
	arrives(1);
	want(passed(), 1);
	want(recv_count(fd), 2);
}

static void elsewhere(const struct row *r)
{
	int fd = dropping(BPF_FILDROP_DROP, ODD_ONLY(60));

	(void)r;
	must(bpf_setif(fd, "d0"));
	arrives(1);
	want(passed(), 1);
}

static void before_setif(const struct row *r)
{
	int fd = fresh(), other = dropping(BPF_FILDROP_PASS, ODD_ONLY(60));

	(void)r;
	must(close(other));
	must(bpf_set(fd, BIOCSFILDROP, BPF_FILDROP_DROP));
	must(bpf_setif(fd, "w0"));
	arrives(1);
	want(passed(), 0);
}

static void full(const struct row *r)
{
	int fd = dropping(BPF_FILDROP_CAPTURE, ODD_ONLY(60));

	(void)r;
	for (int i = 0; i < 120; i++)
		arrives(1);
	want_true(drop_count(fd) > 0);
	want(passed(), 0);
}

static void seen_by_readers(const struct row *r)
{
	int fd = dropping(BPF_FILDROP_CAPTURE, ODD_ONLY(60)), other = bpf_on("w0", 0);

	(void)r;
	(void)fd;
	arrives(1);
	want(take(other), ONE_FRAME);
	want(recv_count(other), 1);
}

static void value(const struct row *r)
{
	int fd = fresh();

	want(bpf_set(fd, BIOCSFILDROP, r->a), 0);
	want(get(fd, BIOCGFILDROP), r->a);
}

static void invalid(const struct row *r)
{
	int fd = fresh();

	must(bpf_set(fd, BIOCSFILDROP, 2));
	want_errno(bpf_set(fd, BIOCSFILDROP, r->a), EINVAL);
	want(get(fd, BIOCGFILDROP), 2);
}

static void flag(const struct row *r)
{
	int fd = fresh();

	(void)r;
	must(bpf_set(fd, BIOCSFILDROP, 1));
	want(proc_field("Flags", 0)[9], 'd');
}

static const struct row rows[] = {
	{ "6.5", "OpenBSD", "SFILDROP 0 is PASS", value, .a = 0 },
	{ "6.5", "OpenBSD", "SFILDROP 1 is CAPTURE", value, .a = 1 },
	{ "6.5", "OpenBSD", "SFILDROP 2 is DROP", value, .a = 2 },
	{ "6.5", "OpenBSD", "SFILDROP 3 is EINVAL", invalid, .a = 3 },
	{ "6.5", "OpenBSD", "SFILDROP 0xffffffff is EINVAL", invalid, .a = 0xffffffff },
	{ "6.5", "OpenBSD", "PASS: captured, and the stack gets all", mode, .a = 0, .b = 3, .c = 2 },
	{ "6.5", "OpenBSD", "CAPTURE: captured, and kept from the stack", mode,
	  .a = 1, .b = 1, .c = 2 },
	{ "6.5", "OpenBSD", "DROP: neither", mode, .a = 2, .b = 1, .c = 0 },
	{ "6.5", "ours", "CAPTURE: counted as captured", capt, .a = 1 },
	{ "6.5", "ours", "DROP: counted as captured, not as dropped", capt, .a = 2 },
	{ "6.5", "ours", "without a filter everything matches", no_filter },
	{ "6.5", "OpenBSD", "any descriptor that matches is enough; others still capture",
	  any_of_them },
	{ "6.5", "ours", "what is sent is captured and never dropped: CAPTURE", sent, .a = 1 },
	{ "6.5", "ours", "what is sent is captured and never dropped: DROP", sent, .a = 2 },
	{ "6.5", "ours", "a packet that the direction hides does not match", direction },
	{ "6.5", "ours", "close ends it", closed },
	{ "6.5", "OpenBSD", "PASS ends it", off_again },
	{ "6.5", "ours", "SETIF elsewhere ends it there", elsewhere },
	{ "6.5", "ours", "it may be set before SETIF", before_setif },
	{ "6.5", "ours", "a packet without room is still kept from the stack", full },
	{ "6.5", "ours", "a packet that is kept is seen by other descriptors, once",
	  seen_by_readers },
	{ "ours", "ours", "/proc/net/bpf shows it: flag d", flag },
};

SECTION(fildrop, "filter drop");
