/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Zero-copy buffers for the descriptors of a stress, and a process that writes over
 * all of them, whoever reads there.  Each slot has an area for BIOCSETZBUF, between
 * guards; what mmap(2) gives, the process takes from the slot's descriptor as it is
 * just then.  Include bpf.h, <stdatomic.h>, churn.h, zcopy.h and vandal.h first.
 */
#ifndef VM_SCRIBBLE_H
#define VM_SCRIBBLE_H

#define SCRIBBLE_PAGES	2	/* of a buffer in an area */
#define SCRIBBLE_RUN	200	/* deeds in one place */

struct scribbler {
	unsigned int slots;
	int slot0;			/* file descriptor of the first one */
	char *areas;			/* shared with the process */
	struct scribble_count {
		atomic_uint struck;	/* how often it had a descriptor */
		atomic_uint handed;	/* buffers with records that anybody got */
	} *counts;			/* of each kind; shared with it, too */
	pid_t pid;
};

static inline size_t scribble_len(void)
{
	return SCRIBBLE_PAGES * zcopy_page();
}

/* From the guard before the buffers to that of the next one. */
static inline size_t scribble_stride(void)
{
	return 2 * scribble_len() + zcopy_page();
}

static inline char *scribble_area(const struct scribbler *s, unsigned int slot)
{
	return s->areas + slot * scribble_stride() + zcopy_page();
}

static inline void *scribble_memory(size_t len)
{
	return must(mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

/* Maps the buffers of a descriptor; false if they are not for that. */
static inline bool scribble_map(struct zcopy *z, int fd)
{
	size_t page = zcopy_page();

	if (ioctl(fd, BIOCGBLEN, &z->size))
		return false;
	z->fd = fd;
	z->len = (z->size + ZHEAD + page - 1) / page * page;
	z->buf[0] = zcopy_map(fd, 2 * z->len);
	z->buf[1] = z->buf[0] + z->len;
	return z->buf[0] != MAP_FAILED;
}

/* Gives a new descriptor shared buffers. */
static inline bool scribble_open(const struct scribbler *s, int fd, enum zkind kind,
				 unsigned int slot)
{
	char *area = scribble_area(s, slot);
	struct zcopy z;

	if (bpf_set(fd, BIOCSETBUFMODE, BPF_BUFMODE_ZBUF))
		return false;
	if (kind == PINNED)
		return !zcopy_set(fd, area, area + scribble_len(), scribble_len());
	if (!scribble_map(&z, fd))
		return false;
	munmap(z.buf[0], 2 * z.len);
	return true;
}

/* Whose buffers those are: of a mapping, or those of the slot's area. */
static inline void scribble_find(const struct scribbler *s, unsigned int slot, int fd,
				 struct zcopy *z)
{
	*z = (struct zcopy){ .kind = MAPPED };
	if (scribble_map(z, fd))
		return;
	*z = (struct zcopy){ .fd = fd, .kind = PINNED, .len = scribble_len() };
	z->buf[0] = scribble_area(s, slot);
	z->buf[1] = z->buf[0] + z->len;
}

static inline void scribble_lose(const struct zcopy *z)
{
	if (z->kind == MAPPED)
		munmap(z->buf[0], 2 * z->len);
}

/* What a good program does, but that it cannot read what there is just then. */
static inline long scribble_read(const struct scribbler *s, unsigned int slot)
{
	int fd = s->slot0 + slot;
	struct bpf_zbuf where;
	struct zcopy z;
	long ret = ioctl(fd, BIOCROTZBUF, &where);

	if (ret)
		return ret;
	scribble_find(s, slot, fd, &z);
	atomic_fetch_add(&s->counts[z.kind].handed, where.bz_buflen > 0);
	zcopy_ack(&z, 0);
	zcopy_ack(&z, 1);
	scribble_lose(&z);
	return ret;
}

static inline void scribble_at(const struct scribbler *s, unsigned int slot, int fd,
			       uint64_t *random)
{
	unsigned int handed = 0;
	struct zcopy z;

	scribble_find(s, slot, fd, &z);
	for (int i = 0; i < SCRIBBLE_RUN; i++)
		handed += vandal_strike(&z, random);
	scribble_lose(&z);
	atomic_fetch_add(&s->counts[z.kind].struck, 1);
	atomic_fetch_add(&s->counts[z.kind].handed, handed);
}

/* The process: until it is killed, in what time others leave. */
static inline void scribble(const struct scribbler *s, uint64_t random)
{
	int parent = must(syscall(SYS_pidfd_open, getppid(), 0));

	must(setpriority(PRIO_PROCESS, 0, 15));
	for (;;) {
		unsigned int slot = pick(&random, s->slots), mode = 0;
		int fd = syscall(SYS_pidfd_getfd, parent, s->slot0 + slot, 0);

		if (fd >= 0 && !ioctl(fd, BIOCGETBUFMODE, &mode) && mode == BPF_BUFMODE_ZBUF)
			scribble_at(s, slot, fd, &random);
		close(fd);
	}
}

/* From now on descriptors of zero copy are in its hands, too. */
static inline void scribble_start(struct scribbler *s, uint64_t random)
{
	size_t len = s->slots * scribble_stride() + zcopy_page();

	s->areas = memset(scribble_memory(len), GUARD, len);
	s->counts = scribble_memory(2 * sizeof(*s->counts));
	s->pid = must(fork());
	if (!s->pid) {
		must(prctl(PR_SET_PDEATHSIG, SIGKILL));
		scribble(s, random);
	}
}

/* Ends the process; returns whether all that is around the areas is as it was. */
static inline bool scribble_stop(struct scribbler *s)
{
	bool whole = true;

	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	for (unsigned int i = 0; i <= s->slots; i++)
		whole = whole && guard_is(s->areas + i * scribble_stride(), zcopy_page());
	return whole;
}

#endif /* VM_SCRIBBLE_H */
