/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Provokers of the errors that commands have of their own; see cases/errno.c for
 * what a provoker is.  Include errno_any.h first.
 */
#ifndef VM_ERRNO_IOCTLS_H
#define VM_ERRNO_IOCTLS_H

#include <limits.h>

/* The processes that are never there: above every limit of their number. */
#define NO_PROCESS 0x400001

/* A command with a number as its argument, on d0. */
static inline long numbered(unsigned long code, unsigned int value)
{
	return bpf_set(on_d0(), code, value);
}

/* A command with an argument that does not matter, on an interface or on none. */
static inline long attached(unsigned long code, bool bad)
{
	union argument arg = { .number = 0 };

	return ioctl(bad ? bpf_open(O_RDWR) : on_d0(), code, &arg);
}

static long sblen_attached(bool bad)
{
	unsigned int size = BLEN;

	return ioctl(bad ? on_d0() : bpf_open(O_RDWR), BIOCSBLEN, &size);
}

static long setbufmode_mode(bool bad)
{
	int fd = bpf_open(O_RDWR);

	if (bad && (!failed(bpf_set(fd, BIOCSETBUFMODE, 0), EINVAL) ||
		    !failed(bpf_set(fd, BIOCSETBUFMODE, 3), EINVAL)))
		return UNPREPARED;
	return bpf_set(fd, BIOCSETBUFMODE, bad ? 258 : BPF_BUFMODE_BUFFER);
}

static long setbufmode_late(bool bad)
{
	int fd = bpf_open(O_RDWR);

	if (bad) {
		sh("ip link add g0 type dummy");
		fd = bpf_on("g0", 0);
		if (!failed(bpf_set(fd, BIOCSETBUFMODE, BPF_BUFMODE_BUFFER), EBUSY))
			fd = -1;
		sh("ip link del g0");
		prepare(fd);
	}
	return bpf_set(fd, BIOCSETBUFMODE, BPF_BUFMODE_BUFFER);
}

static long getiflist_small(bool bad)
{
	struct bpf_iflist list = { bad ? 1 : BLEN, 1000, buf };

	return ioctl(bpf_open(O_RDWR), BIOCGETIFLIST, &list);
}

static long getiflist_fault(bool bad)
{
	struct bpf_iflist list = { BLEN, 1000, bad ? nowhere() : buf };

	return ioctl(bpf_open(O_RDWR), BIOCGETIFLIST, &list);
}

static long setif_unknown(bool bad)
{
	int fd = bpf_open(O_RDWR);

	if (bad && !failed(bpf_setif(fd, ""), ENXIO))
		return UNPREPARED;
	return bpf_setif(fd, bad ? "d" : "d0");
}

static long setif_endless(bool bad)
{
	long ret;
	int err;

	sh("ip link add fifteen-letters type dummy");
	ret = bpf_setif(bpf_open(O_RDWR), bad ? "fifteen-letters!" : "fifteen-letters");
	err = errno;
	sh("ip link del fifteen-letters");
	errno = err;
	return ret;
}

static long setif_type(bool bad)
{
	return bpf_setif(bpf_open(O_RDWR), bad ? "n0" : "d0");
}

static long getif_unattached(bool bad)
{
	return attached(BIOCGETIF, bad);
}

static long address_of(int fd)
{
	struct ifreq ifr = {};

	return ioctl(fd, SIOCGIFADDR, &ifr);
}

static long gifaddr_unattached(bool bad)
{
	return address_of(bad ? bpf_open(O_RDWR) : bpf_on("a0", 0));
}

static long gifaddr_none(bool bad)
{
	return address_of(bad ? on_d0() : bpf_on("a0", 0));
}

static long promisc_unattached(bool bad)
{
	return attached(BIOCPROMISC, bad);
}

static long gdlt_unattached(bool bad)
{
	return attached(BIOCGDLT, bad);
}

static long gdltlist_unattached(bool bad)
{
	return attached(BIOCGDLTLIST, bad);
}

static long gdltlist_short(bool bad)
{
	unsigned int types[8];
	struct bpf_dltlist list = { bad ? 0 : 8, types };

	return ioctl(on_d0(), BIOCGDLTLIST, &list);
}

static long gdltlist_fault(bool bad)
{
	struct bpf_dltlist list = { 8, bad ? nowhere() : (void *)buf };

	return ioctl(on_d0(), BIOCGDLTLIST, &list);
}

static long sdlt_unattached(bool bad)
{
	return bpf_set(bad ? bpf_open(O_RDWR) : on_d0(), BIOCSDLT, DLT_EN10MB);
}

static long sdlt_other(bool bad)
{
	return numbered(BIOCSDLT, bad ? DLT_RAW : DLT_EN10MB);
}

/* Filters of len instructions, all of which return. */
static inline long set_filter(unsigned long code, unsigned int len)
{
	struct bpf_insn ret = BPF_STMT(BPF_RET | BPF_K, 1);
	struct bpf_program prog = { len, malloc(len * sizeof(ret)) };

	for (unsigned int i = 0; i < len; i++)
		prog.bf_insns[i] = ret;
	return ioctl(on_d0(), code, &prog);
}

static inline long filter_invalid(unsigned long code, bool bad)
{
	struct bpf_insn insn = BPF_STMT(bad ? BPF_LD : BPF_RET | BPF_K, 1);
	struct bpf_program prog = { 1, &insn };

	return ioctl(on_d0(), code, &prog);
}

static inline long filter_long(unsigned long code, bool bad)
{
	long ret;
	int err;

	if (!bad)
		return set_filter(code, BPF_MAXINSNS);
	if (!failed(set_filter(code, BPF_MAXINSNS + 1), EINVAL))
		return UNPREPARED;
	prepare(sysctl("maxinsns", "2"));
	ret = set_filter(code, 2);
	if (!ret)
		ret = set_filter(code, 3);
	err = errno;
	prepare(sysctl("maxinsns", "4096"));
	errno = err;
	return ret;
}

static inline long filter_fault(unsigned long code, bool bad)
{
	struct bpf_insn insn = BPF_STMT(BPF_RET | BPF_K, 1);
	struct bpf_program none = { 1, NULL };
	struct bpf_program prog = { 1, bad ? nowhere() : &insn };

	if (bad && !failed(ioctl(on_d0(), code, &none), EINVAL))
		return UNPREPARED;
	return ioctl(on_d0(), code, &prog);
}

#define FILTERS(name, code)						\
	static long name##_invalid(bool bad)				\
	{								\
		return filter_invalid(code, bad);			\
	}								\
	static long name##_long(bool bad)				\
	{								\
		return filter_long(code, bad);				\
	}								\
	static long name##_fault(bool bad)				\
	{								\
		return filter_fault(code, bad);				\
	}

FILTERS(setf, BIOCSETF)
FILTERS(setfnr, BIOCSETFNR)
FILTERS(setwf, BIOCSETWF)

/* All of some times are refused, or the last of them is taken. */
static inline long times(unsigned long code, const struct timeval *tv, size_t n,
			 bool bad)
{
	int fd = on_d0();

	for (size_t i = 0; bad && i < n - 1; i++)
		if (!failed(ioctl(fd, code, &tv[i]), EINVAL)) {
			printf("# time %zu: %s\n", i, strerror(errno));
			return UNPREPARED;
		}
	errno = EINVAL;
	return bad ? -1 : ioctl(fd, code, &tv[n - 1]);
}

static long srtimeout_invalid(bool bad)
{
	static const struct timeval tv[] = {
		{ -1, 0 }, { 0, -1 }, { 0, 1000000 }, { 100000001, 0 },
		{ 100000000, 999999 },
	};

	return times(BIOCSRTIMEOUT, tv, ARRAY_SIZE(tv), bad);
}

static long swtimeout_invalid(bool bad)
{
	static const struct timeval tv[] = {
		{ -1, 0 }, { 0, -1 }, { 0, 1000000 }, { 300, 1 }, { 301, 0 },
		{ 300, 0 },
	};

	return times(BIOCSWTIMEOUT, tv, ARRAY_SIZE(tv), bad);
}

static long gwtimeout_none(bool bad)
{
	struct timeval tv = { 1, 0 };
	int fd = on_d0();

	if (bad && !failed(ioctl(fd, BIOCGWTIMEOUT, &tv), ENXIO))
		return UNPREPARED;
	prepare(ioctl(fd, BIOCSWTIMEOUT, &tv));
	if (bad)
		prepare(ioctl(fd, BIOCDWTIMEOUT));
	return ioctl(fd, BIOCGWTIMEOUT, &tv);
}

static long sdirection_other(bool bad)
{
	return numbered(BIOCSDIRECTION, bad ? 3 : BPF_D_OUT);
}

static long ststamp_format(bool bad)
{
	if (bad && (!failed(numbered(BIOCSTSTAMP, BPF_T_NONE | BPF_T_FAST), EINVAL) ||
		    !failed(numbered(BIOCSTSTAMP, 4), EINVAL)))
		return UNPREPARED;
	return numbered(BIOCSTSTAMP, bad ? 0x400 : BPF_T_BINTIME_MONOTONIC_FAST);
}

static long sfildrop_mode(bool bad)
{
	return numbered(BIOCSFILDROP, bad ? 3 : BPF_FILDROP_DROP);
}

static int fanout(int fd, uint32_t group, uint32_t mode)
{
	struct bpf_fanout arg = { group, mode };

	return ioctl(fd, BIOCSFANOUT, &arg);
}

static long sfanout_invalid(bool bad)
{
	int fd = on_d0();

	prepare(fanout(fd, 1, BPF_FANOUT_RR));
	if (bad && (!failed(fanout(fd, 1, BPF_FANOUT_RR), EINVAL) ||
		    !failed(fanout(on_d0(), 1, BPF_FANOUT_CPU), EINVAL) ||
		    !failed(fanout(on_d0(), 1, BPF_FANOUT_NONE), EINVAL) ||
		    !failed(fanout(bpf_open(O_RDWR), 1, BPF_FANOUT_RR), EINVAL)))
		return UNPREPARED;
	return fanout(on_d0(), 1, bad ? 5 : BPF_FANOUT_RR);
}

static long sfanout_full(bool bad)
{
	for (int i = 0; i < (bad ? 256 : 255); i++)
		prepare(fanout(on_d0(), 2, BPF_FANOUT_RR));
	return fanout(on_d0(), 2, BPF_FANOUT_RR);
}

static long shdrcmplt_batch(bool bad)
{
	int fd = on_d0();

	prepare(bpf_set(fd, BIOCSHDRCMPLT, 1));
	if (bad)
		prepare(bpf_set(fd, BIOCSBATCHWRITE, 1));
	return bpf_set(fd, BIOCSHDRCMPLT, 0);
}

static long sbatchwrite_hdrcmplt(bool bad)
{
	int fd = on_d0();

	if (!bad)
		prepare(bpf_set(fd, BIOCSHDRCMPLT, 1));
	return bpf_set(fd, BIOCSBATCHWRITE, 1);
}

static long setvlanpcp_high(bool bad)
{
	return numbered(BIOCSETVLANPCP, bad ? 8 : 7);
}

static long srsig_high(bool bad)
{
	if (bad && !failed(numbered(BIOCSRSIG, -1), EINVAL))
		return UNPREPARED;
	return numbered(BIOCSRSIG, bad ? 65 : 64);
}

static long fiosetown_nobody(bool bad)
{
	int fd = on_d0();

	if (bad && !failed(ioctl(fd, FIOSETOWN, &(int){ -NO_PROCESS }), ESRCH))
		return UNPREPARED;
	return ioctl(fd, FIOSETOWN, &(int){ bad ? NO_PROCESS : getpid() });
}

static long tiocspgrp_nobody(bool bad)
{
	int fd = on_d0();

	if (bad && !failed(ioctl(fd, TIOCSPGRP, &(int){ -NO_PROCESS }), ESRCH))
		return UNPREPARED;
	return ioctl(fd, TIOCSPGRP, &(int){ bad ? NO_PROCESS : getpgrp() });
}

static long fiosetown_smallest(bool bad)
{
	return ioctl(on_d0(), FIOSETOWN, &(int){ bad ? INT_MIN : 0 });
}

static long tiocspgrp_smallest(bool bad)
{
	return ioctl(on_d0(), TIOCSPGRP, &(int){ bad ? INT_MIN : 0 });
}

#endif /* VM_ERRNO_IOCTLS_H */
