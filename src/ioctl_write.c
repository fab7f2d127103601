// SPDX-License-Identifier: GPL-2.0
/*
 * The commands about writing.  Contract of every handler: see ioctl.c.
 */
#include "bsdbpf.h"

/**
 * bsdbpf_ioc_ghdrcmplt() - BIOCGHDRCMPLT
 * @d: descriptor
 * @arg: u32, out: 0 or 1
 *
 * Return: 0.
 */
int bsdbpf_ioc_ghdrcmplt(struct bsdbpf_desc *d, void *arg)
{
	*(u32 *)arg = d->hdrcmplt;
	return 0;
}

/**
 * bsdbpf_ioc_shdrcmplt() - BIOCSHDRCMPLT
 * @d: descriptor
 * @arg: u32, in: if not 0, written frames carry their own source address
 *
 * Return: 0, -EINVAL if it is to be cleared while writes are batches.
 */
int bsdbpf_ioc_shdrcmplt(struct bsdbpf_desc *d, void *arg)
{
	bool hdrcmplt = *(u32 *)arg != 0;

	if (!hdrcmplt && d->batch)
		return -EINVAL;
	WRITE_ONCE(d->hdrcmplt, hdrcmplt);
	return 0;
}

/**
 * bsdbpf_ioc_gfeedback() - BIOCGFEEDBACK
 * @d: descriptor
 * @arg: u32, out: 0 or 1
 *
 * Return: 0.
 */
int bsdbpf_ioc_gfeedback(struct bsdbpf_desc *d, void *arg)
{
	*(u32 *)arg = d->feedback;
	return 0;
}

/**
 * bsdbpf_ioc_sfeedback() - BIOCFEEDBACK
 * @d: descriptor
 * @arg: u32, in: if not 0, the stack receives what is written
 *
 * Return: 0.
 */
int bsdbpf_ioc_sfeedback(struct bsdbpf_desc *d, void *arg)
{
	WRITE_ONCE(d->feedback, *(u32 *)arg != 0);
	return 0;
}

/**
 * bsdbpf_ioc_gbatchwrite() - BIOCGBATCHWRITE
 * @d: descriptor
 * @arg: u32, out: 0 or 1
 *
 * Return: 0.
 */
int bsdbpf_ioc_gbatchwrite(struct bsdbpf_desc *d, void *arg)
{
	*(u32 *)arg = d->batch;
	return 0;
}

/**
 * bsdbpf_ioc_sbatchwrite() - BIOCSBATCHWRITE
 * @d: descriptor
 * @arg: u32, in: if not 0, each write is a sequence of records
 *
 * Return: 0, -EINVAL unless BIOCSHDRCMPLT is on.
 */
int bsdbpf_ioc_sbatchwrite(struct bsdbpf_desc *d, void *arg)
{
	bool batch = *(u32 *)arg != 0;

	if (batch && !d->hdrcmplt)
		return -EINVAL;
	WRITE_ONCE(d->batch, batch);
	return 0;
}

/**
 * bsdbpf_ioc_setvlanpcp() - BIOCSETVLANPCP
 * @d: descriptor
 * @arg: u32, in: 802.1p priority of what is written, 0 to 7; 0 sets none
 *
 * Return: 0, -EINVAL.
 */
int bsdbpf_ioc_setvlanpcp(struct bsdbpf_desc *d, void *arg)
{
	u32 pcp = *(u32 *)arg;

	if (pcp > 7)
		return -EINVAL;
	WRITE_ONCE(d->pcp, pcp);
	return 0;
}
