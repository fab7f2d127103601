/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Descriptors with zero-copy buffers, and the program's side of the protocol.  The
 * buffers are memory of the case (BIOCSETZBUF), or mapped with mmap(2).  Include
 * bpf.h first.
 */
#ifndef VM_ZCOPY_H
#define VM_ZCOPY_H

#define ZHEAD sizeof(struct bpf_zbuf_header)

enum zkind { PINNED, MAPPED };

static const char *const zkinds[] = { "SETZBUF", "mmap" };

struct zcopy {
	int fd;
	enum zkind kind;
	size_t len;		/* of each buffer, header included */
	unsigned int size;	/* bytes of records, as BIOCGBLEN says */
	char *buf[2];
	int next;		/* the one that the program gets next */
};

static inline void zcopy_allow(bool on)
{
	file_put("/proc/sys/net/bpf/zerocopy_enable", on ? "1" : "0");
}

static inline size_t zcopy_page(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* Memory that was something else before. */
static inline char *zcopy_memory(size_t len)
{
	char *at = mmap(NULL, len, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must((long)at);
	return memset(at, 0xa5, len);
}

static inline int zcopy_set(int fd, void *a, void *b, size_t len)
{
	struct bpf_zbuf where = { a, b, len };

	return ioctl(fd, BIOCSETZBUF, &where);
}

static inline char *zcopy_map(int fd, size_t len)
{
	return mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

/* Any descriptor for zero copy that has no buffers yet. */
static inline int zcopy_fresh(int flags)
{
	int fd = bpf_open(flags);

	must(bpf_set(fd, BIOCSETBUFMODE, BPF_BUFMODE_ZBUF));
	return fd;
}

/* One with buffers of so many pages, unattached. */
static inline void zcopy_make(struct zcopy *z, enum zkind kind, int pages)
{
	char *at;

	*z = (struct zcopy){ .kind = kind, .len = pages * zcopy_page() };
	z->fd = zcopy_fresh(O_RDWR);
	if (kind == PINNED) {
		at = zcopy_memory(2 * z->len);
		must(zcopy_set(z->fd, at, at + z->len, z->len));
	} else {
		must(bpf_set(z->fd, BIOCSBLEN, z->len - ZHEAD));
		at = zcopy_map(z->fd, 2 * z->len);
		must((long)at);
	}
	z->buf[0] = at;
	z->buf[1] = at + z->len;
	must(ioctl(z->fd, BIOCGBLEN, &z->size));
}

static inline void zcopy_on(struct zcopy *z, enum zkind kind, int pages,
			    const char *name)
{
	zcopy_make(z, kind, pages);
	must(bpf_setif(z->fd, name));
}

/* A mapping holds the descriptor, so closing the file is not enough. */
static inline void zcopy_close(struct zcopy *z)
{
	close(z->fd);
	munmap(z->buf[0], 2 * z->len);
}

static inline struct bpf_zbuf_header *zcopy_head(const struct zcopy *z, int which)
{
	return (struct bpf_zbuf_header *)z->buf[which];
}

static inline char *zcopy_data(const struct zcopy *z, int which)
{
	return z->buf[which] + ZHEAD;
}

static inline unsigned int zcopy_gen(const struct zcopy *z, int which)
{
	return __atomic_load_n(&zcopy_head(z, which)->bzh_kernel_gen, __ATOMIC_ACQUIRE);
}

/* Is it the program's? */
static inline bool zcopy_owned(const struct zcopy *z, int which)
{
	return zcopy_gen(z, which) != zcopy_head(z, which)->bzh_user_gen;
}

/* Bytes of records in it, 0 if it is the kernel's. */
static inline unsigned int zcopy_len(const struct zcopy *z, int which)
{
	return zcopy_owned(z, which) ? zcopy_head(z, which)->bzh_kernel_len : 0;
}

static inline void zcopy_ack(struct zcopy *z, int which)
{
	__atomic_store_n(&zcopy_head(z, which)->bzh_user_gen, zcopy_gen(z, which),
			 __ATOMIC_RELEASE);
}

/* BIOCROTZBUF: how many bytes it handed over; *which says where. */
static inline long zcopy_rotate(const struct zcopy *z, int *which)
{
	struct bpf_zbuf where;
	char *at;

	memset(&where, 0x5a, sizeof(where));
	must(ioctl(z->fd, BIOCROTZBUF, &where));
	at = z->kind == MAPPED ? z->buf[0] + (size_t)where.bz_bufa : where.bz_bufa;
	if (which)
		*which = !where.bz_buflen ? -1 : at == z->buf[0] ? 0 :
			 at == z->buf[1] ? 1 : 2;
	if (where.bz_bufb || (!where.bz_buflen && where.bz_bufa))
		return -1;
	return where.bz_buflen;
}

/* What poll(2) says within no time. */
static inline short zcopy_polls(const struct zcopy *z)
{
	struct pollfd pfd = { z->fd, POLLIN, 0 };

	must(poll(&pfd, 1, 0));
	return pfd.revents;
}

#endif /* VM_ZCOPY_H */
