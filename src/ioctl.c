// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl(2): the table of commands, and the way every one of them takes.
 *
 * As in a BSD kernel the argument is copied in before the handler runs and out
 * after it succeeded, so a bad pointer is EFAULT whatever the state, and a
 * handler sees only kernel memory.  An unknown command is EINVAL, not ENOTTY,
 * as on every BSD.
 *
 * A command has several codes: Linux and BSD put the direction bits in
 * different places, struct ifreq has two sizes, and some arguments are smaller
 * in a 32-bit program.  No code of one command is another command's: only
 * number 102 has two commands, and neither encoding of OUT is one of INOUT.
 */
#include "bsdbpf.h"

#include <linux/compat.h>
#include <linux/sockios.h>
#include <linux/uaccess.h>
#include <asm/ioctls.h>

/* Which way the argument goes, and the direction bits that say so. */
enum bsdbpf_ioctl_dir { VOID, OUT, IN, INOUT };

static const struct {
	u32 linux_bits;
	u32 bsd_bits;
} bsdbpf_ioctl_dirs[] = {
	[VOID]	= { _IOC_NONE << _IOC_DIRSHIFT, 0x20000000 },
	[OUT]	= { _IOC_READ << _IOC_DIRSHIFT, 0x40000000 },
	[IN]	= { _IOC_WRITE << _IOC_DIRSHIFT, 0x80000000 },
	[INOUT]	= { (_IOC_READ | _IOC_WRITE) << _IOC_DIRSHIFT, 0xc0000000 },
};

#define BSDBPF_DIR_MASK	0xe0000000U
#define BSDBPF_ARG_MAX	sizeof(struct bpf_stat64)

/* Linux's generic commands are older than sizes in codes: BSD's say more. */
static const struct {
	u32 cmd;
	u32 bsd;
} bsdbpf_ioctl_generic[] = {
	{ FIONREAD,	0x4004667f },
	{ FIOSETOWN,	0x8004667c },
	{ SIOCSPGRP,	0x8004667c },
	{ FIOGETOWN,	0x4004667b },
	{ SIOCGPGRP,	0x4004667b },
	{ TIOCSPGRP,	0x80047476 },
	{ TIOCGPGRP,	0x40047477 },
};

/* SIOCGIFADDR, whose argument has the caller's size of struct ifreq. */
#define BSDBPF_SIOCGIFADDR(size)	(0xc0006921 | (size) << _IOC_SIZESHIFT)

/* What a row says besides. */
#define LOCKED	BIT(0)		/* permitted after BIOCLOCK */
#define MARKS	BIT(1)		/* a 32-bit caller will read 32-bit records */

static const struct bsdbpf_ioctl {
	u8 group;
	u8 nr;
	u8 dir;			/* enum bsdbpf_ioctl_dir */
	u8 size;		/* of the argument, bytes */
	u8 size2;		/* another one, or 0 */
	u8 kind;		/* enum bsdbpf_arg */
	u8 flags;
	int (*handler)(struct bsdbpf_desc *d, void *arg);
} bsdbpf_ioctls[] = {
#define ROW(nr, dir, size, kind, flags, name) \
	{ 'B', nr, dir, size, 0, kind, flags, bsdbpf_ioc_##name }
	ROW(102, OUT,     4, ARG_PLAIN,   LOCKED, gblen),
	ROW(102, INOUT,   4, ARG_PLAIN,   0, sblen),
	ROW(103, IN,     16, ARG_PROGRAM, MARKS, setf),
	ROW(104, VOID,    0, ARG_PLAIN,   LOCKED, flush),
	ROW(105, VOID,    0, ARG_PLAIN,   0, promisc),
	ROW(106, OUT,     4, ARG_PLAIN,   LOCKED, gdlt),
	{ 'B', 107, OUT, 40, 32, ARG_PLAIN, LOCKED, bsdbpf_ioc_getif },
	{ 'B', 108, IN,  40, 32, ARG_PLAIN, 0, bsdbpf_ioc_setif },
	ROW(109, IN,     16, ARG_TIMEVAL, LOCKED | MARKS, srtimeout),
	ROW(110, OUT,    16, ARG_TIMEVAL, LOCKED | MARKS, grtimeout),
	ROW(111, OUT,     8, ARG_PLAIN,   LOCKED, gstats),
	ROW(112, IN,      4, ARG_PLAIN,   LOCKED, immediate),
	ROW(113, OUT,     4, ARG_PLAIN,   LOCKED, version),
	ROW(114, OUT,     4, ARG_PLAIN,   LOCKED, grsig),
	ROW(115, IN,      4, ARG_PLAIN,   0, srsig),
	ROW(116, OUT,     4, ARG_PLAIN,   LOCKED, ghdrcmplt),
	ROW(117, IN,      4, ARG_PLAIN,   0, shdrcmplt),
	ROW(118, OUT,     4, ARG_PLAIN,   0, gdirection),
	ROW(119, IN,      4, ARG_PLAIN,   0, sdirection),
	ROW(120, IN,      4, ARG_PLAIN,   0, sdlt),
	ROW(121, INOUT,  16, ARG_LIST,    LOCKED | MARKS, gdltlist),
	ROW(122, VOID,    0, ARG_PLAIN,   LOCKED, lock),
	ROW(123, IN,     16, ARG_PROGRAM, MARKS, setwf),
	ROW(124, IN,      4, ARG_PLAIN,   LOCKED, sfeedback),
	ROW(125, OUT,     4, ARG_PLAIN,   0, getbufmode),
	ROW(126, IN,      4, ARG_PLAIN,   0, setbufmode),
	ROW(127, OUT,     8, ARG_SIZE,    0, getzmax),
	ROW(128, OUT,    24, ARG_ZBUF,    LOCKED, rotzbuf),
	ROW(129, IN,     24, ARG_ZBUF,    0, setzbuf),
	ROW(130, IN,     16, ARG_PROGRAM, MARKS, setfnr),
	ROW(131, OUT,     4, ARG_PLAIN,   0, gtstamp),
	ROW(132, IN,      4, ARG_PLAIN,   LOCKED, ststamp),
	ROW(133, IN,      4, ARG_PLAIN,   0, setvlanpcp),
	/* not FreeBSD's numbers */
	ROW(160, IN,     16, ARG_TIMEVAL, LOCKED, swtimeout),
	ROW(161, OUT,    16, ARG_TIMEVAL, LOCKED, gwtimeout),
	ROW(162, VOID,    0, ARG_PLAIN,   LOCKED, dwtimeout),
	ROW(163, OUT,     4, ARG_PLAIN,   0, gfildrop),
	ROW(164, IN,      4, ARG_PLAIN,   0, sfildrop),
	ROW(165, OUT,   128, ARG_PLAIN,   LOCKED, gstats64),
	ROW(166, OUT,     4, ARG_PLAIN,   0, gfeedback),
	ROW(167, OUT,     4, ARG_PLAIN,   0, gheaddrop),
	ROW(168, IN,      4, ARG_PLAIN,   0, sheaddrop),
	ROW(169, OUT,     4, ARG_PLAIN,   0, gbatchwrite),
	ROW(170, IN,      4, ARG_PLAIN,   0, sbatchwrite),
	ROW(171, INOUT,  16, ARG_IFLIST,  LOCKED, getiflist),
	ROW(172, OUT,     4, ARG_PLAIN,   0, gpktinfo),
	ROW(173, IN,      4, ARG_PLAIN,   0, spktinfo),
	ROW(174, OUT,    32, ARG_PLAIN,   LOCKED, gengine),
	ROW(175, OUT,     8, ARG_PLAIN,   0, gfanout),
	ROW(176, IN,      8, ARG_PLAIN,   0, sfanout),
#undef ROW
	{ 'f', 123, OUT,   4, 0, ARG_PLAIN, 0, bsdbpf_ioc_fiogetown },
	{ 'f', 124, IN,    4, 0, ARG_PLAIN, 0, bsdbpf_ioc_fiosetown },
	{ 'f', 125, IN,    4, 0, ARG_PLAIN, 0, bsdbpf_ioc_fioasync },
	{ 'f', 126, IN,    4, 0, ARG_PLAIN, 0, bsdbpf_ioc_fionbio },
	{ 'f', 127, OUT,   4, 0, ARG_PLAIN, LOCKED, bsdbpf_ioc_fionread },
	{ 't', 118, IN,    4, 0, ARG_PLAIN, 0, bsdbpf_ioc_tiocspgrp },
	{ 't', 119, OUT,   4, 0, ARG_PLAIN, LOCKED, bsdbpf_ioc_tiocgpgrp },
	{ 'i', 33, INOUT, 40, 32, ARG_PLAIN, 0, bsdbpf_ioc_gifaddr },
};

static u32 bsdbpf_ioctl_size(u32 cmd)
{
	return (cmd >> _IOC_SIZESHIFT) & 0x1fff;
}

/* Is the argument of that size the caller's, in the layout of 32 bits? */
static bool bsdbpf_ioctl_is32(const struct bsdbpf_ioctl *row, u32 size,
			      bool compat)
{
	return compat && size != row->size &&
	       size == bsdbpf_arg_size32(row->kind, row->size);
}

static bool bsdbpf_ioctl_is(const struct bsdbpf_ioctl *row, u32 cmd,
			    bool compat)
{
	u32 size = bsdbpf_ioctl_size(cmd), dir = cmd & BSDBPF_DIR_MASK;

	return (u8)(cmd >> _IOC_TYPESHIFT) == row->group &&
	       (u8)cmd == row->nr &&
	       (size == row->size || (row->size2 && size == row->size2) ||
		bsdbpf_ioctl_is32(row, size, compat)) &&
	       (dir == bsdbpf_ioctl_dirs[row->dir].linux_bits ||
		dir == bsdbpf_ioctl_dirs[row->dir].bsd_bits);
}

static const struct bsdbpf_ioctl *bsdbpf_ioctl_find(u32 cmd, bool compat)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bsdbpf_ioctls); i++)
		if (bsdbpf_ioctl_is(&bsdbpf_ioctls[i], cmd, compat))
			return &bsdbpf_ioctls[i];
	return NULL;
}

static u32 bsdbpf_ioctl_bsd(u32 cmd, bool compat)
{
	size_t i;

	if (cmd == SIOCGIFADDR)
		return BSDBPF_SIOCGIFADDR(compat ? 32U : 40U);
	for (i = 0; i < ARRAY_SIZE(bsdbpf_ioctl_generic); i++)
		if (bsdbpf_ioctl_generic[i].cmd == cmd)
			return bsdbpf_ioctl_generic[i].bsd;
	return cmd;
}

/* Every command ends what poll(2) has begun, also one that is refused. */
static void bsdbpf_ioctl_idle(struct bsdbpf_desc *d)
{
	spin_lock_bh(&d->lock);
	bsdbpf_poll_stop(d);
	spin_unlock_bh(&d->lock);
}

/* With ctl held, and the argument as a 64-bit program would pass it. */
static int bsdbpf_ioctl_do(struct bsdbpf_desc *d,
			   const struct bsdbpf_ioctl *row, void *arg,
			   bool compat)
{
	int err;

	if (d->locked && !(row->flags & LOCKED))
		return -EPERM;
	err = row->handler(d, arg);
	/* one that fails changes nothing; SETIF sees to itself */
	if (!err && compat && (row->flags & MARKS))
		bsdbpf_desc_abi32(d, true);
	return err;
}

static long bsdbpf_ioctl_abi(struct file *file, u32 cmd, void __user *uarg,
			     bool compat)
{
	struct bsdbpf_desc *d = file->private_data;
	u8 arg[BSDBPF_ARG_MAX] __aligned(8) = {};
	const struct bsdbpf_ioctl *row;
	bool is32;
	u32 size;
	int err;

	cmd = bsdbpf_ioctl_bsd(cmd, compat);
	row = bsdbpf_ioctl_find(cmd, compat);
	bsdbpf_desc_used(d);
	if (!row) {
		bsdbpf_ioctl_idle(d);
		return READ_ONCE(d->locked) ? -EPERM : -EINVAL;
	}
	size = bsdbpf_ioctl_size(cmd);
	is32 = bsdbpf_ioctl_is32(row, size, compat);
	if ((row->dir == IN || row->dir == INOUT) &&
	    copy_from_user(arg, uarg, size))
		return -EFAULT;
	if (is32)
		bsdbpf_arg_from32(row->kind, arg);

	bsdbpf_ioctl_idle(d);
	if (mutex_lock_interruptible(&d->ctl))
		return -ERESTARTSYS;
	err = bsdbpf_ioctl_do(d, row, arg, compat);
	mutex_unlock(&d->ctl);

	if (is32)
		bsdbpf_arg_to32(row->kind, arg);
	if (!err && (row->dir == OUT || row->dir == INOUT) &&
	    copy_to_user(uarg, arg, size))
		err = -EFAULT;
	return err;
}

/**
 * bsdbpf_ioctl() - ioctl(2)
 * @file: the open file
 * @cmd: command, in Linux's or in BSD's encoding
 * @arg: address of its argument
 *
 * May sleep.  One at a time per descriptor.  As on BSD each one ends a wait
 * that poll(2) has begun.
 *
 * Return: 0, -EFAULT, -EINVAL for an unknown command, -EPERM for what BIOCLOCK
 * has forbidden, -ERESTARTSYS, or what the handler says.
 */
long bsdbpf_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return bsdbpf_ioctl_abi(file, cmd, (void __user *)arg, false);
}

/**
 * bsdbpf_compat_ioctl() - ioctl(2) of a 32-bit program
 * @file: the open file
 * @cmd: command
 * @arg: address of its argument
 *
 * As bsdbpf_ioctl(); arguments of the 64-bit layout's size are taken as such:
 * a 32-bit program may have times of 64 bits.
 *
 * Return: as bsdbpf_ioctl().
 */
long bsdbpf_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
#ifdef CONFIG_COMPAT
	return bsdbpf_ioctl_abi(file, cmd, compat_ptr(arg), true);
#else
	return -EINVAL;
#endif
}
