// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Zero-copy buffers: how they are set, who owns which of them when, and that
 * nothing waits behind a buffer that has been given back.  All on a dummy interface,
 * where a frame is stored before its write returns; traffic, and programs that do not
 * keep to the rules, are in zbuf_flow.c.
 */
#include "bpf.h"
#include "call.h"
#include "zcopy.h"

#define FRAME 1000			/* bytes; three records fit into a page */
#define RECORD RECORD_SIZE(FRAME)
#define LAST (ETHER_HDRLEN + FRAME)	/* the last record is not padded */
#define FIT 3
#define FULL ((FIT - 1) * RECORD + LAST)

static uint32_t serial;

static void frames(const struct zcopy *z, int n)
{
	while (n--)
		frame_send(z->fd, FRAME, ++serial);
}

/* Is this buffer the program's, with n records, the first of which is this one? */
static bool holds(const struct zcopy *z, int which, int n, uint32_t first)
{
	unsigned int len = zcopy_len(z, which);
	const char *data = zcopy_data(z, which);
	bool all = len == (n - 1) * RECORD + LAST && record_count(data, len) == n;

	for (int i = 0; all && i < n; i++)
		all = record_serial(data, len, i) == first + i;
	if (!all)
		printf("# buffer %d: gen %u/%u, %u bytes, serial %ld, not %u\n", which,
		       zcopy_gen(z, which), zcopy_head(z, which)->bzh_user_gen, len,
		       record_serial(data, len, 0), first);
	return all;
}

static bool counts(const struct zcopy *z, unsigned int recv, unsigned int drop)
{
	struct bpf_stat st = bpf_stats(z->fd);

	if (st.bs_recv != recv || st.bs_drop != drop)
		printf("# recv %u, drop %u\n", st.bs_recv, st.bs_drop);
	return st.bs_recv == recv && st.bs_drop == drop;
}

static void mode(void)
{
	unsigned int value = 0;
	size_t max[2] = { 0, 77 };
	int fd = bpf_open(O_RDWR);

	is_errno(bpf_set(fd, BIOCSETBUFMODE, BPF_BUFMODE_ZBUF), EINVAL,
		 "SETBUFMODE 2 is EINVAL while net.bpf.zerocopy_enable is 0");
	is_errno(ioctl(fd, BIOCGETZMAX, max), EOPNOTSUPP, "GETZMAX without zero copy");
	zcopy_allow(true);
	is_ret(bpf_set(fd, BIOCSETBUFMODE, BPF_BUFMODE_ZBUF), 0, "and works when it is 1");
	must(ioctl(fd, BIOCGETBUFMODE, &value));
	is_ret(value, 2, "GETBUFMODE is 2");
	is_ret(ioctl(fd, BIOCGETZMAX, max), 0, "GETZMAX works");
	ok(max[0] == 512 * zcopy_page() && max[1] == 77, "and is 512 pages, a size_t");
	is_errno(bpf_setif(fd, "d0"), EINVAL, "SETIF without buffers is EINVAL");
	is_ret(bpf_set(fd, BIOCSETBUFMODE, BPF_BUFMODE_BUFFER), 0,
	       "SETBUFMODE 1: back, since there are no buffers");
	is_ret(bpf_setif(fd, "d0"), 0, "and SETIF makes some");
	close(fd);
}

static void setzbuf(void)
{
	size_t page = zcopy_page();
	char *a = zcopy_memory(514 * page), *b = zcopy_memory(514 * page);
	char *ro = zcopy_memory(page), *gone = zcopy_memory(2 * page);
	const struct { const char *what; void *a, *b; size_t len; int err; } rows[] = {
		{ "no first buffer", NULL, b, page, EINVAL },
		{ "no second buffer", a, NULL, page, EINVAL },
		{ "no length", a, b, 0, EINVAL },
		{ "an address inside a page", a + 8, b, page, EINVAL },
		{ "the other address inside a page", a, b + 4095, page, EINVAL },
		{ "half a page", a, b, page / 2, EINVAL },
		{ "a byte more than a page", a, b, page + 1, EINVAL },
		{ "513 pages", a, b, 513 * page, EINVAL },
		{ "all ones for a length", a, b, -page, EINVAL },
		{ "memory that is read-only", ro, b, page, EFAULT },
		{ "the second one read-only", a, ro, page, EFAULT },
		{ "no memory at the end", a, gone, 2 * page, EFAULT },
		{ "the kernel's addresses", (void *)0xffff888000000000, b, page, EFAULT },
	};
	int fd = zcopy_fresh(O_RDWR), other;
	unsigned int size;

	must(mprotect(ro, page, PROT_READ));
	must(munmap(gone + page, page));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		is_errno(zcopy_set(fd, rows[i].a, rows[i].b, rows[i].len), rows[i].err,
			 "SETZBUF: %s", rows[i].what);
	is_ret(zcopy_set(fd, a, b, 512 * page), 0, "SETZBUF: 512 pages, after all that");
	must(ioctl(fd, BIOCGBLEN, &size));
	is_ret(size, 512 * page - 32, "GBLEN is the length without the header");
	is_errno(zcopy_set(fd, a, b, page), EINVAL, "SETZBUF again is EINVAL");
	ok((a[0] | a[31] | b[0] | b[31]) == 0 && (a[32] & 255) == 0xa5,
	   "the headers are zero, the rest is as it was");
	is_errno(bpf_set(fd, BIOCSETBUFMODE, 1), EBUSY, "SETBUFMODE is EBUSY then");
	is_errno(bpf_set(fd, BIOCSBLEN, 8192), EOPNOTSUPP, "SBLEN is EOPNOTSUPP");
	ok(mmap(NULL, 1024 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) ==
	   MAP_FAILED && errno == EINVAL, "mmap is EINVAL");
	is_ret(bpf_setif(fd, "d0"), 0, "SETIF works");
	is_errno(zcopy_set(fd, a, b, page), EINVAL, "SETZBUF is EINVAL when attached");
	close(fd);
	other = zcopy_fresh(O_WRONLY);
	is_errno(zcopy_set(other, a, b, page), EBADF,
		 "who may not read the descriptor gets no buffers either");
	close(other);
	munmap(a, 514 * page);
	munmap(b, 514 * page);
}

static void mapping(void)
{
	size_t page = zcopy_page();
	int fd = bpf_open(O_RDWR), ro;
	unsigned int size;
	char *a, *b;

#define MAPS(len, flags, off) \
	mmap(NULL, len, PROT_READ | PROT_WRITE, flags, fd, off)
#define FAILS(err, len, flags, off, what) \
	ok(MAPS(len, flags, off) == MAP_FAILED && errno == (err), "mmap: %s", what)
	FAILS(ENODEV, 4 * page, MAP_SHARED, 0, "ENODEV without zero copy");
	must(bpf_set(fd, BIOCSETBUFMODE, BPF_BUFMODE_ZBUF));
	is_ret(bpf_set(fd, BIOCSBLEN, 2 * page - 31), 0, "SBLEN works before mmap");
	FAILS(EINVAL, 4 * page, MAP_SHARED, 0, "EINVAL: a page too short");
	FAILS(EINVAL, 7 * page, MAP_SHARED, 0, "EINVAL: a page too long");
	FAILS(EINVAL, 6 * page, MAP_PRIVATE, 0, "EINVAL: private");
	FAILS(EINVAL, 6 * page, MAP_SHARED, page, "EINVAL: another offset");
	must(bpf_set(fd, BIOCSBLEN, 2 * page - 32));
	FAILS(EINVAL, 6 * page, MAP_SHARED, 0, "a byte less to store: a page less");
	a = MAPS(4 * page, MAP_SHARED, 0);
	ok(a != MAP_FAILED, "mmap: both buffers with their headers, in whole pages");
	b = MAPS(4 * page, MAP_SHARED, 0);
	ok(b != MAP_FAILED && a != b, "mmap works again");
	must((long)a);
	a[page + 5] = 77;
	ok(b[page + 5] == 77, "and shows the same memory");
	ok(!a[0] && !a[2 * page] && !a[4 * page - 1], "which was zero");
	must(ioctl(fd, BIOCGBLEN, &size));
	is_ret(size, 2 * page - 32, "GBLEN is what SBLEN has said");
	is_errno(bpf_set(fd, BIOCSBLEN, 4096), EOPNOTSUPP, "SBLEN is EOPNOTSUPP now");
	is_errno(zcopy_set(fd, zcopy_memory(page), zcopy_memory(page), page), EINVAL,
		 "SETZBUF is EINVAL now");
	ok(mremap(a, 4 * page, 8 * page, MREMAP_MAYMOVE) == MAP_FAILED,
	   "the mapping cannot grow");
	must(bpf_setif(fd, "d0"));
	close(fd);
	frame_send(bpf_on("d0", 0), 60, 1);
	ok(proc_lines("d0") == 2, "the mappings hold the descriptor after close");
	munmap(a, page);
	munmap(a + page, 3 * page);
	ok(proc_lines("d0") == 2, "and so does one of them");
	munmap(b, 4 * page);
	ok(wait_until(proc_lines("d0") == 1), "it goes with the last page");
	ro = zcopy_fresh(O_RDONLY);
	ok(mmap(NULL, 4 * page, PROT_READ, MAP_SHARED, ro, 0) == MAP_FAILED &&
	   errno == EINVAL, "mmap: EINVAL if the descriptor is only for reading");
	close_range(3, ~0U, 0);
}

/* What is handed over, when, and that it is what a read gets. */
static void handing(enum zkind kind)
{
	char data[4096];
	struct zcopy z;
	int which, fd;
	ssize_t len;

	zcopy_on(&z, kind, 1, "d0");
	fd = bpf_on("d0", 4096);
	ok(zcopy_rotate(&z, &which) == 0, "ROTZBUF: nothing is stored, all is 0");
	is_errno(read(z.fd, data, z.size - 1), EINVAL, "read: the size is looked at first");
	is_errno(read(z.fd, data, z.size), EOPNOTSUPP, "read: EOPNOTSUPP");
	frames(&z, 2);
	ok(!zcopy_owned(&z, 0) && !zcopy_owned(&z, 1), "two frames: both buffers stay here");
	is_ret(bpf_buffered(z.fd), RECORD + LAST, "FIONREAD counts them");
	is_ret(zcopy_rotate(&z, &which), RECORD + LAST, "ROTZBUF hands them over");
	ok(which == 0 && zcopy_gen(&z, 0) == 1, "in the first buffer, generation 1");
	ok(holds(&z, 0, 2, serial - 1), "two records behind the header");
	len = bpf_drain(fd, data, sizeof(data));
	ok(len == RECORD + LAST && record_count(data, len) == 2 &&
	   !memcmp(data + 16, zcopy_data(&z, 0) + 16, RECORD - 16) &&
	   !memcmp(data + RECORD + 16, zcopy_data(&z, 0) + RECORD + 16, LAST - 16),
	   "byte by byte what read(2) returns, but for the time");
	is_ret(bpf_buffered(z.fd), RECORD + LAST, "FIONREAD counts what is the program's");
	frames(&z, 1);
	ok(zcopy_rotate(&z, &which) == 0 && !zcopy_owned(&z, 1),
	   "ROTZBUF does nothing while the program has a buffer");
	zcopy_ack(&z, 0);
	is_ret(zcopy_rotate(&z, &which), LAST, "given back: ROTZBUF sees it at once");
	ok(which == 1 && holds(&z, 1, 1, serial), "the second buffer is next");
	zcopy_ack(&z, 1);
	is_ret(bpf_buffered(z.fd), 0, "given back: FIONREAD sees it");
	must(ioctl(z.fd, BIOCLOCK));
	frames(&z, 1);
	is_ret(zcopy_rotate(&z, &which), LAST, "ROTZBUF works on a locked descriptor");
	ok(which == 0 && zcopy_gen(&z, 0) == 2 && holds(&z, 0, 1, serial),
	   "the first buffer again, generation 2");
	is_errno(zcopy_set(z.fd, data, data, 4096), EPERM, "SETZBUF is EPERM");
	ok(counts(&z, 4, 0), "nothing was dropped");
	close(fd);
	zcopy_close(&z);
}

/* Both buffers are the program's: drops, until it gives the older one back. */
static void owning(enum zkind kind)
{
	uint32_t first = serial + 1;
	struct zcopy z;

	zcopy_on(&z, kind, 1, "d0");
	frames(&z, FIT);
	ok(!zcopy_owned(&z, 0), "a buffer that is just full stays here");
	frames(&z, 1);
	ok(holds(&z, 0, FIT, first), "a packet that does not fit hands it over");
	frames(&z, FIT - 1);
	ok(!zcopy_owned(&z, 1) && counts(&z, 2 * FIT, 0), "the second one fills up");
	frames(&z, 1);
	ok(holds(&z, 1, FIT, first + FIT) && counts(&z, 2 * FIT + 1, 1),
	   "a packet that is dropped hands the second one over, too");
	frame_send(z.fd, 60, 7);
	ok(counts(&z, 2 * FIT + 2, 2), "no packet is stored then, however short");
	must(bpf_set(z.fd, BIOCSHEADDROP, 1));
	frames(&z, 1);
	ok(counts(&z, 2 * FIT + 3, 3) && holds(&z, 0, FIT, first),
	   "head drop does not take a buffer from the program");
	is_ret(zcopy_rotate(&z, NULL), 0, "ROTZBUF: nothing more to hand over");
	is_ret(bpf_buffered(z.fd), 2 * FULL, "FIONREAD is both");
	zcopy_ack(&z, 1);
	frames(&z, 1);
	ok(counts(&z, 2 * FIT + 4, 4), "the younger one given back first: it waits for the older");
	zcopy_head(&z, 1)->bzh_user_gen = 0;

	zcopy_ack(&z, 0);
	frames(&z, 1);
	ok(counts(&z, 2 * FIT + 5, 4), "given back: the next packet is stored");
	ok(zcopy_gen(&z, 1) == 1 && holds(&z, 1, FIT, first + FIT),
	   "the second buffer is still the program's, without a new generation");
	is_ret(zcopy_rotate(&z, NULL), 0, "so ROTZBUF does nothing");
	zcopy_ack(&z, 1);
	is_ret(zcopy_rotate(&z, NULL), LAST, "until that is given back");
	ok(zcopy_gen(&z, 0) == 2 && holds(&z, 0, 1, serial), "and gives the new packet");
	zcopy_ack(&z, 0);

	/* a reader that never gives back gets drops and nothing else */
	must(ioctl(z.fd, BIOCFLUSH));
	frames(&z, 1000);
	ok(counts(&z, 1000, 1000 - 2 * FIT), "who never gives back gets two buffers of 1000");
	zcopy_ack(&z, 0);
	zcopy_ack(&z, 1);
	is_ret(bpf_buffered(z.fd), 0, "both given back: both are seen");
	frames(&z, 2 * FIT);
	ok(counts(&z, 1000 + 2 * FIT, 1000 - 2 * FIT), "and filled again");
	zcopy_close(&z);
}

/* FreeBSD's stall, and what poll says. */
static void polling(enum zkind kind)
{
	struct call c = { .events = POLLIN };
	struct zcopy z;

	zcopy_on(&z, kind, 1, "d0");
	is_ret(zcopy_polls(&z), 0, "poll: nothing");
	frames(&z, 1);
	is_ret(zcopy_polls(&z), 0, "poll: a packet that nobody is entitled to");
	must(bpf_set(z.fd, BIOCIMMEDIATE, 1));
	is_ret(zcopy_polls(&z), POLLIN, "poll, immediate: readable");
	is_ret(zcopy_rotate(&z, NULL), LAST, "ROTZBUF gives it");
	is_ret(zcopy_polls(&z), POLLIN, "readable while the program has the buffer");
	zcopy_ack(&z, 0);
	is_ret(zcopy_polls(&z), 0, "given back: not readable, without any other call");
	c.fd = z.fd;
	call_start(&c);
	frames(&z, 1);
	ok(call_end(&c) && c.revents == POLLIN, "a packet wakes the poll");
	is_ret(zcopy_rotate(&z, NULL), LAST, "ROTZBUF gives it");
	frames(&z, 1);
	zcopy_ack(&z, 1);
	is_ret(zcopy_polls(&z), POLLIN, "stored before the other was given back: readable");
	is_ret(zcopy_rotate(&z, NULL), LAST, "and ROTZBUF gives it: nothing is stuck");
	zcopy_ack(&z, 0);

	must(bpf_set(z.fd, BIOCIMMEDIATE, 0));
	call_start(&c);
	frames(&z, FIT + 1);
	ok(call_end(&c) && c.revents == POLLIN && zcopy_len(&z, 1) == FULL,
	   "a full buffer wakes the poll");
	frames(&z, FIT);
	ok(zcopy_len(&z, 0) == FULL, "both are the program's");
	zcopy_ack(&z, 1);
	is_ret(zcopy_polls(&z), POLLIN, "one given back: readable, there is the other");
	zcopy_ack(&z, 0);
	is_ret(zcopy_polls(&z), 0, "both given back: not readable");
	must(bpf_timeout_ms(z.fd, 1));
	call_start(&c);
	frames(&z, 1);
	ok(call_end(&c) && c.revents == POLLIN && zcopy_rotate(&z, NULL) == LAST,
	   "a read timeout makes it readable, too");
	zcopy_close(&z);
}

static void flushing(enum zkind kind)
{
	static const char *const how[] = { "FLUSH", "SETF", "SETIF" };
	uint32_t first;
	struct zcopy z;

	for (int i = 0; i < 3; i++) {
		zcopy_on(&z, kind, 1, "d0");
#define RESET() must(i == 0 ? ioctl(z.fd, BIOCFLUSH) : \
		     i == 1 ? bpf_snap(z.fd, BIOCSETF, 9999) : bpf_setif(z.fd, i == 2 ? "d1" : "d0"))
		first = serial + 1;
		frames(&z, FIT + 1);
		RESET();
		ok(counts(&z, 0, 0) && holds(&z, 0, FIT, first),
		   "%s: what is the program's survives, the counters do not", how[i]);
		is_ret(bpf_buffered(z.fd), FULL, "and what is stored is gone");
		if (i == 2)
			must(bpf_setif(z.fd, "d0"));
		frames(&z, FIT);
		zcopy_ack(&z, 0);
		RESET();
		is_ret(bpf_buffered(z.fd), 0, "%s: a buffer that was given back is free", how[i]);
		if (i == 2)
			must(bpf_setif(z.fd, "d0"));
		first = serial + 1;
		frames(&z, 2 * FIT + 1);
		RESET();
		ok(holds(&z, 1, FIT, first) && holds(&z, 0, FIT, first + FIT),
		   "%s: both are the program's, and stay so", how[i]);
		if (i == 2)
			must(bpf_setif(z.fd, "d0"));
		frames(&z, 1);
		ok(counts(&z, 1, 1), "so packets are dropped");
		zcopy_ack(&z, 1);
		frames(&z, 1);
		zcopy_ack(&z, 0);
		ok(zcopy_rotate(&z, NULL) == LAST && holds(&z, 1, 1, serial) && counts(&z, 2, 1),
		   "%s: until one is given back", how[i]);
		zcopy_close(&z);
	}
}

/* The interface goes; what is left can still be had, and another one be bound. */
static void gone(enum zkind kind)
{
	struct zcopy z;

	sh("ip link add g0 type dummy");
	if_up("g0");
	zcopy_on(&z, kind, 1, "g0");
	frames(&z, FIT + 1);
	sh("ip link del g0");
	is_ret(zcopy_polls(&z), POLLIN | POLLHUP, "interface gone: POLLHUP");
	ok(holds(&z, 0, FIT, serial - FIT), "what was handed over is there");
	zcopy_ack(&z, 0);
	is_ret(zcopy_rotate(&z, NULL), LAST, "ROTZBUF gives the rest");
	ok(holds(&z, 1, 1, serial), "which is the last packet");
	must(bpf_setif(z.fd, "d0"));
	zcopy_ack(&z, 1);
	frames(&z, 1);
	is_ret(zcopy_rotate(&z, NULL), LAST, "bound again it goes on");
	frames(&z, 2 * FIT);
	zcopy_close(&z);

	/* both owned when it goes */
	sh("ip link add g0 type dummy");
	if_up("g0");
	zcopy_on(&z, kind, 1, "g0");
	frames(&z, 2 * FIT + 1);
	sh("ip link del g0");
	zcopy_ack(&z, 0);
	is_ret(zcopy_rotate(&z, NULL), 0, "both owned, then gone: nothing to rotate");
	zcopy_ack(&z, 1);
	is_ret(zcopy_polls(&z), POLLIN | POLLHUP, "POLLHUP");
	must(bpf_setif(z.fd, "d0"));
	frames(&z, 1);
	is_ret(zcopy_rotate(&z, NULL), LAST, "bound again it goes on");
	zcopy_close(&z);
}

/* A descriptor that was read from before. */
static void changed(void)
{
	struct zcopy z = { .kind = PINNED, .len = zcopy_page() };
	char data[4096], *at = zcopy_memory(2 * z.len);
	int which;

	z.buf[0] = at;
	z.buf[1] = at + z.len;
	sh("ip link add g0 type dummy");
	if_up("g0");
	z.fd = bpf_on("g0", sizeof(data));
	frames(&z, 1);
	must(bpf_drain(z.fd, data, sizeof(data)));
	sh("ip link del g0");
	is_errno(bpf_set(z.fd, BIOCSETBUFMODE, BPF_BUFMODE_ZBUF), EBUSY,
		 "SETBUFMODE is EBUSY while there are buffers to read");
	must(bpf_set(z.fd, BIOCSBLEN, 4096));
	must(bpf_set(z.fd, BIOCSETBUFMODE, BPF_BUFMODE_ZBUF));
	must(zcopy_set(z.fd, z.buf[0], z.buf[1], z.len));
	must(bpf_setif(z.fd, "d0"));
	frames(&z, 1);
	ok(zcopy_rotate(&z, &which) == LAST && which == 0,
	   "after SBLEN it is not, and the first buffer is the first");
	zcopy_close(&z);
}

int main(void)
{
	private_net();
	sh("ip link add d0 type dummy && ip link add d1 type dummy");
	if_up("d0");
	if_up("d1");
	mode();
	setzbuf();
	mapping();
	changed();
	for (int kind = PINNED; kind <= MAPPED; kind++) {
		printf("# %s\n", zkinds[kind]);
		handing(kind);
		owning(kind);
		polling(kind);
		flushing(kind);
		gone(kind);
	}
	return tap_done();
}
