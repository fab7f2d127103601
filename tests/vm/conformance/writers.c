// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 6.4: descriptors that only write, which receive and count nothing until they show
 * that they want to read.
 */
#include "conf.h"

/* Does it receive what another one sends? */
static bool receives(int fd)
{
	int other = bpf_on("d0", 0);
	uint32_t before = recv_count(fd);

	frame_send(other, 60, 1);
	must(close(other));
	return recv_count(fd) != before;
}

static int optimized(void)
{
	want(sysctl_set("optimize_writers", "1"), 0);
	return on();
}

static void off(const struct row *r)
{
	(void)r;
	want_true(receives(on()));
}

static void writer(const struct row *r)
{
	int fd = optimized();

	(void)r;
	want_true(!receives(fd));
	want(bpf_buffered(fd), 0);
	want(write(fd, data, 60), 60);
}

static void write_only(const struct row *r)
{
	int fd = bpf_open(O_WRONLY);

	(void)r;
	must(bpf_setif(fd, "d0"));
	want_true(!receives(fd));
	want(write(fd, data, 60), 60);
	want(recv_count(fd), 0);
}

static void write_only_promoted(const struct row *r)
{
	int fd = bpf_open(O_WRONLY);

	(void)r;
	must(bpf_setif(fd, "d0"));
	must(ioctl(fd, BIOCSETF, ODD_ONLY(60)));
	want_true(receives(fd));
}

static void setf(const struct row *r)
{
	int fd = optimized();

	(void)r;
	must(ioctl(fd, BIOCSETF, ODD_ONLY(60)));
	want_true(receives(fd));
}

static void setfnr(const struct row *r)
{
	int fd = optimized();

	(void)r;
	must(ioctl(fd, BIOCSETFNR, PROGRAM(RET(60))));
	want_true(receives(fd));
}

static void snap_twice(const struct row *r)
{
	int fd = optimized();

	(void)r;
	must(ioctl(fd, BIOCSETF, PROGRAM(RET(262144))));
	want_true(!receives(fd));
	must(ioctl(fd, BIOCSETF, PROGRAM(RET(262144))));
	want_true(receives(fd));
}

static void snap_then_filter(const struct row *r)
{
	int fd = optimized();

	(void)r;
	must(ioctl(fd, BIOCSETF, PROGRAM(RET(262144))));
	must(ioctl(fd, BIOCSETF, ODD_ONLY(60)));
	want_true(receives(fd));
}

static void empty(const struct row *r)
{
	struct bpf_program none = {};
	int fd = optimized();

	for (int i = 0; i < 3; i++)
		want(ioctl(fd, r->a, &none), 0);
	want_true(!receives(fd));
}

static void other_commands(const struct row *r)
{
	int fd = optimized();

	(void)r;
	must(ioctl(fd, BIOCSETWF, ODD_ONLY(60)));
	must(ioctl(fd, BIOCFLUSH));
	must(bpf_set(fd, BIOCIMMEDIATE, 1));
	must(ioctl(fd, BIOCPROMISC, NULL));
	want_true(!receives(fd));
}

static void reattach(const struct row *r)
{
	int fd = optimized();

	(void)r;
	must(ioctl(fd, BIOCSETF, ODD_ONLY(60)));
	want_true(receives(fd));
	must(bpf_setif(fd, "lo"));
	must(bpf_setif(fd, "d0"));
	want_true(!receives(fd));
}

static void only_at_attach(const struct row *r)
{
	int before = on(), fd;

	(void)r;
	fd = optimized();
	want_true(receives(before));
	want(sysctl_set("optimize_writers", "0"), 0);
	want_true(!receives(fd));
}

static void shown(const struct row *r)
{
	int fd = optimized();

	(void)r;
	want(proc_field("Flags", 0)[7], 'w');
	must(ioctl(fd, BIOCSETF, ODD_ONLY(60)));
	want(proc_field("Flags", 0)[7], '-');
}

static void feedback_hidden(const struct row *r)
{
	int fd = optimized();

	(void)r;
	frame_send(fd, 60, 1);
	want(recv_count(fd), 0);
	want(bpf_buffered(fd), 0);
}

static void failed(const struct row *r)
{
	int fd = optimized();

	(void)r;
	want_errno(ioctl(fd, BIOCSETF, PROGRAM(STMT(0xff, 0), RET(1))), EINVAL);
	want_true(!receives(fd));
}

static int fanout(int fd, uint32_t mode)
{
	struct bpf_fanout fanout = { 7, mode };

	return ioctl(fd, BIOCSFANOUT, &fanout);
}

static void fanout_promotes(const struct row *r)
{
	int fd = bpf_open(O_WRONLY);

	(void)r;
	must(bpf_setif(fd, "d0"));
	want(fanout(fd, BPF_FANOUT_RR), 0);
	want(proc_field("Flags", 0)[7], '-');
	want_true(receives(fd));
}

static void fanout_unattached(const struct row *r)
{
	int fd = bpf_open(O_WRONLY);

	(void)r;
	want_errno(fanout(fd, BPF_FANOUT_RR), EINVAL);
	want(proc_field("Flags", 0)[7], 'w');
	must(bpf_setif(fd, "d0"));
	want(proc_field("Flags", 0)[7], 'w');
	want_true(!receives(fd));
}

static void fanout_failed(const struct row *r)
{
	int fd = bpf_open(O_WRONLY), member;

	must(bpf_setif(fd, "d0"));
	member = on();
	want(fanout(member, BPF_FANOUT_RR), 0);
	want_errno(fanout(fd, r->a), EINVAL);
	must(close(member));
	want(proc_field("Flags", 0)[7], 'w');
	want_true(!receives(fd));
}

static const struct row rows[] = {
	{ "6.4", "FreeBSD", "optimize_writers 0, the default: everybody receives", off },
	{ "6.4", "FreeBSD", "optimize_writers 1 at attach: it writes and receives nothing",
	  writer },
	{ "6.4", "FreeBSD", "it does not see its own packets either", feedback_hidden },
	{ "6.4", "FreeBSD", "opened write-only: the same, whatever the sysctl", write_only },
	{ "6.4", "FreeBSD", "opened write-only: a filter promotes it", write_only_promoted },
	{ "6.4", "FreeBSD", "SETF of a program that is not a single RET K promotes", setf },
	{ "6.4", "FreeBSD", "SETFNR promotes, also a single RET K", setfnr },
	{ "6.4", "FreeBSD", "SETF of a single RET K does not promote, a second one does",
	  snap_twice },
	{ "6.4", "FreeBSD", "libpcap: snap length, then a filter: promoted", snap_then_filter },
	{ "6.4", "FreeBSD", "SETF of length 0 never promotes", empty, .a = BIOCSETF },
	{ "6.4", "FreeBSD", "SETFNR of length 0 never promotes", empty, .a = BIOCSETFNR },
	{ "6.4", "FreeBSD", "a SETF that fails does not promote", failed },
	{ "6.4", "FreeBSD", "nothing else promotes: SETWF, FLUSH, IMMEDIATE, PROMISC",
	  other_commands },
	{ "6.4", "FreeBSD", "attaching again demotes, in spite of the filter", reattach },
	{ "6.4", "FreeBSD", "the sysctl is looked at when attaching", only_at_attach },
	{ "6.4", "ours", "/proc/net/bpf shows it: flag w", shown },
	{ "6.4", "ours", "SFANOUT promotes", fanout_promotes },
	{ "6.4", "ours", "a SFANOUT that fails does not promote: no interface", fanout_unattached },
	{ "6.4", "ours", "a SFANOUT that fails does not promote: another mode than the group's",
	  fanout_failed, .a = BPF_FANOUT_HASH },
	{ "6.4", "ours", "a SFANOUT that fails does not promote: no such mode", fanout_failed,
	  .a = 99 },
};

SECTION(writers, "writers");
