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
 * different places, and struct ifreq has two sizes.  No code of one command is
 * another command's: only number 102 has two commands, and neither encoding of
 * OUT is one of INOUT.
 */
#include "bsdbpf.h"

#include <linux/uaccess.h>
#include <asm/ioctls.h>

#define BSD_FIONREAD	0x4004667fU

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
#define BSDBPF_ARG_MAX	sizeof(struct ifreq)

static const struct bsdbpf_ioctl {
	u8 group;
	u8 nr;
	u8 dir;			/* enum bsdbpf_ioctl_dir */
	u8 size;		/* of the argument, bytes */
	u8 size2;		/* another one, or 0 */
	int (*handler)(struct bsdbpf_desc *d, void *arg);
} bsdbpf_ioctls[] = {
	{ 'B', 102, OUT,    4,  0, bsdbpf_ioc_gblen },
	{ 'B', 102, INOUT,  4,  0, bsdbpf_ioc_sblen },
	{ 'B', 103, IN,    16,  0, bsdbpf_ioc_setf },
	{ 'B', 104, VOID,   0,  0, bsdbpf_ioc_flush },
	{ 'B', 105, VOID,   0,  0, bsdbpf_ioc_promisc },
	{ 'B', 106, OUT,    4,  0, bsdbpf_ioc_gdlt },
	{ 'B', 107, OUT,   40, 32, bsdbpf_ioc_getif },
	{ 'B', 108, IN,    40, 32, bsdbpf_ioc_setif },
	{ 'B', 109, IN,    16,  0, bsdbpf_ioc_srtimeout },
	{ 'B', 110, OUT,   16,  0, bsdbpf_ioc_grtimeout },
	{ 'B', 111, OUT,    8,  0, bsdbpf_ioc_gstats },
	{ 'B', 112, IN,     4,  0, bsdbpf_ioc_immediate },
	{ 'B', 113, OUT,    4,  0, bsdbpf_ioc_version },
	{ 'B', 116, OUT,    4,  0, bsdbpf_ioc_ghdrcmplt },
	{ 'B', 117, IN,     4,  0, bsdbpf_ioc_shdrcmplt },
	{ 'B', 118, OUT,    4,  0, bsdbpf_ioc_gdirection },
	{ 'B', 119, IN,     4,  0, bsdbpf_ioc_sdirection },
	{ 'B', 120, IN,     4,  0, bsdbpf_ioc_sdlt },
	{ 'B', 121, INOUT, 16,  0, bsdbpf_ioc_gdltlist },
	{ 'B', 130, IN,    16,  0, bsdbpf_ioc_setfnr },
	{ 'f', 127, OUT,    4,  0, bsdbpf_ioc_fionread },
};

static u32 bsdbpf_ioctl_size(u32 cmd)
{
	return (cmd >> _IOC_SIZESHIFT) & 0x1fff;
}

static bool bsdbpf_ioctl_is(const struct bsdbpf_ioctl *row, u32 cmd)
{
	u32 size = bsdbpf_ioctl_size(cmd), dir = cmd & BSDBPF_DIR_MASK;

	return (u8)(cmd >> _IOC_TYPESHIFT) == row->group &&
	       (u8)cmd == row->nr &&
	       (size == row->size || (row->size2 && size == row->size2)) &&
	       (dir == bsdbpf_ioctl_dirs[row->dir].linux_bits ||
		dir == bsdbpf_ioctl_dirs[row->dir].bsd_bits);
}

static const struct bsdbpf_ioctl *bsdbpf_ioctl_find(u32 cmd)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bsdbpf_ioctls); i++)
		if (bsdbpf_ioctl_is(&bsdbpf_ioctls[i], cmd))
			return &bsdbpf_ioctls[i];
	return NULL;
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
 * Return: 0, -EFAULT, -EINVAL for an unknown command, -ERESTARTSYS, or what the
 * handler says.
 */
long bsdbpf_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct bsdbpf_desc *d = file->private_data;
	void __user *uarg = (void __user *)arg;
	u8 karg[BSDBPF_ARG_MAX] __aligned(8) = {};
	const struct bsdbpf_ioctl *row;
	size_t size;
	int err;

	/* Linux's FIONREAD is older than sizes in codes: BSD's says more. */
	if (cmd == FIONREAD)
		cmd = BSD_FIONREAD;
	row = bsdbpf_ioctl_find(cmd);
	if (!row)
		return -EINVAL;
	size = bsdbpf_ioctl_size(cmd);
	if ((row->dir == IN || row->dir == INOUT) &&
	    copy_from_user(karg, uarg, size))
		return -EFAULT;

	bsdbpf_desc_used(d);
	if (mutex_lock_interruptible(&d->ctl))
		return -ERESTARTSYS;
	spin_lock_bh(&d->lock);
	bsdbpf_poll_stop(d);
	spin_unlock_bh(&d->lock);
	err = row->handler(d, karg);
	mutex_unlock(&d->ctl);

	if (!err && (row->dir == OUT || row->dir == INOUT) &&
	    copy_to_user(uarg, karg, size))
		err = -EFAULT;
	return err;
}
