// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * 2.3: what becomes of a descriptor when its interface goes away, goes down or is
 * renamed.
 */
#include "conf.h"

/* An interface whose descriptor is returned; link_del("x0") ends it. */
static int doomed(uint32_t blen)
{
	want_true(link_add("x0", "dummy"));
	if_up("x0");
	return bpf_on("x0", blen);
}

static void gone_ioctl(const struct row *r)
{
	int fd = doomed(0);

	link_del("x0");
	want_errno(ioctl(fd, r->a, data), EINVAL);
}

static void gone_read(const struct row *r)
{
	int fd = doomed(0);

	(void)r;
	link_del("x0");
	want_errno(read(fd, data, SIZE), ENXIO);
	want_errno(read(fd, data, SIZE), ENXIO);
}

static void gone_read_size(const struct row *r)
{
	int fd = doomed(0);

	(void)r;
	link_del("x0");
	want_errno(read(fd, data, SIZE - 1), EINVAL);
}

static void gone_hold_store(const struct row *r)
{
	int fd = doomed(TWO);

	(void)r;
	send_frames(fd, 3);
	link_del("x0");
	want(read(fd, data, TWO), TWO_FRAMES);
	want(read(fd, data, TWO), ONE_FRAME);
	want_errno(read(fd, data, TWO), ENXIO);
}

static void gone_sleeper(const struct row *r)
{
	struct call c = { .fd = doomed(0), .len = SIZE };

	(void)r;
	call_start(&c);
	link_del("x0");
	want_true(call_end(&c));
	want(c.ret, -1);
	want(c.err, ENXIO);
}

static void gone_sleeper_data(const struct row *r)
{
	struct call c = { .fd = doomed(0), .len = SIZE };

	(void)r;
	call_start(&c);
	frame_send(c.fd, 60, 1);
	link_del("x0");
	want_true(call_end(&c));
	want(c.ret, ONE_FRAME);
}

static void gone_write(const struct row *r)
{
	int fd = doomed(0);

	(void)r;
	link_del("x0");
	want_errno(write(fd, data, 60), ENXIO);
}

static void gone_poll(const struct row *r)
{
	int fd = doomed(0);

	(void)r;
	link_del("x0");
	want(polled(fd, 0), POLLHUP | POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM);
}

static void gone_poller(const struct row *r)
{
	struct call c = { .fd = doomed(0), .events = POLLIN };

	(void)r;
	call_start(&c);
	link_del("x0");
	want_true(call_end(&c));
	want(c.revents, POLLIN | POLLHUP);
}

static void gone_rebind(const struct row *r)
{
	int fd = doomed(0);

	(void)r;
	frame_send(fd, 60, 1);
	link_del("x0");
	want(bpf_setif(fd, "d0"), 0);
	want(bpf_buffered(fd), 0);
	frame_send(fd, 60, 2);
	want(take(fd), ONE_FRAME);
}

static void gone_sblen(const struct row *r)
{
	int fd = doomed(0);

	(void)r;
	link_del("x0");
	want(bpf_set(fd, BIOCSBLEN, 8000), 0);
	want(get(fd, BIOCGBLEN), 8000);
}

static void gone_promisc(const struct row *r)
{
	int fd = doomed(0);

	(void)r;
	must(ioctl(fd, BIOCPROMISC, NULL));
	link_del("x0");
	must(bpf_setif(fd, "d0"));
	want(promiscuity("d0"), 0);
	want(ioctl(fd, BIOCPROMISC, NULL), 0);
	want(promiscuity("d0"), 1);
}

static void gone_flush(const struct row *r)
{
	int fd = doomed(0);

	(void)r;
	frame_send(fd, 60, 1);
	link_del("x0");
	want(ioctl(fd, BIOCFLUSH), 0);
	want_errno(read(fd, data, SIZE), ENXIO);
}

static void gone_state(const struct row *r)
{
	int fd = doomed(0);

	(void)r;
	must(bpf_set(fd, BIOCSHDRCMPLT, 1));
	must(bpf_set(fd, BIOCSDIRECTION, BPF_D_OUT));
	link_del("x0");
	want(get(fd, BIOCGHDRCMPLT), 1);
	want(get(fd, BIOCGDIRECTION), BPF_D_OUT);
}

static void moved(const struct row *r)
{
	int fd, other, here = must(open("/proc/self/ns/net", O_RDONLY));
	char path[64];

	(void)r;
	must(unshare(CLONE_NEWNET));
	other = must(open("/proc/self/ns/net", O_RDONLY));
	must(setns(here, CLONE_NEWNET));
	fd = doomed(0);
	snprintf(path, sizeof(path), "ip link set x0 netns /proc/%d/fd/%d", getpid(), other);
	sh("%s", path);
	want_errno(read(fd, data, SIZE), ENXIO);
	want_errno(write(fd, data, 60), ENXIO);
}

static void down_read(const struct row *r)
{
	struct call c = { .fd = on(), .len = SIZE };

	(void)r;
	must(bpf_set(c.fd, BIOCIMMEDIATE, 1));
	call_start(&c);
	if_down("d0");
	want(polled(c.fd, 0), POLLOUT | POLLWRNORM);
	if_up("d0");
	frame_send(c.fd, 60, 7);
	want_true(call_end(&c));
	want(c.ret, ONE_FRAME);
}

static void renamed(const struct row *r)
{
	int fd = on();

	(void)r;
	link_rename("d0", "new0");
	frame_send(fd, 60, 1);
	want(take(fd), ONE_FRAME);
}

static void name_again(const struct row *r)
{
	int fd = doomed(0), other;

	(void)r;
	link_del("x0");
	other = doomed(0);
	frame_send(other, 60, 1);
	want(bpf_buffered(fd), 0);
	want_errno(write(fd, data, 60), ENXIO);
}

#define GONE(name)							\
	{ "2.3", "FreeBSD", "interface gone: " #name " is EINVAL", gone_ioctl, .a = BIOC##name }

static const struct row rows[] = {
	GONE(GETIF),
	GONE(GDLT),
	GONE(GDLTLIST),
	GONE(SDLT),
	GONE(PROMISC),
	{ "2.3", "FreeBSD", "interface gone, nothing buffered: read is ENXIO, again and again",
	  gone_read },
	{ "2.3", "FreeBSD", "interface gone: a read of the wrong size is still EINVAL",
	  gone_read_size },
	{ "2.3", "ours", "interface gone: hold, then store are read, then ENXIO",
	  gone_hold_store, "FreeBSD leaves what is in the store buffer unread" },
	{ "2.3", "FreeBSD", "interface gone: a sleeping read is woken, ENXIO", gone_sleeper },
	{ "2.3", "OpenBSD", "interface gone: a sleeping read gets what is left",
	  gone_sleeper_data, "FreeBSD leaves it in the store buffer and says ENXIO" },
	{ "2.3", "FreeBSD", "interface gone: write is ENXIO", gone_write },
	{ "2.3", "FreeBSD", "interface gone: poll says hang-up, readable, writable", gone_poll },
	{ "2.3", "FreeBSD", "interface gone: a sleeping poll is woken", gone_poller },
	{ "2.3", "FreeBSD", "the descriptor can be bound again; old data is discarded",
	  gone_rebind },
	{ "2.3", "FreeBSD", "interface gone: SBLEN is legal again", gone_sblen },
	{ "2.3", "ours", "PROMISC works on the next interface", gone_promisc,
	  "FreeBSD forgets to clear its flag, so PROMISC does nothing there" },
	{ "2.3", "FreeBSD", "interface gone: FLUSH discards what is left", gone_flush },
	{ "2.3", "FreeBSD", "interface gone: settings stay", gone_state },
	{ "2.3", "ours", "an interface that moves to another network namespace is gone", moved },
	{ "2.3", "all", "down is not gone: a reader sleeps on and gets the next packet",
	  down_read },
	{ "2.3", "all", "a rename keeps the binding", renamed },
	{ "2.3", "all", "a new interface of the old name is another one", name_again },
};

SECTION(gone, "interface gone");
