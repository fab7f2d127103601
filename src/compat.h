/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes every supported kernel look like the newest: the only place that knows
 * that kernels differ.  What the target's headers offer is probed, not guessed
 * from version numbers, because stable kernels back-port: kconf.h is written
 * by tools/kconf/probe at build time.
 */
#ifndef _BSDBPF_COMPAT_H
#define _BSDBPF_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/skbuff.h>
#include "kconf.h"

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

#endif /* _BSDBPF_COMPAT_H */
