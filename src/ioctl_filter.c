// SPDX-License-Identifier: GPL-2.0
/*
 * The commands that set filters.  Contract of every handler: see ioctl.c.
 */
#include "bsdbpf.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

/* struct bpf_program of the 64-bit ABI. */
struct bsdbpf_ioc_program {
	u32 len;
	u32 pad;
	u64 insns;
};

/*
 * Copies a program in and validates it.  Any fault of the program is EINVAL,
 * also one of its address: FreeBSD's rule.
 * Return: the program, NULL for the empty one, ERR_PTR of -EINVAL or -ENOMEM.
 */
static struct bsdbpf_prog *bsdbpf_prog_get(const struct bsdbpf_ioc_program *arg)
{
	struct bsdbpf_prog *prog;
	int err = -EINVAL;

	if (!arg->len)
		return NULL;
	if (arg->len > CBPF_MAXINSNS)
		return ERR_PTR(-EINVAL);
	prog = kvmalloc(struct_size(prog, insns, arg->len), GFP_KERNEL_ACCOUNT);
	if (!prog)
		return ERR_PTR(-ENOMEM);
	prog->len = arg->len;
	if (copy_from_user(prog->insns, u64_to_user_ptr(arg->insns),
			   flex_array_size(prog, insns, prog->len)))
		goto free;
	if (cbpf_validate(prog->insns, prog->len, NULL))
		goto free;
	return prog;
free:
	kvfree(prog);
	return ERR_PTR(err);
}

/*
 * Swaps the filter.  Under the lock the tap sees filter and buffers change at
 * one moment: with reset, nothing that the old filter let through is there
 * afterwards.
 */
static int bsdbpf_prog_set(struct bsdbpf_desc *d, const void *arg, bool reset)
{
	struct bsdbpf_prog *prog = bsdbpf_prog_get(arg), *old;

	if (IS_ERR(prog))
		return PTR_ERR(prog);
	spin_lock_bh(&d->lock);
	old = rcu_replace_pointer(d->filter, prog, lockdep_is_held(&d->lock));
	if (reset)
		bsdbpf_desc_reset_locked(d);
	spin_unlock_bh(&d->lock);
	kvfree_rcu(old, rcu);
	return 0;
}

/**
 * bsdbpf_ioc_setf() - BIOCSETF: set the read filter, and start anew
 * @d: descriptor
 * @arg: struct bpf_program
 *
 * Return: 0, -EINVAL, -ENOMEM; on error the old filter stays.
 */
int bsdbpf_ioc_setf(struct bsdbpf_desc *d, void *arg)
{
	return bsdbpf_prog_set(d, arg, true);
}

/**
 * bsdbpf_ioc_setfnr() - BIOCSETFNR: set the read filter, keep what is buffered
 * @d: descriptor
 * @arg: struct bpf_program
 *
 * Return: as bsdbpf_ioc_setf().
 */
int bsdbpf_ioc_setfnr(struct bsdbpf_desc *d, void *arg)
{
	return bsdbpf_prog_set(d, arg, false);
}
