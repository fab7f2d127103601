/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The protocol of src/store.h, for spin: two writers, a reader, and one who swaps
 * the filter, resets and rotates.  Every access that others can see is a step
 * of its own, in program order: weak ordering is not modelled, ThreadSanitizer
 * looks after that (stress.c).  What is only touched under the lock is part of the
 * step beside it; so is taking the lock of the step that follows, and leaving it of
 * the one before, which takes no order of events away.  Records are one unit long, and their stamps are as in buffers where the
 * clock alone gives them; turn wraps around, but a run is too short for a whole
 * circle.  A writer may stop for ever between its reservation and its commit.
 *
 * Shown: no deadlock, so nobody waits for such a writer; only whole records are
 * read, each once, in the order of their stamps; none that an old filter accepted
 * is stored after the swap; a buffer is published once; the ledger is even.
 *
 * -DM_... build a bug in, see tests/store/model.
 */
#ifndef RECORDS
#define RECORDS	2			/* of each writer */
#endif
#ifndef CHANGES
#define CHANGES	2			/* of the controller */
#endif
#ifndef LIMIT
#define LIMIT	2			/* records in a buffer, 1 or 2 */
#endif
#define WRITERS	2
#define TURNS	16
#define ALL	(WRITERS * RECORDS)

mtype = { FREE, CLOSING, HOLD };

/* the word: one atomic variable */
typedef word_t {
	byte turn;
	bit slot;
	byte off;			/* the count, too */
	bool frozen
};

word_t word;
short due[2];

/* under the lock */
bool locked;
word_t saved;				/* the word, without what freezing hides */
byte start;
mtype other = FREE;
byte hold_start, hold_len, hold_count;
bool reading, unwanted;
byte count;				/* records of the store buffer */

/* changed while frozen */
byte epoch, gen;

/* the buffers: who wrote each unit, 0 while it is not complete */
typedef buffer_t {
	byte id[2];
	byte stamp[2]
};
buffer_t data[2];

/* for the properties only */
byte clock;				/* goes on with every reservation */
byte owed;				/* offered, not delivered, dropped or reset */
int done;				/* records that were delivered: bits */
bool stalled;
byte ended;
bool was_reset;				/* since the reader's last claim */

#define OTHER		(1 - saved.slot)
#define LOCK		!locked -> locked = true
#define UNLOCK		locked = false

/* Values that nobody needs, and memory that nobody has, make no states. */
inline forget()
{
	saved.turn = 0; saved.slot = 0; saved.off = 0
}

inline wipe(which)
{
	data[which].id[0] = 0; data[which].id[1] = 0;
	data[which].stamp[0] = 0; data[which].stamp[1] = 0
}

/* What the word is, or will be when it is thawed. */
inline look()
{
	if
	:: !word.frozen -> saved.slot = word.slot
	:: else
	fi
}

inline freeze()
{
	assert(!word.frozen);
	word.frozen = true;
	saved.turn = word.turn; saved.slot = word.slot; saved.off = word.off
}

inline thaw()
{
#ifndef M_TURN
	saved.turn = (saved.turn + 1) % TURNS;
#endif
	word.turn = saved.turn; word.slot = saved.slot; word.off = saved.off;
	word.frozen = false;
	forget()
}

inline other_free()
{
	wipe(OTHER);
	hold_start = 0; hold_len = 0; hold_count = 0;
	other = FREE
}

inline publish()
{
	look();
	assert(other == CLOSING && due[OTHER] == 0);
	if
	:: hold_start && hold_start < hold_len ->
		data[OTHER].id[0] = data[OTHER].id[1];
		data[OTHER].stamp[0] = data[OTHER].stamp[1]
	:: else
	fi;
	hold_len = hold_len - hold_start;
	hold_start = 0;
	if
	:: hold_len == 0 -> other_free()
	:: else -> other = HOLD
	fi
}

/* Three steps; the first is part of its caller's atomic, the last unlocks. */
inline rotate_begin()
{
	freeze();
	other = CLOSING;
	hold_start = start;
	hold_len = saved.off;
	hold_count = count;
	count = 0;
	start = 0;
	saved.slot = 1 - saved.slot; saved.off = 0
}

inline rotate_end()
{
	d_step {
		due[OTHER] = due[OTHER] + hold_len;
		sum = due[OTHER] == 0
	}
#ifdef M_WAIT
	due[OTHER] == 0;
	sum = true;
#endif
	atomic {
		if
#ifdef M_BOTH
		:: true -> publish()
#else
		:: sum -> publish()
#endif
		:: else
		fi;
		sum = false;
		thaw();
		UNLOCK
	}
}

/* A buffer is free; else what the oldest hold is lost, if so wanted. */
#ifdef M_ROTATE
#define MAY_ROTATE	(other != HOLD)
#else
#define MAY_ROTATE	(other == FREE)
#endif

inline make_room()
{
	atomic {
		LOCK;
		if
		:: epoch != my_epoch -> outdated = true; UNLOCK
		:: epoch == my_epoch && word.off < LIMIT -> UNLOCK	/* somebody was quicker */
		:: epoch == my_epoch && word.off == LIMIT ->
			if
			:: MAY_ROTATE -> rotate_begin(); rotating = true
			:: !MAY_ROTATE -> owed--; finished = true; UNLOCK
			:: other == HOLD && !reading ->
				look();
				owed = owed - hold_count;
				other_free();
				rotate_begin();
				rotating = true
			fi
		fi
	}
	if
	:: rotating -> rotating = false; rotate_end()
	:: else
	fi
}

inline write_record()
{
	atomic {
		data[my_slot].stamp[my_off] = stamp;
		data[my_slot].id[my_off] = first + n
	}
}

#define SAME_WORD	(word.turn == seen.turn && word.slot == seen.slot && \
			 word.off == seen.off && !word.frozen)

proctype writer(byte first)
{
	byte n, my_epoch, my_gen, stamp, my_off;
	bit my_slot;
	word_t seen;
	bool finished, outdated, rotating, last, sum, was_full;

	do
	:: n == RECORDS -> break
	:: else ->
		d_step { n++; owed++ };
		/* the packet is judged */
judge:		atomic { outdated = false; my_epoch = epoch };
		my_gen = gen;
again:
#ifdef M_CLOCK
		stamp = clock + 1;
#endif
		atomic {
			seen.turn = word.turn; seen.slot = word.slot; seen.off = word.off; seen.frozen = word.frozen
		}
		if
		:: epoch != my_epoch -> goto judge
		:: else
		fi;
		if
		:: atomic {
			!seen.frozen && seen.off >= LIMIT && other != FREE ->
			was_full = SAME_WORD
		   };
		   /* dropped without the lock, if it is the same word again */
		   atomic {
			if
#ifdef M_FULL
			:: true ->
#else
			:: SAME_WORD ->
#endif
				assert(was_full);
				owed--;
				goto next
			:: else -> goto again
			fi
		   }
		:: seen.frozen || seen.off >= LIMIT ->
			make_room();
			if
			:: finished -> goto next
			:: outdated -> goto judge
			:: else -> goto again
			fi
		:: else
		fi;
#ifndef M_CLOCK
		stamp = clock + 1;
#endif
		atomic {
			if
			:: SAME_WORD ->
				assert(my_gen == gen);
				my_slot = word.slot;
				my_off = word.off;
				data[my_slot].id[my_off] = 0;
				word.off++;
				count++;
				clock++;
				seen.turn = 0; seen.slot = 0; seen.off = 0; my_epoch = 0; my_gen = 0
			:: else -> goto again
			fi;
			/* it may never come back */
			if
			:: true
			:: !stalled -> stalled = true; goto over
			fi
		};
#ifndef M_EARLY
		write_record();
#endif
		atomic {
			due[my_slot]--;
#ifndef M_WAIT
			last = due[my_slot] == 0;
#endif
#ifndef M_EARLY
			stamp = 0; my_off = 0; my_slot = 0
#endif
		};
#ifdef M_EARLY
		write_record();
#endif
		if
		:: last ->
			atomic { LOCK; publish(); forget(); UNLOCK; last = false }
		:: else
		fi;
next:		atomic {
			finished = false; outdated = false; was_full = false; stamp = 0; my_slot = 0; my_off = 0; my_epoch = 0; my_gen = 0;
			seen.turn = 0; seen.slot = 0; seen.off = 0; seen.frozen = 0
		}
	od;
over:	ended++
}

/* Two steps; the first is part of its caller's atomic. */
inline reset_begin()
{
	owed = owed - count;
	count = 0;
	was_reset = true;
	if
	:: other == CLOSING && hold_start < hold_len ->
		owed = owed - hold_count;
		hold_start = hold_len
	:: other == HOLD && reading -> unwanted = true
	:: other == HOLD && !reading ->
		owed = owed - hold_count;
		other_free()
	:: else
	fi
}

inline reset_end()
{
	atomic {
		if
#ifdef M_RESET
		:: true ->
#else
		:: due[saved.slot] == 0 - saved.off ->
#endif
			due[saved.slot] = 0;
			wipe(saved.slot);
			saved.off = 0
		:: else
		fi;
		start = saved.off
	}
}

proctype controller()
{
	byte n;
	bool sum;

	do
	:: n == CHANGES -> break
	:: else ->
		n++;
		if
		:: atomic { LOCK; freeze() };
			gen++;
			if
			:: true
			:: reset_begin(); reset_end()
			fi;
			epoch++;
			atomic { thaw(); UNLOCK }
		:: atomic { LOCK; freeze(); reset_begin() };
			reset_end();
			epoch++;
			atomic { thaw(); UNLOCK }
		:: atomic { !locked && other == FREE -> locked = true; rotate_begin() };
			rotate_end()
		:: break
		fi
	od;
	ended++
}

proctype reader()
{
	byte bytes, at, before, id;
	bool sum;
	bit slot;

	do
	:: atomic {
		!locked && other == FREE && word.off > start ->
		locked = true;
		rotate_begin()
	   };
		rotate_end()
	:: atomic {
		!locked && other == HOLD ->
		reading = true;
		look();
		slot = OTHER;
		forget();
		bytes = hold_len;
		assert(bytes == hold_count);
		if
		:: was_reset -> before = 0
		:: else
		fi;
		was_reset = false
	   };
		do
		:: at == bytes -> break
		:: else ->
			d_step {
				id = data[slot].id[at];
				assert(id && !(done & (1 << (id - 1))));
				assert(data[slot].stamp[at] >= before);
				before = data[slot].stamp[at];
				done = done | (1 << (id - 1));
				owed--; at++; id = 0
			}
		od;
		atomic {
			!locked ->
			look();
			reading = false;
			unwanted = false;
			other_free();
			forget();
			bytes = 0; at = 0; slot = 0
		}
	:: atomic {
		ended == WRITERS + 1 && !locked && other != HOLD &&
		!(other == FREE && word.off > start) -> break
	   }
	od;
	/* nobody else runs any more, one may have stopped: what is left is his buffer */
	atomic {
		if
		:: other == CLOSING ->
			assert(stalled);
			if
			:: hold_start < hold_len -> owed = owed - hold_count
			:: else
			fi
		:: else ->
			assert(other == FREE && due[1 - word.slot] == 0);
			assert(stalled ||
			       (due[word.slot] == 0 - word.off && word.off == start))
		fi;
		assert(owed == count);
		assert(!locked && !reading && !unwanted)
	}
}

init {
	word.turn = TURNS - 2;
	atomic { run writer(0); run writer(RECORDS); run controller(); run reader() }
}
