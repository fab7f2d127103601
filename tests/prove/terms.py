# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Small helpers for terms of z3."""
import z3

ZERO32 = z3.BitVecVal(0, 32)
TRUE = z3.BoolVal(True)
FALSE = z3.BoolVal(False)


def number(term):
    """The constant that a term is, or None."""
    return term.as_long() if z3.is_bv_value(term) else None


def bv32(value):
    return z3.BitVecVal(value, 32)


def any_of(terms):
    """The disjunction of a list."""
    terms = [t for t in terms if not z3.is_false(t)]
    if not terms:
        return FALSE
    return terms[0] if len(terms) == 1 else z3.Or(terms)


def all_of(*terms):
    """The conjunction."""
    terms = [t for t in terms if not z3.is_true(t)]
    if not terms:
        return TRUE
    return terms[0] if len(terms) == 1 else z3.And(terms)
