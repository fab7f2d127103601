// SPDX-License-Identifier: GPL-2.0
/*
 * What the driver keeps for each network namespace, and its coming and going.
 * Knows no more of it than that it exists.
 */
#include "bsdbpf.h"

#include <net/net_namespace.h>
#include <net/netns/generic.h>

static unsigned int bsdbpf_net_id __read_mostly;

/**
 * bsdbpf_net_of() - the driver's part of a namespace
 * @net: namespace that lives
 */
struct bsdbpf_net *bsdbpf_net_of(const struct net *net)
{
	return net_generic(net, bsdbpf_net_id);
}

static int __net_init bsdbpf_net_init(struct net *net)
{
	struct bsdbpf_net *bnet = bsdbpf_net_of(net);
	int err;

	INIT_LIST_HEAD(&bnet->descs);
	spin_lock_init(&bnet->lock);
	err = bsdbpf_sysctl_init(net);
	if (err)
		return err;
	err = bsdbpf_stats_init(net);
	if (err)
		bsdbpf_sysctl_exit(net);
	return err;
}

static void __net_exit bsdbpf_net_exit(struct net *net)
{
	bsdbpf_stats_exit(net);
	bsdbpf_sysctl_exit(net);
}

static struct pernet_operations bsdbpf_net_ops = {
	.init	= bsdbpf_net_init,
	.exit	= bsdbpf_net_exit,
	.id	= &bsdbpf_net_id,
	.size	= sizeof(struct bsdbpf_net),
};

/**
 * bsdbpf_net_register() - set up every namespace there is and will be
 *
 * Return: 0 or -ENOMEM.
 */
int bsdbpf_net_register(void)
{
	return register_pernet_subsys(&bsdbpf_net_ops);
}

/**
 * bsdbpf_net_unregister() - undo it
 */
void bsdbpf_net_unregister(void)
{
	unregister_pernet_subsys(&bsdbpf_net_ops);
}
