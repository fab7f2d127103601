// SPDX-License-Identifier: GPL-2.0
/*
 * write(2): one write, one frame onto the link; for many see batch.c.
 *
 * The interface is looked at twice, before the frame is copied in, which may
 * sleep, and after it, each time under RCU.  So a writer whose memory is slow
 * to come holds up neither the interface's removal nor anything else, and a
 * descriptor that lost its interface meanwhile gets ENXIO as on BSD.
 */
#include "bsdbpf.h"

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>
#include <linux/uio.h>

/* Frames above this are put together from pages instead of one big piece. */
#define BSDBPF_LINEAR_MAX	SKB_WITH_OVERHEAD(PAGE_SIZE * 2)

/*
 * May a frame of len bytes go out on the interface?  A full-size frame with a
 * VLAN tag passes, as Linux interfaces send them; BSD refuses it.
 * Return: length of the link header, or the documented error.
 */
static int bsdbpf_write_check(const struct bsdbpf_if *bif, size_t len)
{
	size_t room;
	int hlen;

	if (!bif)
		return -ENXIO;
	if (!(READ_ONCE(bif->dev->flags) & IFF_UP))
		return -ENETDOWN;
	if (!len)
		return 0;
	hlen = bsdbpf_dlt_writehdr(bif);
	if (hlen < 0)
		return hlen;
	room = READ_ONCE(bif->dev->mtu);
	if (bif->dlt == DLT_EN10MB)
		room += VLAN_HLEN;
	if (len < hlen || len < bif->dev->min_header_len || len - hlen > room)
		return -EMSGSIZE;
	return hlen;
}

/*
 * Room for a frame of len bytes that a driver can put reserve and tail bytes
 * of its own around.  May sleep.  ERR_PTR of -ENOBUFS, or of -EMSGSIZE if the kernel
 * has no frames of that length, whatever the interface's MTU.
 */
static struct sk_buff *bsdbpf_write_alloc(size_t len, size_t reserve,
					  size_t tail)
{
	size_t linear = min_t(size_t, len, BSDBPF_LINEAR_MAX);
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(reserve + linear + tail, len - linear,
				   PAGE_ALLOC_COSTLY_ORDER, &err, GFP_KERNEL);
	if (!skb)
		return ERR_PTR(err);
	skb_reserve(skb, reserve);
	skb_put(skb, linear);
	skb->data_len = len - linear;
	skb->len += len - linear;
	return skb;
}

/* For bsdbpf_write_hidden(). */
static void bsdbpf_write_hide(struct sk_buff *skb, struct net_device *dev)
{
	skb_shinfo(skb)->destructor_arg = dev;
}

/*
 * The 802.1p priority: skb->priority is what a VLAN interface makes its tag's
 * of, a frame that was written with a tag has it there.
 */
static void bsdbpf_write_pcp(struct sk_buff *skb, u8 pcp)
{
	struct vlan_ethhdr *veth = (struct vlan_ethhdr *)skb->data;
	u16 tci;

	skb->priority = pcp;
	if (skb_headlen(skb) < sizeof(*veth) ||
	    !eth_type_vlan(veth->h_vlan_proto))
		return;
	tci = ntohs(veth->h_vlan_TCI) & ~VLAN_PRIO_MASK;
	veth->h_vlan_TCI = htons(tci | pcp << VLAN_PRIO_SHIFT);
}

/* On Ethernet the extra room in bsdbpf_write_check() is for tagged frames. */
static bool bsdbpf_write_fits(const struct sk_buff *skb,
			      const struct net_device *dev)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;

	return skb->len - ETH_HLEN <= READ_ONCE(dev->mtu) ||
	       eth_type_vlan(eth->h_proto);
}

/* The source address is the interface's unless the writer says otherwise. */
static void bsdbpf_write_ether(const struct bsdbpf_desc *d, struct sk_buff *skb,
			       const struct net_device *dev)
{
	struct ethhdr *eth = (struct ethhdr *)skb->data;

	if (!READ_ONCE(d->hdrcmplt))
		ether_addr_copy(eth->h_source, dev->dev_addr);
	if (READ_ONCE(d->pcp))
		bsdbpf_write_pcp(skb, d->pcp);
}

/* What the layers below want to know of a packet that no protocol made. */
static void bsdbpf_write_label(struct sk_buff *skb, const struct bsdbpf_if *bif,
			       int hlen)
{
	skb->dev = bif->dev;
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, hlen);
	if (bif->dlt == DLT_RAW)
		skb->protocol = (skb->data[0] >> 4) == 6 ? htons(ETH_P_IPV6) :
							   htons(ETH_P_IP);
	else
		skb->protocol = dev_parse_header_protocol(skb);
	skb_probe_transport_header(skb);
}

/* The write filter judges what was written, before anything is filled in. */
static bool bsdbpf_write_passes(struct bsdbpf_desc *d, const struct sk_buff *skb)
{
	const struct bsdbpf_prog *prog = rcu_dereference(d->wfilter);
	struct bsdbpf_frame frame;

	if (prog) {
		bsdbpf_frame_whole(&frame, skb);
		if (!bsdbpf_prog_run(prog, &frame.pkt,
				     &d->counts->wfallback))
			return false;
	}
	atomic64_inc(&d->wmatch);
	return true;
}

/* Hands a copy of what was sent to the stack, as if it had come in. */
static void bsdbpf_write_feed(struct sk_buff *copy, const struct bsdbpf_if *bif,
			      int hlen)
{
	if (bif->dlt == DLT_EN10MB)
		copy->protocol = eth_type_trans(copy, bif->dev);
	else
		skb_pull(copy, hlen);
	netif_rx(copy);
}

/* Sends the frame, or frees it.  Caller is in an RCU read side. */
static int bsdbpf_write_xmit(struct bsdbpf_desc *d, struct sk_buff *skb)
{
	const struct bsdbpf_if *bif = rcu_dereference(d->bif);
	struct sk_buff *copy = NULL;
	int hlen, err;

	hlen = bsdbpf_write_check(bif, skb->len);
	err = hlen < 0 ? hlen : 0;
	if (!err && bif->dlt == DLT_EN10MB && !bsdbpf_write_fits(skb, bif->dev))
		err = -EMSGSIZE;
	if (!err && !bsdbpf_write_passes(d, skb))
		err = -EPERM;
	if (err) {
		kfree_skb(skb);
		return err;
	}
	if (bif->dlt == DLT_EN10MB)
		bsdbpf_write_ether(d, skb, bif->dev);
	bsdbpf_write_label(skb, bif, hlen);
	if (READ_ONCE(d->feedback)) {
		/* without memory it is only sent, as on BSD */
		copy = skb_copy(skb, GFP_ATOMIC);
		if (copy && READ_ONCE(d->direction) == BPF_D_INOUT)
			bsdbpf_write_hide(skb, bif->dev);
	}
	err = dev_queue_xmit(skb);
	/* positive: a queue dropped it, or is congested but took it */
	if (err > 0)
		err = net_xmit_errno(err);
	if (copy && err)
		kfree_skb(copy);
	else if (copy)
		bsdbpf_write_feed(copy, bif, hlen);
	return err;
}

static int bsdbpf_write_send(struct bsdbpf_desc *d, struct iov_iter *from)
{
	size_t len = iov_iter_count(from), reserve = 0, tail = 0;
	const struct bsdbpf_if *bif;
	struct sk_buff *skb;
	int err;

	rcu_read_lock();
	bif = rcu_dereference(d->bif);
	err = bsdbpf_write_check(bif, len);
	if (err >= 0) {
		reserve = LL_RESERVED_SPACE(bif->dev);
		tail = READ_ONCE(bif->dev->needed_tailroom);
	}
	rcu_read_unlock();
	if (err < 0 || !len)
		return err;

	skb = bsdbpf_write_alloc(len, reserve, tail);
	if (IS_ERR(skb))
		return PTR_ERR(skb);
	if (skb_copy_datagram_from_iter(skb, 0, from, len)) {
		kfree_skb(skb);
		return -EFAULT;
	}
	rcu_read_lock();
	err = bsdbpf_write_xmit(d, skb);
	rcu_read_unlock();
	return err;
}

/**
 * bsdbpf_write_frame() - send one frame
 * @d: descriptor
 * @from: the frame, all of it
 *
 * May sleep for memory, never for the link.
 *
 * Return: 0 or as bsdbpf_write_iter().
 */
int bsdbpf_write_frame(struct bsdbpf_desc *d, struct iov_iter *from)
{
	int err = bsdbpf_write_send(d, from);

	atomic64_inc(&d->wcount);
	if (err)
		atomic64_inc(&d->wdrop);
	return err;
}

/**
 * bsdbpf_write_iter() - write(2) and writev(2)
 * @iocb: the open file; not one opened read-only, see vfs_write()
 * @from: one frame with its link header, or a batch of records
 *
 * May sleep for memory, never for the link: O_NONBLOCK changes nothing.  The
 * frame is seen by taps as any sent one, by the writer's own, too, unless it
 * is fed back.
 *
 * Return: the frame's length; -ENXIO (no interface), -ENETDOWN, -EIO (link
 * type that cannot be written), -EMSGSIZE (shorter than the link header or
 * longer than the MTU), -ENOBUFS, -EFAULT, -EPERM (the write filter refuses
 * it), an error of the interface, or one of bsdbpf_batch_write().
 */
ssize_t bsdbpf_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct bsdbpf_desc *d = iocb->ki_filp->private_data;
	size_t len = iov_iter_count(from);
	int err;

	bsdbpf_desc_used(d);
	if (READ_ONCE(d->batch))
		return bsdbpf_batch_write(d, from);
	err = bsdbpf_write_frame(d, from);
	return err ? err : len;
}
