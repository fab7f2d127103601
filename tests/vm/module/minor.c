// SPDX-License-Identifier: GPL-2.0
/*
 * Another driver that has the number of /dev/bpf, for the case check.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

static const struct file_operations minor_fops = { .owner = THIS_MODULE };
static struct miscdevice minor_dev = {
	.minor = 243,
	.name = "squatter",
	.fops = &minor_fops,
};

module_misc_device(minor_dev);

MODULE_DESCRIPTION("takes the number of /dev/bpf");
MODULE_LICENSE("GPL");
