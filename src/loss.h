/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why an accepted packet was not stored, in one list: what counts, what is traced
 * and what /proc/net/bpf names columns after.  Knows nothing else of the driver.
 */
#ifndef _BSDBPF_LOSS_H
#define _BSDBPF_LOSS_H

/* name, what tracepoints and columns call it (bpf(4) explains them) */
#define BSDBPF_LOSS_LIST(X)						\
	X(UNREAD, "unread")	/* a hold buffer waits for a read */	\
	X(READING, "reading")	/* a read is copying it just now */	\
	X(CLOSING, "closing")	/* a processor still writes into it */	\
	X(SHARED, "shared")	/* the program has it, and not given back */ \
	X(HEAD, "head")		/* given up for newer ones */		\
	X(SIZE, "size")		/* no buffer has room for a header */

#define BSDBPF_LOSS_ENUM(name, text)	BSDBPF_LOSS_##name,
enum bsdbpf_loss {
	BSDBPF_LOSS_LIST(BSDBPF_LOSS_ENUM)
	BSDBPF_LOSSES
};

#endif /* _BSDBPF_LOSS_H */
