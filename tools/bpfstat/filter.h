/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What there is to do with a filter as /proc/net/bpf_filter writes it; in a header of
 * its own, so that filter.c alone sees those of the filter tools.
 */
#ifndef BPFSTAT_FILTER_H
#define BPFSTAT_FILTER_H

void filter_show(const char *which, const char *cell, const char *engine);

#endif /* BPFSTAT_FILTER_H */
