// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
// Memory that is used before anybody asked whether there is any.
@r exists@
expression x, n;
identifier m;
position p;
statement S1, S2;
@@
 x@p = \(kmalloc\|kzalloc\|kvmalloc\|kvzalloc\|kcalloc\|kmemdup\|cbpf_alloc\|alloc_page\|malloc\|calloc\)(...);
 ... when != x == NULL
     when != x != NULL
     when != !x
     when != x = n
     when != if (x) S1 else S2
 x->m

@script:python@
p << r.p;
@@
print("%s:%s: used before it is checked" % (p[0].file, p[0].line))
