/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Provokers of the errors of zero-copy buffers; see cases/errno.c for what a
 * provoker is.  Zero copy is allowed.  Include errno_ioctls.h first.
 */
#ifndef VM_ERRNO_ZBUF_H
#define VM_ERRNO_ZBUF_H

#include "zcopy.h"

/* Buffers of a page each, in this memory. */
static inline long zbuf_set(int fd, char *a, char *b)
{
	return zcopy_set(fd, a, b, zcopy_page());
}

static inline char *zbuf_page(void)
{
	return zcopy_memory(zcopy_page());
}

/* Its buffers have been set. */
static inline int zbuf_ready(void)
{
	int fd = zcopy_fresh(O_RDWR);

	must(zbuf_set(fd, zbuf_page(), zbuf_page()));
	return fd;
}

static long read_shared(bool bad)
{
	if (bad)
		return read(zbuf_ready(), buf, zcopy_page() - ZHEAD);
	return read(filled(O_RDWR), buf, BLEN);
}

static inline long zbuf_map(int fd, int prot, int flags, size_t pages, off_t off)
{
	return (long)mmap(NULL, pages * zcopy_page(), prot, flags, fd, off);
}

static long mmap_mode(bool bad)
{
	return zbuf_map(bad ? bpf_open(O_RDWR) : zcopy_fresh(O_RDWR), PROT_READ,
			MAP_SHARED, 4, 0);
}

static long mmap_length(bool bad)
{
	int fd = zcopy_fresh(O_RDWR);

	if (bad && (!failed(zbuf_map(fd, PROT_READ, MAP_SHARED, 5, 0), EINVAL) ||
		    !failed(zbuf_map(fd, PROT_READ, MAP_SHARED, 4, zcopy_page()), EINVAL)))
		return UNPREPARED;
	return zbuf_map(fd, PROT_READ, MAP_SHARED, bad ? 3 : 4, 0);
}

static long mmap_private(bool bad)
{
	int fd = zcopy_fresh(O_RDWR);

	if (bad && !failed(zbuf_map(zcopy_fresh(O_RDONLY), PROT_READ, MAP_SHARED, 4, 0),
			   EINVAL))
		return UNPREPARED;
	return zbuf_map(fd, PROT_READ, bad ? MAP_PRIVATE : MAP_SHARED, 4, 0);
}

static long mmap_access(bool bad)
{
	if (bad && !failed(zbuf_map(zcopy_fresh(O_RDONLY), PROT_READ | PROT_WRITE, MAP_SHARED,
				    4, 0), EACCES))
		return UNPREPARED;
	return zbuf_map(zcopy_fresh(bad ? O_WRONLY : O_RDWR), PROT_READ, MAP_SHARED, 4, 0);
}

static long mmap_set(bool bad)
{
	return zbuf_map(bad ? zbuf_ready() : zcopy_fresh(O_RDWR), PROT_READ, MAP_SHARED,
			bad ? 2 : 4, 0);
}

static long sblen_shared(bool bad)
{
	unsigned int size = BLEN;

	return ioctl(bad ? zbuf_ready() : zcopy_fresh(O_RDWR), BIOCSBLEN, &size);
}

static long setbufmode_off(bool bad)
{
	int fd = bpf_open(O_RDWR), err;
	long ret;

	zcopy_allow(!bad);
	ret = bpf_set(fd, BIOCSETBUFMODE, BPF_BUFMODE_ZBUF);
	err = errno;
	zcopy_allow(true);
	errno = err;
	return ret;
}

static long setif_bufferless(bool bad)
{
	return bpf_setif(bad ? zcopy_fresh(O_RDWR) : zbuf_ready(), "d0");
}

/* One of the commands, in both encodings. */
static inline long zbuf_other_mode(bool bad, unsigned long code, unsigned long bsd)
{
	struct bpf_zbuf arg = { zbuf_page(), zbuf_page(), zcopy_page() };

	if (bad && !failed(ioctl(on_d0(), bsd, &arg), EOPNOTSUPP))
		return UNPREPARED;
	return ioctl(bad ? on_d0() : zcopy_fresh(O_RDWR), code, &arg);
}

static long getzmax_mode(bool bad)
{
	return zbuf_other_mode(bad, 0x8008427f, 0x4008427f);
}

static long rotzbuf_mode(bool bad)
{
	return zbuf_other_mode(bad, 0x80184280, 0x40184280);
}

static long setzbuf_mode(bool bad)
{
	return zbuf_other_mode(bad, 0x40184281, 0x80184281);
}

static long setzbuf_writeonly(bool bad)
{
	return zbuf_set(zcopy_fresh(bad ? O_WRONLY : O_RDONLY), zbuf_page(), zbuf_page());
}

static long setzbuf_place(bool bad)
{
	int fd = zcopy_fresh(O_RDWR);
	char *at = zcopy_memory(3 * zcopy_page());
	size_t page = zcopy_page();

	if (bad && (!failed(zcopy_set(fd, NULL, at, page), EINVAL) ||
		    !failed(zcopy_set(fd, at, at + 1, page), EINVAL) ||
		    !failed(zcopy_set(fd, at, at, 0), EINVAL) ||
		    !failed(zcopy_set(fd, at, at, 513 * page), EINVAL)))
		return UNPREPARED;
	return zcopy_set(fd, at, at + page, bad ? page + 8 : page);
}

static long setzbuf_again(bool bad)
{
	return zbuf_set(bad ? zbuf_ready() : zcopy_fresh(O_RDWR), zbuf_page(), zbuf_page());
}

static long setzbuf_fault(bool bad)
{
	char *at = zbuf_page();

	if (bad)
		must(mprotect(at, zcopy_page(), PROT_READ));
	return zbuf_set(zcopy_fresh(O_RDWR), zbuf_page(), at);
}

#endif /* VM_ERRNO_ZBUF_H */
