// SPDX-License-Identifier: GPL-2.0
/*
 * write(2): one write, one frame onto the link.
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
	hlen = bsdbpf_dlt_writehdr(bif->dlt);
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
 * of its own around.  May sleep.
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
		return NULL;
	skb_reserve(skb, reserve);
	skb_put(skb, linear);
	skb->data_len = len - linear;
	skb->len += len - linear;
	return skb;
}

/*
 * Ethernet: the extra room in bsdbpf_write_check() is for tagged frames only;
 * the source address is the interface's unless the writer says otherwise.
 */
static int bsdbpf_write_ether(const struct bsdbpf_desc *d, struct sk_buff *skb,
			      const struct net_device *dev)
{
	struct ethhdr *eth = (struct ethhdr *)skb->data;

	if (skb->len - ETH_HLEN > READ_ONCE(dev->mtu) &&
	    !eth_type_vlan(eth->h_proto))
		return -EMSGSIZE;
	if (!READ_ONCE(d->hdrcmplt))
		ether_addr_copy(eth->h_source, dev->dev_addr);
	return 0;
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

/* Sends the frame, or frees it.  Caller is in an RCU read side. */
static int bsdbpf_write_xmit(const struct bsdbpf_desc *d, struct sk_buff *skb)
{
	const struct bsdbpf_if *bif = rcu_dereference(d->bif);
	int hlen, err;

	hlen = bsdbpf_write_check(bif, skb->len);
	err = hlen < 0 ? hlen : 0;
	if (!err && bif->dlt == DLT_EN10MB)
		err = bsdbpf_write_ether(d, skb, bif->dev);
	if (err) {
		kfree_skb(skb);
		return err;
	}
	bsdbpf_write_label(skb, bif, hlen);
	err = dev_queue_xmit(skb);
	/* positive: a queue dropped it, or is congested but took it */
	return err > 0 ? net_xmit_errno(err) : err;
}

/**
 * bsdbpf_write_iter() - write(2) and writev(2)
 * @iocb: the open file; not one opened read-only, see vfs_write()
 * @from: one frame with its link header
 *
 * May sleep for memory, never for the link: O_NONBLOCK changes nothing.  The
 * frame is seen by taps as any sent one, by the writer's own, too.
 *
 * Return: the frame's length; -ENXIO (no interface), -ENETDOWN, -EIO (link
 * type that cannot be written), -EMSGSIZE (shorter than the link header or
 * longer than the MTU), -ENOBUFS, -EFAULT, or an error of the interface.
 */
ssize_t bsdbpf_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct bsdbpf_desc *d = iocb->ki_filp->private_data;
	size_t len = iov_iter_count(from), reserve = 0, tail = 0;
	const struct bsdbpf_if *bif;
	struct sk_buff *skb;
	int err;

	bsdbpf_desc_used(d);
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
	if (!skb)
		return -ENOBUFS;
	if (skb_copy_datagram_from_iter(skb, 0, from, len)) {
		kfree_skb(skb);
		return -EFAULT;
	}
	rcu_read_lock();
	err = bsdbpf_write_xmit(d, skb);
	rcu_read_unlock();
	return err ? err : len;
}
