/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Provokers of the errors that come when there is no memory; see cases/errno.c for
 * what a provoker is.  Include fault.h and errno_zbuf.h first.
 *
 * Nobody knows which of a call's requests for memory is whose.  So the call is made
 * again and again, and each time another request fails, until none is left: whatever
 * was missing, the call works or fails with the row's error, and works at once on the
 * same descriptor when there is memory again.
 */
#ifndef VM_ERRNO_MEMORY_H
#define VM_ERRNO_MEMORY_H

#define REQUESTS 2000	/* more than any call has */

struct starving {
	const char *name;
	int (*make)(void);		/* a new descriptor for each call */
	long (*call)(int fd);
	int copied;			/* its error beside EFAULT when a copy fails */
};

static long starving_fail(const struct starving *s, const char *what, unsigned int nth,
			  long ret, int err)
{
	printf("# %s, request %u: %s: %ld (%s)\n", s->name, nth, what, ret, strerror(err));
	return UNPREPARED;
}

/* Fails with err if some calls did; UNPREPARED if anything else was seen. */
static long starve(const struct starving *s, int err)
{
	unsigned int nth, found = 0;
	int fault = fault_open();
	bool hit = true;

	if (fault < 0 && errno == ENOENT)
		lacking = "fails no request for memory on purpose";
	prepare(fault);
	for (nth = 1; hit && nth < REQUESTS; nth++) {
		int fd = s->make(), got;
		long ret;

		fault_set(fault, nth);
		ret = s->call(fd);
		got = errno;
		hit = fault_end(fault);
		if (ret < 0 && (!hit || (got != err && got != s->copied && got != EFAULT)))
			return starving_fail(s, "fails", nth, ret, got);
		found += ret < 0 && got == err;
		if (ret < 0) {
			ret = s->call(fd);
			if (ret < 0)
				return starving_fail(s, "not again", nth, ret, errno);
		}
		close(fd);
	}
	close(fault);
	printf("# %s: %u requests, %u of them %s\n", s->name, nth - 2, found,
	       strerrorname_np(err));
	errno = err;
	return found && !hit ? -1 : UNPREPARED;
}

/* All of them; the errors of a row can come from several commands. */
static long starve_all(const struct starving *all, size_t count, int err, bool bad)
{
	long ret = 0;

	for (size_t i = 0; i < count; i++) {
		ret = bad ? starve(&all[i], err) : all[i].call(all[i].make());
		if (bad ? ret != -1 : ret < 0)
			break;
	}
	return ret;
}

static int fresh(void)
{
	return bpf_open(O_RDWR);
}

static int fresh_zbuf(void)
{
	return zcopy_fresh(O_RDWR);
}

/* Another open: of the descriptor it gets nothing. */
static long call_open(int fd)
{
	int other = open("/dev/bpf", O_RDWR | O_CLOEXEC);

	(void)fd;
	return other < 0 ? other : close(other);
}

static long call_write(int fd)
{
	static uint8_t frame[1000];

	frame_make(frame, sizeof(frame), 1);
	return write(fd, frame, sizeof(frame));
}

static long call_mmap(int fd)
{
	size_t len = 4 * zcopy_page();
	char *at = zcopy_map(fd, len);

	return at == MAP_FAILED ? -1 : munmap(at, len);
}

static long call_setf(int fd)
{
	return bpf_snap(fd, BIOCSETF, 96);
}

static long call_setfnr(int fd)
{
	return bpf_snap(fd, BIOCSETFNR, 96);
}

static long call_setwf(int fd)
{
	return bpf_snap(fd, BIOCSETWF, 96);
}

static long call_getiflist(int fd)
{
	struct bpf_iflist list = { BLEN, 1000, buf };

	return ioctl(fd, BIOCGETIFLIST, &list);
}

static long call_fioasync(int fd)
{
	int on = 1;

	return ioctl(fd, FIOASYNC, &on);
}

/* What a program shares, which it has before. */
static char *shared;

static int fresh_sharing(void)
{
	shared = shared ?: zcopy_memory(2 * zcopy_page());
	return zcopy_fresh(O_RDWR);
}

static long call_setzbuf(int fd)
{
	return zbuf_set(fd, shared, shared + zcopy_page());
}

/* An interface of which nobody else has a tap. */
static long call_setif(int fd)
{
	return bpf_setif(fd, "a0");
}

static long call_sfildrop(int fd)
{
	return bpf_set(fd, BIOCSFILDROP, BPF_FILDROP_DROP);
}

static long call_sfanout(int fd)
{
	return fanout(fd, 1, BPF_FANOUT_RR);
}

#define STARVED(provoker, err, ...)						\
static long provoker(bool bad)							\
{										\
	static const struct starving all[] = { __VA_ARGS__ };			\
										\
	return starve_all(all, ARRAY_SIZE(all), err, bad);			\
}

STARVED(open_starved, ENOMEM, { "open", fresh, call_open, EFAULT })
STARVED(write_starved, ENOBUFS, { "write", on_d0, call_write, EFAULT })
STARVED(mmap_starved, ENOMEM, { "mmap", fresh_zbuf, call_mmap, EFAULT })
STARVED(setif_starved, ENOBUFS, { "BIOCSETIF", fresh, call_setif, EFAULT })
STARVED(sfildrop_starved, ENOBUFS, { "BIOCSFILDROP", on_d0, call_sfildrop, EFAULT })
STARVED(sfanout_starved, ENOBUFS, { "BIOCSFANOUT", on_d0, call_sfanout, EFAULT })
STARVED(ioctl_starved, ENOMEM,
	/* a program that cannot be copied is no program */
	{ "BIOCSETF", on_d0, call_setf, EINVAL },
	{ "BIOCSETFNR", on_d0, call_setfnr, EINVAL },
	{ "BIOCSETWF", on_d0, call_setwf, EINVAL },
	{ "BIOCGETIFLIST", fresh, call_getiflist, EFAULT },
	{ "FIOASYNC", fresh, call_fioasync, EFAULT },
	{ "BIOCSETZBUF", fresh_sharing, call_setzbuf, EFAULT })

#endif /* VM_ERRNO_MEMORY_H */
