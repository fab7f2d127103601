// SPDX-License-Identifier: GPL-2.0
/*
 * The commands about the interface and its link type.  Contract of every
 * handler: see ioctl.c.
 */
#include "bsdbpf.h"

#include <linux/rtnetlink.h>
#include <linux/uaccess.h>

/* Link type of the attached interface, or -EINVAL. */
static int bsdbpf_desc_dlt(const struct bsdbpf_desc *d)
{
	const struct bsdbpf_if *bif;
	int dlt;

	rcu_read_lock();
	bif = rcu_dereference(d->bif);
	dlt = bif ? (int)bif->dlt : -EINVAL;
	rcu_read_unlock();
	return dlt;
}

/**
 * bsdbpf_ioc_promisc() - BIOCPROMISC
 * @d: descriptor
 * @arg: not used
 *
 * Return: 0, -EINVAL if unattached, or the interface's error.
 */
int bsdbpf_ioc_promisc(struct bsdbpf_desc *d, void *arg)
{
	return bsdbpf_if_promisc(d);
}

/**
 * bsdbpf_ioc_gdlt() - BIOCGDLT
 * @d: descriptor
 * @arg: u32, out
 *
 * Return: 0, -EINVAL if unattached.
 */
int bsdbpf_ioc_gdlt(struct bsdbpf_desc *d, void *arg)
{
	int dlt = bsdbpf_desc_dlt(d);

	if (dlt < 0)
		return dlt;
	*(u32 *)arg = dlt;
	return 0;
}

/**
 * bsdbpf_ioc_gdltlist() - BIOCGDLTLIST: the one type that the interface has
 * @d: descriptor
 * @arg: struct bpf_dltlist of the 64-bit ABI, in and out
 *
 * Return: 0, -EINVAL if unattached, -ENOMEM if the list is too short, -EFAULT.
 */
int bsdbpf_ioc_gdltlist(struct bsdbpf_desc *d, void *arg)
{
	struct bpf_dltlist *list = arg;
	u32 __user *to = (u32 __user *)list->bfl_list;
	int dlt = bsdbpf_desc_dlt(d);

	if (dlt < 0)
		return dlt;
	if (to) {
		if (list->bfl_len < 1)
			return -ENOMEM;
		if (put_user((u32)dlt, to))
			return -EFAULT;
	}
	list->bfl_len = 1;
	return 0;
}

/**
 * bsdbpf_ioc_sdlt() - BIOCSDLT: the current type is the only one there is
 * @d: descriptor
 * @arg: u32, in
 *
 * Return: 0, -EINVAL if unattached or for any other type.
 */
int bsdbpf_ioc_sdlt(struct bsdbpf_desc *d, void *arg)
{
	int dlt = bsdbpf_desc_dlt(d);

	return dlt >= 0 && *(u32 *)arg == dlt ? 0 : -EINVAL;
}

/**
 * bsdbpf_ioc_getif() - BIOCGETIF
 * @d: descriptor
 * @arg: struct ifreq, out: the name the interface has now, the rest zero
 *
 * Return: 0, -EINVAL if unattached.
 */
int bsdbpf_ioc_getif(struct bsdbpf_desc *d, void *arg)
{
	const struct bsdbpf_if *bif;
	int err = -EINVAL;

	rtnl_lock();	/* a rename runs under it */
	bif = rtnl_dereference(d->bif);
	if (bif) {
		strscpy_pad(arg, bif->dev->name, IFNAMSIZ);
		err = 0;
	}
	rtnl_unlock();
	return err;
}

/**
 * bsdbpf_ioc_setif() - BIOCSETIF
 * @d: descriptor
 * @arg: struct ifreq, in; a name without an end is no interface's
 *
 * Return: 0, -ENXIO, -ENOBUFS; on error everything stays as it was.
 */
int bsdbpf_ioc_setif(struct bsdbpf_desc *d, void *arg)
{
	bool had_buffers = d->buf.data[0];
	const char *name = arg;
	int err;

	if (strnlen(name, IFNAMSIZ) == IFNAMSIZ)
		return -ENXIO;
	err = bsdbpf_buf_alloc(d);
	if (err)
		return err;
	err = bsdbpf_if_attach(d, name);
	if (err && !had_buffers)
		bsdbpf_buf_resize(d, d->buf.size);
	return err;
}
