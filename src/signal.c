// SPDX-License-Identifier: GPL-2.0
/*
 * Signals to who asked for them: SIGIO or another one whenever readers are
 * woken.  The kernel's own bookkeeping of a file's owner and signal does the
 * work; what BSD's commands say and what fcntl(2) says is one state, but for
 * "none", which only BIOCSRSIG can say.
 */
#include "bsdbpf.h"

#include <linux/fs.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>

/**
 * bsdbpf_fasync() - O_ASYNC was set or cleared
 * @fd: the file's number
 * @file: the open file
 * @on: set
 *
 * Return: negative error or not.
 */
int bsdbpf_fasync(int fd, struct file *file, int on)
{
	struct bsdbpf_desc *d = file->private_data;

	return fasync_helper(fd, file, on, &d->async);
}

/**
 * bsdbpf_signal() - the signal that readers get
 * @d: descriptor, open
 *
 * Return: its number, 0 for none.
 */
u32 bsdbpf_signal(const struct bsdbpf_desc *d)
{
	const struct fown_struct *owner = file_f_owner(d->file);

	if (READ_ONCE(d->silent))
		return 0;
	return (owner ? READ_ONCE(owner->signum) : 0) ?: SIGIO;
}

/**
 * bsdbpf_ioc_grsig() - BIOCGRSIG
 * @d: descriptor
 * @arg: u32, out: signal number, 0 for none
 *
 * Return: 0.
 */
int bsdbpf_ioc_grsig(struct bsdbpf_desc *d, void *arg)
{
	*(u32 *)arg = bsdbpf_signal(d);
	return 0;
}

/**
 * bsdbpf_ioc_srsig() - BIOCSRSIG
 * @d: descriptor
 * @arg: u32, in: signal number, 0 for none
 *
 * Return: 0, -EINVAL if there is no such signal, -ENOMEM.
 */
int bsdbpf_ioc_srsig(struct bsdbpf_desc *d, void *arg)
{
	u32 sig = *(u32 *)arg;
	int err;

	if (!valid_signal(sig))
		return -EINVAL;
	err = file_f_owner_allocate(d->file);
	if (err)
		return err;
	WRITE_ONCE(file_f_owner(d->file)->signum, sig);
	WRITE_ONCE(d->silent, !sig);
	return 0;
}

/* Sets or clears one of the open file's flags. */
static void bsdbpf_file_flag(struct file *file, unsigned int flag, bool on)
{
	spin_lock(&file->f_lock);
	if (on)
		file->f_flags |= flag;
	else
		file->f_flags &= ~flag;
	spin_unlock(&file->f_lock);
}

/**
 * bsdbpf_ioc_fionbio() - FIONBIO in BSD's encoding; Linux's never gets here
 * @d: descriptor
 * @arg: int, in: O_NONBLOCK if not 0
 *
 * Return: 0.
 */
int bsdbpf_ioc_fionbio(struct bsdbpf_desc *d, void *arg)
{
	bsdbpf_file_flag(d->file, O_NONBLOCK, *(u32 *)arg);
	return 0;
}

/**
 * bsdbpf_ioc_fioasync() - FIOASYNC in BSD's encoding; Linux's never gets here
 * @d: descriptor
 * @arg: int, in: send signals if not 0
 *
 * Return: 0 or -ENOMEM.
 */
int bsdbpf_ioc_fioasync(struct bsdbpf_desc *d, void *arg)
{
	int err = bsdbpf_fasync(-1, d->file, *(u32 *)arg != 0);

	return min(err, 0);
}

/**
 * bsdbpf_ioc_fiosetown() - FIOSETOWN: who gets the signals
 * @d: descriptor
 * @arg: int, in: a process, or a process group if negative
 *
 * Return: 0, -ESRCH, -EINVAL, -ENOMEM.
 */
int bsdbpf_ioc_fiosetown(struct bsdbpf_desc *d, void *arg)
{
	return f_setown(d->file, *(int *)arg, 1);
}

/**
 * bsdbpf_ioc_fiogetown() - FIOGETOWN
 * @d: descriptor
 * @arg: int, out: as in bsdbpf_ioc_fiosetown(), 0 for nobody
 *
 * Return: 0.
 */
int bsdbpf_ioc_fiogetown(struct bsdbpf_desc *d, void *arg)
{
	struct fown_struct *owner = file_f_owner(d->file);
	int who = 0;

	if (owner) {
		read_lock_irq(&owner->lock);
		who = pid_vnr(owner->pid);
		if (owner->pid_type == PIDTYPE_PGID)
			who = -who;
		read_unlock_irq(&owner->lock);
	}
	*(int *)arg = who;
	return 0;
}

/**
 * bsdbpf_ioc_tiocspgrp() - TIOCSPGRP: FIOSETOWN with the sign reversed
 * @d: descriptor
 * @arg: int, in: a process group, or a process if negative
 *
 * Return: as bsdbpf_ioc_fiosetown().
 */
int bsdbpf_ioc_tiocspgrp(struct bsdbpf_desc *d, void *arg)
{
	int who = *(int *)arg;

	if (who == INT_MIN)
		return -EINVAL;
	who = -who;
	return bsdbpf_ioc_fiosetown(d, &who);
}

/**
 * bsdbpf_ioc_tiocgpgrp() - TIOCGPGRP
 * @d: descriptor
 * @arg: int, out: as in bsdbpf_ioc_tiocspgrp()
 *
 * Return: 0.
 */
int bsdbpf_ioc_tiocgpgrp(struct bsdbpf_desc *d, void *arg)
{
	int err = bsdbpf_ioc_fiogetown(d, arg);

	*(int *)arg = -*(int *)arg;
	return err;
}
