/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A program that keeps to no rule: it writes over its zero-copy buffers, headers and
 * all, and calls the driver in between.  It can only harm itself.  Include zcopy.h
 * first.
 */
#ifndef VM_VANDAL_H
#define VM_VANDAL_H

/* One deed.  True if it brought a buffer with records; what else calls say counts not. */
static inline bool vandal_strike(const struct zcopy *z, uint64_t *random)
{
	struct pollfd pfd = { z->fd, POLLIN, 0 };
	struct bpf_zbuf where;
	uint64_t x = *random;
	uint32_t *header;

	x ^= x << 13, x ^= x >> 7, x ^= x << 17;
	*random = x;
	header = (uint32_t *)z->buf[x & 1];
	switch (x >> 1 & 7) {
	case 0:	/* a generation, length or pad of chance */
		header[x >> 4 & 7] = x >> 32;
		break;
	case 1:	/* a small one */
		header[x >> 4 & 7] = x >> 60;
		break;
	case 2:	/* a true acknowledgement, or a false one */
		header[2] = header[0] + (x >> 32 & 1);
		break;
	case 3:	/* a whole header, or all of it */
		memset(header, x >> 8, x >> 40 & 15 ? ZHEAD : z->len);
		break;
	case 4:
		return !ioctl(z->fd, BIOCROTZBUF, &where) && where.bz_buflen;
	case 5:
		poll(&pfd, 1, 0);
		break;
	case 6:
		if (!(x >> 40 & 63))
			ioctl(z->fd, BIOCFLUSH);
		break;
	default:
		for (int i = 0; i < 64; i++)
			z->buf[x & 1][(x >> 8) * (i + 1) % z->len] = x >> i;
	}
	return false;
}

/* Memory around buffers, which nobody may write to. */
#define GUARD	0x3c

static inline bool guard_is(const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] != GUARD)
			return false;
	return true;
}

#endif /* VM_VANDAL_H */
