// SPDX-License-Identifier: GPL-2.0
/*
 * The sysctls net.bpf.*: names, defaults and bounds.  Each network namespace
 * has its own.  Whoever uses a value reads it from struct bsdbpf_net.
 */
#include "bsdbpf.h"

#include <linux/slab.h>
#include <linux/sysctl.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

/* What an offset in struct bsdbpf_store can count. */
#define BSDBPF_MAXBUFSIZE_MAX	(1U << BSDBPF_OFF_BITS)

static unsigned int bsdbpf_zero, bsdbpf_one = 1, bsdbpf_two = 2;
static unsigned int bsdbpf_minbufsize = BPF_MINBUFSIZE;
static unsigned int bsdbpf_maxbufsize_max = BSDBPF_MAXBUFSIZE_MAX;
static unsigned int bsdbpf_maxinsns_max = CBPF_MAXINSNS;

/*
 * net.bpf.stats: received, dropped and captured packets of the namespace since
 * the module was loaded.  Writing 0 starts anew, as FreeBSD's does.
 */
static int bsdbpf_sysctl_stats(CTL_TABLE_CONST struct ctl_table *table,
			       int write, void *buffer, size_t *lenp,
			       loff_t *ppos)
{
	struct bsdbpf_net *bnet = table->extra1;
	unsigned long sum[3] = {};
	struct ctl_table values = {
		.procname	= table->procname,
		.data		= sum,
		.maxlen		= sizeof(sum),
		.mode		= table->mode,
	};
	int err;

	if (!write)
		bsdbpf_stats_sum(bnet, sum);
	err = proc_doulongvec_minmax(&values, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	if (sum[0] || sum[1] || sum[2])
		return -EINVAL;
	bsdbpf_stats_zero(bnet);
	return 0;
}

/* Data pointers, and what depends on another value, are set per namespace. */
static const struct ctl_table bsdbpf_sysctls[] = {
	{
		.procname	= "bufsize",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &bsdbpf_minbufsize,
	}, {
		.procname	= "maxbufsize",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &bsdbpf_minbufsize,
		.extra2		= &bsdbpf_maxbufsize_max,
	}, {
		.procname	= "maxinsns",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &bsdbpf_one,
		.extra2		= &bsdbpf_maxinsns_max,
	}, {
		.procname	= "optimize_writers",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &bsdbpf_zero,
		.extra2		= &bsdbpf_one,
	}, {
		.procname	= "zerocopy_enable",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &bsdbpf_zero,
		.extra2		= &bsdbpf_one,
	}, {
		/* read when a filter is set */
		.procname	= "jit_enable",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &bsdbpf_zero,
		.extra2		= &bsdbpf_two,
	}, {
		/* so is this; what protects all is not for a container's root */
		.procname	= "jit_harden",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0444,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &bsdbpf_zero,
		.extra2		= &bsdbpf_two,
	}, {
		.procname	= "stats",
		.mode		= 0644,
		.proc_handler	= bsdbpf_sysctl_stats,
	},
	{ }
};

/**
 * bsdbpf_sysctl_init() - set a namespace's values and make them appear
 * @net: namespace that is being made
 *
 * Return: 0 or -ENOMEM.
 */
int bsdbpf_sysctl_init(struct net *net)
{
	struct bsdbpf_net *bnet = bsdbpf_net_of(net);
	struct ctl_table *table;

	bnet->bufsize = BPF_DEFAULTBUFSIZE;
	bnet->maxbufsize = BPF_MAXBUFSIZE;
	bnet->maxinsns = CBPF_MAXINSNS;
	bnet->jit_enable = 1;
	bnet->jit_harden = 1;

	table = kmemdup(bsdbpf_sysctls, sizeof(bsdbpf_sysctls), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	table[0].data = &bnet->bufsize;
	table[0].extra2 = &bnet->maxbufsize;
	table[1].data = &bnet->maxbufsize;
	table[2].data = &bnet->maxinsns;
	table[3].data = &bnet->optimize_writers;
	table[4].data = &bnet->zerocopy_enable;
	table[5].data = &bnet->jit_enable;
	table[6].data = &bnet->jit_harden;
	if (net->user_ns == &init_user_ns)
		table[6].mode = 0644;
	table[7].extra1 = bnet;
	bnet->sysctl_table = table;
	bnet->sysctl = register_net_sysctl_sz(net, "net/bpf", table,
					      ARRAY_SIZE(bsdbpf_sysctls) - 1);
	if (bnet->sysctl)
		return 0;
	kfree(table);
	return -ENOMEM;
}

/**
 * bsdbpf_sysctl_exit() - make them vanish
 * @net: namespace that is being destroyed
 */
void bsdbpf_sysctl_exit(struct net *net)
{
	struct bsdbpf_net *bnet = bsdbpf_net_of(net);

	unregister_net_sysctl_table(bnet->sysctl);
	kfree(bnet->sysctl_table);
}
