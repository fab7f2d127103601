// SPDX-License-Identifier: GPL-2.0
/*
 * Packets that match a descriptor's filter and are kept from the stack
 * (BIOCSFILDROP, OpenBSD's): a netfilter hook on the interface's ingress, which
 * runs right behind the taps.  It is there only while a descriptor asks for it,
 * and judges with the descriptors' own filters; what is captured is the tap's
 * business alone.
 */
#include "bsdbpf.h"

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

struct bsdbpf_fildrop {
	unsigned int users;		/* RTNL */
	struct nf_hook_ops ops;		/* listed by readers under RCU */
	struct rcu_head rcu;
};

#ifdef CONFIG_NETFILTER_INGRESS

static bool bsdbpf_fildrop_wants(const struct bsdbpf_desc *d,
				 const struct bsdbpf_frame *frame)
{
	const struct bsdbpf_prog *prog;

	if (READ_ONCE(d->fildrop) == BPF_FILDROP_PASS ||
	    !bsdbpf_wants(d, false))
		return false;
	prog = rcu_dereference(d->filter);
	return !prog || bsdbpf_prog_run(prog, &frame->pkt, NULL);
}

/* Softirq, under rcu_read_lock(). */
static unsigned int bsdbpf_fildrop_hook(void *priv, struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	const struct bsdbpf_if *bif = priv;
	const struct bsdbpf_readers *readers = rcu_dereference(bif->readers);
	const struct bsdbpf_desc *d;
	struct bsdbpf_frame frame;
	u32 i;

	/* its own multicast: the tap does not show it either */
	if (skb->pkt_type == PACKET_LOOPBACK)
		return NF_ACCEPT;
	bsdbpf_frame_init(&frame, skb, bif, false);
	for (i = 0; readers && (d = rcu_dereference(readers->descs[i])); i++)
		if (bsdbpf_fildrop_wants(d, &frame))
			return NF_DROP;
	return NF_ACCEPT;
}

/**
 * bsdbpf_fildrop_get() - one more descriptor drops what it matches
 * @bif: its interface; caller holds RTNL
 *
 * May sleep.
 *
 * Return: 0 or -ENOBUFS.
 */
int bsdbpf_fildrop_get(struct bsdbpf_if *bif)
{
	struct bsdbpf_fildrop *fildrop = bif->fildrop;

	if (!fildrop) {
		fildrop = kzalloc(sizeof(*fildrop), GFP_KERNEL);
		if (!fildrop)
			return -ENOBUFS;
		fildrop->ops.hook = bsdbpf_fildrop_hook;
		fildrop->ops.dev = bif->dev;
		fildrop->ops.priv = bif;
		fildrop->ops.pf = NFPROTO_NETDEV;
		fildrop->ops.hooknum = NF_NETDEV_INGRESS;
		fildrop->ops.priority = INT_MIN;
		if (nf_register_net_hook(dev_net(bif->dev), &fildrop->ops)) {
			kfree(fildrop);
			return -ENOBUFS;
		}
		bif->fildrop = fildrop;
	}
	fildrop->users++;
	return 0;
}

/**
 * bsdbpf_fildrop_put() - one descriptor less
 * @bif: its interface; caller holds RTNL
 *
 * May sleep.  The hook may still run on another CPU: @bif is freed a grace
 * period after its last descriptor has left it.
 */
void bsdbpf_fildrop_put(struct bsdbpf_if *bif)
{
	struct bsdbpf_fildrop *fildrop = bif->fildrop;

	if (--fildrop->users)
		return;
	nf_unregister_net_hook(dev_net(bif->dev), &fildrop->ops);
	bif->fildrop = NULL;
	kfree_rcu(fildrop, rcu);
}

#else	/* SFILDROP refuses */

int bsdbpf_fildrop_get(struct bsdbpf_if *bif)
{
	return -EOPNOTSUPP;
}

void bsdbpf_fildrop_put(struct bsdbpf_if *bif)
{
}

#endif /* CONFIG_NETFILTER_INGRESS */
