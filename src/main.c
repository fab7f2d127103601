// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading: the order in which the module's parts come to life.
 * Knows no part's inside.
 */
#include "bsdbpf.h"

#include <linux/module.h>

static int __init bsdbpf_init(void)
{
	int err;

	/* Same layout as in user space, or every client would misread it. */
	BUILD_BUG_ON(sizeof(struct bpf_hdr) != 32);
	BUILD_BUG_ON(offsetof(struct bpf_hdr, bh_caplen) != 16);
	BUILD_BUG_ON(offsetof(struct bpf_hdr, bh_hdrlen) != 24);
	BUILD_BUG_ON(offsetof(struct bpf_xhdr, bh_hdrlen) != 24);
	BUILD_BUG_ON(sizeof(struct bpf_pktinfo) != 6);
	BUILD_BUG_ON(sizeof(struct bpf_dltlist) != 16);
	BUILD_BUG_ON(sizeof(struct bpf_zbuf) != 24);
	BUILD_BUG_ON(sizeof(struct bpf_zbuf_header) != 32);
	BUILD_BUG_ON(sizeof(struct bpf_iflist) != 16);
	BUILD_BUG_ON(sizeof(struct bpf_stat64) != 128);
	BUILD_BUG_ON(sizeof(struct bpf_engine) != 32);

	bsdbpf_engine_init();
	err = bsdbpf_desc_init();
	if (err)
		goto engine_exit;
	err = bsdbpf_net_register();
	if (err)
		goto desc_exit;
	err = bsdbpf_if_init();
	if (err)
		goto net_unregister;
	err = bsdbpf_dev_register();
	if (err)
		goto if_exit;
	pr_info("bsdbpf: BSD packet filter device /dev/bpf ready\n");
	return 0;

if_exit:
	bsdbpf_if_exit();
net_unregister:
	bsdbpf_net_unregister();
desc_exit:
	bsdbpf_desc_exit();
engine_exit:
	bsdbpf_engine_exit();
	return err;
}

static void __exit bsdbpf_exit(void)
{
	bsdbpf_dev_unregister();
	bsdbpf_if_exit();
	bsdbpf_net_unregister();
	rcu_barrier();	/* descriptors and taps that wait to be freed */
	bsdbpf_desc_exit();
	bsdbpf_engine_exit();
}

module_init(bsdbpf_init);
module_exit(bsdbpf_exit);

MODULE_DESCRIPTION("BSD packet filter device /dev/bpf");
MODULE_AUTHOR("The bsdbpf authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(BSDBPF_VERSION);
