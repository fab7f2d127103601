/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes every supported kernel look like the newest: the only place that knows
 * that kernels differ.  What the target's headers offer is probed, not guessed
 * from version numbers, because stable kernels back-port: kconf.h is written
 * by tools/kconf/probe at build time.
 */
#ifndef _BSDBPF_COMPAT_H
#define _BSDBPF_COMPAT_H

#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/skbuff.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>
#include "kconf.h"

/* Moved in 6.12. */
#ifdef HAVE_LINUX_UNALIGNED
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* Since 6.12 a fragment may lie in a device's memory, where no CPU can read. */
#ifndef HAVE_SKB_FRAGS_READABLE
static inline bool skb_frags_readable(const struct sk_buff *skb)
{
	return true;
}
#endif

/* Since 6.13, and hrtimer_init() is gone since 6.15. */
#ifndef HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*fn)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}
#endif

/* Since 6.12 a file's owner is allocated when there is one. */
#ifndef HAVE_FILE_F_OWNER
static inline struct fown_struct *file_f_owner(struct file *file)
{
	return &file->f_owner;
}

static inline int file_f_owner_allocate(struct file *file)
{
	return 0;
}
#endif

/* Since 6.11 handlers of sysctls get a constant table. */
#ifdef HAVE_CONST_CTL_TABLE
#define CTL_TABLE_CONST	const
#else
#define CTL_TABLE_CONST
#endif

/*
 * Since 6.6 a table says how long it is and since 6.11 needs no empty last
 * entry, which older kernels look for; the count does not include it.
 */
#ifndef HAVE_REGISTER_NET_SYSCTL_SZ
static inline struct ctl_table_header *
register_net_sysctl_sz(struct net *net, const char *path,
		       struct ctl_table *table, size_t count)
{
	return register_net_sysctl(net, path, table);
}
#endif

#endif /* _BSDBPF_COMPAT_H */
