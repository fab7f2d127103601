// SPDX-License-Identifier: GPL-2.0
/*
 * An Ethernet interface whose hardware stamps what it receives, which no machine
 * that QEMU emulates has.  It receives what it sends; the stamp is in the frame:
 * bytes 18-25 (a VLAN tag not counted) are nanoseconds, big endian, byte 26 says
 * how the driver gives it: 0 in the packet, 1 as a token that only the driver can
 * turn into a time.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

static struct net_device *hwstamp_dev;

/* What the token stands for: the time, upside down. */
static ktime_t hwstamp_get(struct net_device *dev,
			   const struct skb_shared_hwtstamps *stamps, bool cycles)
{
	return ~(u64)stamps->netdev_data;
}

static netdev_tx_t hwstamp_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct skb_shared_hwtstamps *stamps = skb_hwtstamps(skb);
	int off = eth_type_vlan(skb->protocol) ? VLAN_HLEN : 0;
	__be64 be = 0;
	u8 how = 0;
	u64 ns;

	skb_copy_bits(skb, off + 18, &be, sizeof(be));
	skb_copy_bits(skb, off + 26, &how, sizeof(how));
	ns = be64_to_cpu(be);
	skb_orphan(skb);
	if (how) {
		skb_shinfo(skb)->tx_flags |= SKBTX_HW_TSTAMP_NETDEV;
		stamps->netdev_data = (void *)~ns;
	} else {
		stamps->hwtstamp = ns;
	}
	skb->protocol = eth_type_trans(skb, dev);
	netif_rx(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops hwstamp_ops = {
	.ndo_start_xmit	= hwstamp_xmit,
	.ndo_get_tstamp	= hwstamp_get,
};

static void hwstamp_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &hwstamp_ops;
	dev->flags |= IFF_NOARP;
	eth_hw_addr_random(dev);
}

static int __init hwstamp_init(void)
{
	int err;

	hwstamp_dev = alloc_netdev(0, "hwstamp%d", NET_NAME_ENUM, hwstamp_setup);
	if (!hwstamp_dev)
		return -ENOMEM;
	err = register_netdev(hwstamp_dev);
	if (err)
		free_netdev(hwstamp_dev);
	return err;
}

static void __exit hwstamp_exit(void)
{
	unregister_netdev(hwstamp_dev);
	free_netdev(hwstamp_dev);
}

module_init(hwstamp_init);
module_exit(hwstamp_exit);

MODULE_DESCRIPTION("Test interface with hardware time stamps");
MODULE_LICENSE("GPL");
