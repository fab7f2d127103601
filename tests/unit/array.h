/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef UNIT_ARRAY_H
#define UNIT_ARRAY_H

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#endif
