// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
// What may sleep, called with a spinlock held or on the read side of RCU.
@r exists@
position p;
identifier take =~ "^(spin_lock|spin_lock_bh|spin_lock_irq|rcu_read_lock|rcu_read_lock_bh|local_bh_disable)$";
identifier give =~ "^(spin_unlock|spin_unlock_bh|spin_unlock_irq|rcu_read_unlock|rcu_read_unlock_bh|local_bh_enable)$";
identifier f =~ "^(kvmalloc|kvzalloc|vfree|copy_to_user|copy_from_user|mutex_lock|mutex_lock_interruptible|rtnl_lock|synchronize_rcu|synchronize_net|msleep)$";
@@
 take(...)
 ... when != give(...)
 f@p(...)

@script:python@
p << r.p;
@@
print("%s:%s: may sleep, and must not here" % (p[0].file, p[0].line))
