/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The kernel's log, and what in it is bad: see tools/vm/klog-patterns. */
#ifndef SYSCALL_KLOG_H
#define SYSCALL_KLOG_H

/** klog_open - begin; what was logged before does not count. @patterns: file */
void klog_open(const char *patterns);

/** klog_bad - the first bad line since the last call, or NULL */
const char *klog_bad(void);

#endif
