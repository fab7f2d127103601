// SPDX-License-Identifier: GPL-2.0
/*
 * The character device: its two names and its file operations.  Knows nothing
 * of packets.
 *
 * /dev/bpf0 is the same as /dev/bpf, for programs that know only numbered
 * nodes.  Opening either is never refused as busy: each open is a descriptor
 * of its own (FreeBSD >= 8).
 */
#include "bsdbpf.h"

#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nsproxy.h>

/*
 * Static minors let the nodes exist, and load the module, before it is loaded.
 * Of the range for local use (240-254, Documentation/admin-guide/devices.txt)
 * the kernel's own drivers have taken 240-242.
 */
#define BSDBPF_MINOR	243
#define BSDBPF0_MINOR	244

static int bsdbpf_open(struct inode *inode, struct file *file)
{
	struct bsdbpf_desc *d = bsdbpf_desc_new(current->nsproxy->net_ns,
						file);

	if (IS_ERR(d))
		return PTR_ERR(d);
	file->private_data = d;
	/* no file position: reads and writes may run side by side */
	return stream_open(inode, file);
}

static int bsdbpf_release(struct inode *inode, struct file *file)
{
	bsdbpf_desc_put(file->private_data);
	return 0;
}

static const struct file_operations bsdbpf_fops = {
	.owner		= THIS_MODULE,
	.open		= bsdbpf_open,
	.release	= bsdbpf_release,
	.read_iter	= bsdbpf_read_iter,
	.write_iter	= bsdbpf_write_iter,
	.poll		= bsdbpf_poll,
	.mmap		= bsdbpf_mmap,
	.unlocked_ioctl	= bsdbpf_ioctl,
	.compat_ioctl	= bsdbpf_compat_ioctl,
	.fasync		= bsdbpf_fasync,
};

static struct miscdevice bsdbpf_devs[] = {
	{
		.minor	= BSDBPF_MINOR,
		.name	= "bpf",
		.fops	= &bsdbpf_fops,
		.mode	= 0600,
	}, {
		.minor	= BSDBPF0_MINOR,
		.name	= "bpf0",
		.fops	= &bsdbpf_fops,
		.mode	= 0600,
	},
};

/*
 * depmod makes the static node of devname: from the first number it meets, in
 * whatever order the compiler left them: it must see only one.  The brackets
 * hide the other from it, and mean nothing to modprobe, which matches patterns.
 */
MODULE_ALIAS("devname:bpf");
MODULE_ALIAS_MISCDEV(BSDBPF_MINOR);
MODULE_ALIAS("char-major-1[0]-" __stringify(BSDBPF0_MINOR));

/**
 * bsdbpf_dev_register() - make the device nodes appear
 *
 * May sleep.  Last step of loading: from here on there can be descriptors.
 *
 * Return: 0, or -EBUSY when another driver has one of the minors.
 */
int bsdbpf_dev_register(void)
{
	int err;

	err = misc_register(&bsdbpf_devs[0]);
	if (err)
		return err;
	err = misc_register(&bsdbpf_devs[1]);
	if (err)
		misc_deregister(&bsdbpf_devs[0]);
	return err;
}

/**
 * bsdbpf_dev_unregister() - take the device nodes away
 *
 * Nobody has a descriptor open any more: each holds the module.
 */
void bsdbpf_dev_unregister(void)
{
	misc_deregister(&bsdbpf_devs[1]);
	misc_deregister(&bsdbpf_devs[0]);
}
