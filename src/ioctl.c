// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl(2): the table of commands, and the way every one of them takes.
 *
 * As in a BSD kernel the argument is copied in before the handler runs and out
 * after it succeeded, so a bad pointer is EFAULT whatever the state, and a
 * handler sees only kernel memory.  An unknown command is EINVAL, not ENOTTY,
 * as on every BSD.
 *
 * A command has up to four codes: Linux and BSD put the direction bits in
 * different places, and struct ifreq has different sizes.  No code of one
 * command is another command's.
 */
#include "bsdbpf.h"

#include <linux/sockios.h>
#include <linux/uaccess.h>
#include <asm/ioctls.h>

#define BSD_IOC_VOID	0x20000000U
#define BSD_IOC_OUT	0x40000000U	/* kernel to user */
#define BSD_IOC_IN	0x80000000U	/* user to kernel */
#define BSD_IOC(dir, group, nr, size) \
	((dir) | ((u32)(size) << 16) | ((u32)(group) << 8) | (nr))

/* Largest argument: struct ifreq of a 64-bit Linux program. */
#define BSDBPF_ARG_MAX	40

struct bsdbpf_ioctl {
	u32 codes[4];	/* Linux, BSD; then those of a second size; 0 is none */
	bool in;	/* argument comes from the caller */
	bool out;	/* and goes back */
	int (*handler)(struct bsdbpf_desc *d, void *arg);
};

#define CODES_V(nr)	{ _IOC(_IOC_NONE, 'B', nr, 0), \
			  BSD_IOC(BSD_IOC_VOID, 'B', nr, 0) }
#define CODES_R(nr, sz)	_IOC(_IOC_READ, 'B', nr, sz), \
			BSD_IOC(BSD_IOC_OUT, 'B', nr, sz)
#define CODES_W(nr, sz)	_IOC(_IOC_WRITE, 'B', nr, sz), \
			BSD_IOC(BSD_IOC_IN, 'B', nr, sz)

#define VOID(nr, fn)		{ CODES_V(nr), false, false, fn }
#define OUT(nr, sz, fn)		{ { CODES_R(nr, sz) }, false, true, fn }
#define OUT2(nr, sz, sz2, fn)	{ { CODES_R(nr, sz), CODES_R(nr, sz2) }, \
				  false, true, fn }
#define IN(nr, sz, fn)		{ { CODES_W(nr, sz) }, true, false, fn }
#define IN2(nr, sz, sz2, fn)	{ { CODES_W(nr, sz), CODES_W(nr, sz2) }, \
				  true, false, fn }
/* both encodings of a two-way command are the same */
#define INOUT(nr, sz, fn)	{ { _IOC(_IOC_READ | _IOC_WRITE, 'B', nr, sz) }, \
				  true, true, fn }

static const struct bsdbpf_ioctl bsdbpf_ioctls[] = {
	OUT(102, 4, bsdbpf_ioc_gblen),
	INOUT(102, 4, bsdbpf_ioc_sblen),
	IN(103, 16, bsdbpf_ioc_setf),
	VOID(104, bsdbpf_ioc_flush),
	VOID(105, bsdbpf_ioc_promisc),
	OUT(106, 4, bsdbpf_ioc_gdlt),
	OUT2(107, 40, 32, bsdbpf_ioc_getif),
	IN2(108, 40, 32, bsdbpf_ioc_setif),
	IN(109, 16, bsdbpf_ioc_srtimeout),
	OUT(110, 16, bsdbpf_ioc_grtimeout),
	OUT(111, 8, bsdbpf_ioc_gstats),
	IN(112, 4, bsdbpf_ioc_immediate),
	OUT(113, 4, bsdbpf_ioc_version),
	OUT(116, 4, bsdbpf_ioc_ghdrcmplt),
	IN(117, 4, bsdbpf_ioc_shdrcmplt),
	OUT(118, 4, bsdbpf_ioc_gdirection),
	IN(119, 4, bsdbpf_ioc_sdirection),
	IN(120, 4, bsdbpf_ioc_sdlt),
	INOUT(121, 16, bsdbpf_ioc_gdltlist),
	IN(130, 16, bsdbpf_ioc_setfnr),
	{ { FIONREAD, BSD_IOC(BSD_IOC_OUT, 'f', 127, 4) }, false, true,
	  bsdbpf_ioc_fionread },
};

static const struct bsdbpf_ioctl *bsdbpf_ioctl_find(u32 cmd)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(bsdbpf_ioctls); i++)
		for (j = 0; j < ARRAY_SIZE(bsdbpf_ioctls[i].codes); j++)
			if (bsdbpf_ioctls[i].codes[j] == cmd && cmd)
				return &bsdbpf_ioctls[i];
	return NULL;
}

/* FIONREAD alone is older than the encoding of sizes in commands. */
static size_t bsdbpf_ioctl_size(u32 cmd)
{
	return cmd == FIONREAD ? sizeof(int) : (cmd >> 16) & 0x1fff;
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
	const struct bsdbpf_ioctl *row = bsdbpf_ioctl_find(cmd);
	struct bsdbpf_desc *d = file->private_data;
	void __user *uarg = (void __user *)arg;
	u8 karg[BSDBPF_ARG_MAX] __aligned(8) = {};
	size_t size;
	int err;

	if (!row)
		return -EINVAL;
	size = bsdbpf_ioctl_size(cmd);
	if (row->in && copy_from_user(karg, uarg, size))
		return -EFAULT;

	bsdbpf_desc_used(d);
	if (mutex_lock_interruptible(&d->ctl))
		return -ERESTARTSYS;
	spin_lock_bh(&d->lock);
	bsdbpf_poll_stop(d);
	spin_unlock_bh(&d->lock);
	err = row->handler(d, karg);
	mutex_unlock(&d->ctl);

	if (!err && row->out && copy_to_user(uarg, karg, size))
		err = -EFAULT;
	return err;
}
