// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
// A structure or array on the stack that goes to a program and did not begin as zeros.
@r exists@
type T;
identifier x;
position p;
expression u, n;
@@
 T x@p;
 ... when != memset(&x, ...)
     when != memset(x, ...)
 \(copy_to_user(u, &x, n)\|copy_to_user(u, x, n)\|copy_to_iter(&x, ...)\)

@script:python@
p << r.p;
@@
print("%s:%s: goes to a program, and did not begin as zeros" % (p[0].file, p[0].line))
