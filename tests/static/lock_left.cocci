// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
// A return that leaves a lock taken which the file gives back elsewhere.  What starts the
// reading of a seq_file is meant to: its stop function gives it back.
@r exists@
position p;
expression l, e;
@@
 \(mutex_lock(l)\|spin_lock(l)\|spin_lock_bh(l)\);
 ... when != \(mutex_unlock(l)\|spin_unlock(l)\|spin_unlock_bh(l)\)
 return@p e;

@given exists@
expression r.l;
@@
 \(mutex_unlock(l)\|spin_unlock(l)\|spin_unlock_bh(l)\);

@script:python depends on given@
p << r.p;
@@
if not p[0].current_element.endswith("_seq_start"):
    print("%s:%s: returns with a lock" % (p[0].file, p[0].line))
