/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A page of memory that does not come until it is told to: who touches it, be it the
 * kernel for a system call, is at work as long as that takes.  Include bpf.h first.
 */
#ifndef VM_STALL_H
#define VM_STALL_H

#include <linux/userfaultfd.h>

struct stall {
	int uffd;
	void *page;
	struct uffdio_register reg;
};

/* -1 and errno; ENOSYS: this kernel has no such memory. */
static inline int stall_make(struct stall *s)
{
	struct uffdio_api api = { .api = UFFD_API };
	size_t page = sysconf(_SC_PAGESIZE);

	*s = (struct stall){ .reg.mode = UFFDIO_REGISTER_MODE_MISSING };
	s->uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (s->uffd < 0)
		return -1;
	s->page = mmap(NULL, page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->page == MAP_FAILED)
		return -1;
	s->reg.range.start = (uintptr_t)s->page;
	s->reg.range.len = page;
	return ioctl(s->uffd, UFFDIO_API, &api) ?:
	       ioctl(s->uffd, UFFDIO_REGISTER, &s->reg);
}

/* Waits until somebody touches it, and so stands still. */
static inline bool stall_touched(const struct stall *s)
{
	struct pollfd fault = { s->uffd, POLLIN, 0 };

	return poll(&fault, 1, PATIENCE * 1000) == 1;
}

/* Lets him go on; the page is zeros. */
static inline void stall_end(struct stall *s)
{
	struct uffdio_zeropage zero = { .range = s->reg.range };

	must(ioctl(s->uffd, UFFDIO_ZEROPAGE, &zero));
	close(s->uffd);
}

#endif /* VM_STALL_H */
