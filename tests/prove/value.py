# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""What a register of 64 bits can hold while code is looked at: a number, whose halves
are terms, or an address in one of the regions that the code has been given.  Nothing
else is an address: a number that is used as one is an error of the code.
"""
import operator

import z3

from terms import FALSE, ZERO32, any_of


class Fault(Exception):
    """The code does what no filter may do."""


class Num:
    """A number; the upper half is ZERO32, the very object, where it is known to be 0."""

    def __init__(self, low, high=ZERO32):
        self.low = low
        self.high = high

    @staticmethod
    def wide(term):
        """Of a term of 64 bits."""
        if z3.is_app_of(term, z3.Z3_OP_ZERO_EXT) and term.arg(0).size() == 32:
            return Num(term.arg(0))
        return Num(z3.simplify(z3.Extract(31, 0, term)),
                   z3.simplify(z3.Extract(63, 32, term)))

    def term(self):
        """All 64 bits."""
        if self.high is ZERO32:
            return z3.ZeroExt(32, self.low)
        return z3.Concat(self.high, self.low)

    def part(self, size):
        """The lowest bytes."""
        if size == 8:
            return self.term()
        return self.low if size == 4 else z3.Extract(8 * size - 1, 0, self.low)

    def changed(self, size, term):
        """With other lowest bytes: 4 of them clear the upper half."""
        if size == 8:
            return Num.wide(term)
        if size == 4:
            return Num(term)
        return Num(z3.Concat(z3.Extract(31, 8 * size, self.low), term), self.high)

    def same(self, other):
        return (isinstance(other, Num) and self.low.eq(other.low) and
                self.high.eq(other.high))

    def choose(self, cond, other):
        """This one if the condition holds, else the other; None: not to be used."""
        if isinstance(other, Ptr):
            return other.poisoned(cond)
        high = self.high
        if not high.eq(other.high):
            high = z3.If(cond, high, other.high)
        low = self.low
        if not low.eq(other.low):
            low = z3.If(cond, low, other.low)
        return Num(low, high)


class Ptr:
    """
    An address: a region, a constant offset, and an index of 64 bits times a scale.
    poison: when it is none, but some number
    """

    def __init__(self, region, off=0, index=None, scale=1, poison=FALSE):
        self.region = region
        self.off = off
        self.index = index
        self.scale = scale
        self.poison = poison

    def poisoned(self, cond):
        return Ptr(self.region, self.off, self.index, self.scale,
                   any_of([self.poison, cond]))

    def add(self, off, index=None, scale=1):
        off += self.off
        if off >= 1 << 63:
            off -= 1 << 64
        if index is None:
            return Ptr(self.region, off, self.index, self.scale, self.poison)
        if self.index is not None:
            index = self.index * self.scale + index * scale
            scale = 1
        return Ptr(self.region, off, index, scale, self.poison)

    def offset(self):
        """From the region's beginning, 64 bits, modulo 2^64."""
        off = z3.BitVecVal(self.off, 64)
        if self.index is None:
            return off
        index = self.index
        return (index if self.scale == 1 else index * self.scale) + off

    def part(self, size):
        raise Fault('an address is used as a number')

    changed = part

    def same(self, other):
        return (self.same_place(other) and self.poison.eq(other.poison))

    def same_place(self, other):
        if not isinstance(other, Ptr) or self.region != other.region:
            return False
        mine, others = self.index, other.index
        equal = mine is others or (mine is not None and others is not None and
                                   mine.eq(others))
        return equal and self.off == other.off and self.scale == other.scale

    def choose(self, cond, other):
        if isinstance(other, Num):
            return self.poisoned(z3.Not(cond))
        if self.region != other.region:
            return None
        poison = self.poison
        if not poison.eq(other.poison):
            poison = z3.If(cond, poison, other.poison)
        if self.same_place(other):
            return Ptr(self.region, self.off, self.index, self.scale, poison)
        return Ptr(self.region, 0, z3.If(cond, self.offset(), other.offset()), 1, poison)


class Flags:
    """What conditions can ask about the last operation that set the flags."""

    def holds(self, cc):
        test = getattr(self, cc, None)
        if test is None:
            raise Fault('condition %s after what does not set it' % cc)
        return test()

    def ne(self):
        return z3.Not(self.holds('e'))

    def ae(self):
        return z3.Not(self.holds('b'))

    def a(self):
        return z3.Not(self.holds('be'))


class Compared(Flags):
    """After a subtraction.  equal: how to ask whether terms are equal"""

    def __init__(self, left, right, equal=operator.eq):
        self.left = left
        self.right = right
        self.equal = equal

    def e(self):
        return self.equal(self.left, self.right)

    def b(self):
        return z3.ULT(self.left, self.right)

    def be(self):
        return z3.ULE(self.left, self.right)


class Result(Flags):
    """After an operation that leaves a result and a carry, which may be unknown."""

    def __init__(self, result, carry):
        self.result = result
        self.carry = carry

    def e(self):
        return self.result == 0

    def b(self):
        if self.carry is None:
            raise Fault('the carry is not defined')
        return self.carry

    def be(self):
        return z3.Or(self.b(), self.e())

    def s(self):
        top = self.result.size() - 1
        return z3.Extract(top, top, self.result) == 1

    def ns(self):
        return z3.Not(self.s())


class Bit(Flags):
    """After a test of a bit: only the carry."""

    def __init__(self, carry):
        self.carry = carry

    def b(self):
        return self.carry
