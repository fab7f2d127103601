// SPDX-License-Identifier: GPL-2.0
/*
 * The commands about the interface and its link type.  Contract of every
 * handler: see ioctl.c.
 */
#include "bsdbpf.h"

#include <linux/compat.h>
#include <linux/inetdevice.h>
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
 * Return: 0, -ENXIO, -ENOBUFS, -EINVAL for zero copy without buffers; on error
 * everything stays as it was.
 */
int bsdbpf_ioc_setif(struct bsdbpf_desc *d, void *arg)
{
	bool had_buffers = d->store.data[0];
	const char *name = arg;
	int err;

	if (strnlen(name, IFNAMSIZ) == IFNAMSIZ)
		return -ENXIO;
	err = bsdbpf_buf_alloc(d);
	if (err)
		return err;
	err = bsdbpf_if_attach(d, name, in_compat_syscall());
	if (err && !had_buffers && d->bufmode == BPF_BUFMODE_BUFFER)
		bsdbpf_buf_resize(d, d->store.size);
	return err;
}

/* Appends a name to the list; what does not fit is only counted. */
static void bsdbpf_iflist_add(struct bpf_iflist *need, char *names, u32 size,
			      const char *name)
{
	u32 len = strlen(name) + 1;

	if (names && len <= size - min(need->bi_size, size))
		memcpy(names + need->bi_size, name, len);
	need->bi_size += len;
	need->bi_count++;
}

/*
 * Walks the interfaces that SETIF would take, in the order of their index, at
 * most max of them.  RTNL: names do not change.
 */
static void bsdbpf_iflist_walk(struct net *net, struct bpf_iflist *need,
			       char *names, u32 size, u32 max)
{
	struct net_device *dev;

	rtnl_lock();
	for_each_netdev(net, dev) {
		if (need->bi_count == max)
			break;
		if (bsdbpf_dlt_of(dev) >= 0)
			bsdbpf_iflist_add(need, names, size, dev->name);
	}
	rtnl_unlock();
}

/* More than a machine has interfaces, less than kvmalloc() refuses. */
#define BSDBPF_IFLIST_MAX	(16U << 20)

/**
 * bsdbpf_ioc_getiflist() - BIOCGETIFLIST
 * @d: descriptor
 * @arg: struct bpf_iflist of the 64-bit ABI, in and out
 *
 * Return: 0, -ENOSPC if the memory at bi_ubuf is too small, -EFAULT, -ENOMEM.
 */
int bsdbpf_ioc_getiflist(struct bsdbpf_desc *d, void *arg)
{
	struct bpf_iflist *list = arg, need = {};
	u32 size = min(list->bi_size, BSDBPF_IFLIST_MAX);
	char *names = NULL;
	int err = 0;

	if (size) {
		names = kvzalloc(size, GFP_KERNEL_ACCOUNT);
		if (!names)
			return -ENOMEM;
	}
	bsdbpf_iflist_walk(d->net, &need, names, size,
			   size ? list->bi_count : U32_MAX);
	if (size && need.bi_size > size)
		err = -ENOSPC;
	else if (size && copy_to_user((void __user *)list->bi_ubuf, names,
				      need.bi_size))
		err = -EFAULT;
	kvfree(names);
	list->bi_size = need.bi_size;
	list->bi_count = need.bi_count;
	return err;
}

/**
 * bsdbpf_ioc_gifaddr() - SIOCGIFADDR: the interface's first IPv4 address
 * @d: descriptor
 * @arg: struct ifreq; out: ifr_addr, as Linux lays it out
 *
 * Return: 0, -EINVAL if unattached, -EADDRNOTAVAIL if it has none.
 */
int bsdbpf_ioc_gifaddr(struct bsdbpf_desc *d, void *arg)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	const struct bsdbpf_if *bif;
	const struct in_ifaddr *ifa;
	const struct in_device *in;
	int err = -EINVAL;

	rtnl_lock();
	bif = rtnl_dereference(d->bif);
	if (bif) {
		in = __in_dev_get_rtnl(bif->dev);
		ifa = in ? rtnl_dereference(in->ifa_list) : NULL;
		err = -EADDRNOTAVAIL;
		if (ifa) {
			sin.sin_addr.s_addr = ifa->ifa_local;
			memcpy(arg + IFNAMSIZ, &sin, sizeof(sin));
			err = 0;
		}
	}
	rtnl_unlock();
	return err;
}

/**
 * bsdbpf_ioc_gfildrop() - BIOCGFILDROP
 * @d: descriptor
 * @arg: u32, out: BPF_FILDROP_*
 *
 * Return: 0.
 */
int bsdbpf_ioc_gfildrop(struct bsdbpf_desc *d, void *arg)
{
	*(u32 *)arg = d->fildrop;
	return 0;
}

/**
 * bsdbpf_ioc_sfildrop() - BIOCSFILDROP
 * @d: descriptor
 * @arg: u32, in: BPF_FILDROP_*
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP on a kernel without the hook, or as
 * bsdbpf_if_fildrop().
 */
int bsdbpf_ioc_sfildrop(struct bsdbpf_desc *d, void *arg)
{
	u32 fildrop = *(u32 *)arg;

	if (fildrop > BPF_FILDROP_DROP)
		return -EINVAL;
	if (fildrop && !IS_ENABLED(CONFIG_NETFILTER_INGRESS))
		return -EOPNOTSUPP;
	return bsdbpf_if_fildrop(d, fildrop);
}

/**
 * bsdbpf_ioc_gfanout() - BIOCGFANOUT
 * @d: descriptor
 * @arg: struct bpf_fanout, out
 *
 * Return: 0.
 */
int bsdbpf_ioc_gfanout(struct bsdbpf_desc *d, void *arg)
{
	struct bpf_fanout *fanout = arg;

	bsdbpf_fanout_get(d, &fanout->bfo_group, &fanout->bfo_mode);
	return 0;
}

/**
 * bsdbpf_ioc_sfanout() - BIOCSFANOUT
 * @d: descriptor
 * @arg: struct bpf_fanout, in
 *
 * Return: as bsdbpf_fanout_set().
 */
int bsdbpf_ioc_sfanout(struct bsdbpf_desc *d, void *arg)
{
	const struct bpf_fanout *fanout = arg;

	return bsdbpf_fanout_set(d, fanout->bfo_group, fanout->bfo_mode);
}
