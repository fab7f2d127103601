# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Tables of constants that code looks into.  What is found at an index that is a term is
an unknown; two questions about it have an answer that needs no look into the table: is
it equal to a value, and is one of its bits set.  These are all that sets of the compiler
ask, and the answer has the form in which programs ask: a list of comparisons.

Knows neither classic BPF nor x86-64.
"""
import z3

from terms import all_of, any_of, number


def largest(term):
    """A bound of a term from above."""
    everything = (1 << term.size()) - 1
    if z3.is_bv_value(term):
        return term.as_long()
    kind, args = term.decl().kind(), term.children()
    if kind == z3.Z3_OP_ZERO_EXT:
        return largest(args[0])
    if kind == z3.Z3_OP_BLSHR and z3.is_bv_value(args[1]):
        return largest(args[0]) >> args[1].as_long()
    if kind == z3.Z3_OP_ITE:
        return min(everything, clamped(*args))
    return everything


def clamped(test, yes, no):
    """A bound of "if other > k then k else other", as the conditional move makes it."""
    if z3.is_bv_value(yes) and z3.is_not(test) and test.arg(0).eq(z3.ULE(no, yes)):
        return yes.as_long()
    return max(largest(yes), largest(no))


def choose_of(values, index, size):
    """The element of a list of constants that an index, a term, says."""
    made = {}

    def constant(value):
        return made.setdefault(value, z3.BitVecVal(value, size))

    level, bit = [constant(v) for v in values], 0
    while len(level) > 1:
        test = z3.Extract(bit, bit, index) == 1
        level.append(level[-1])
        pairs, above = {}, []
        for low, high in zip(level[0:-1:2], level[1::2]):
            key = low.get_id(), high.get_id()
            if key not in pairs:
                pairs[key] = low if low.eq(high) else z3.If(test, high, low)
            above.append(pairs[key])
        level = above
        bit += 1
    return level[0]


class Table:
    """
    term: the unknown.  It stands for the value at the index, as long as that is inside;
    meaning: the index with nothing unknown in it that has a definition.
    """

    def __init__(self, name, values, index, meaning, size):
        self.name = name
        self.values = values
        self.index = index
        self.meaning = meaning
        self.size = size
        self.term = z3.BitVec(name, size)

    def xor(self, k):
        """The table of which each value is changed so."""
        return Table('%s_%x' % (self.name, k), [value ^ k for value in self.values],
                     self.index, self.meaning, self.size)

    def define(self):
        """What the unknown is."""
        return self.term == choose_of(self.values, z3.simplify(self.index), self.size)

    def at(self, index):
        """The value at an index, a constant."""
        i = index.as_long()
        return z3.BitVecVal(self.values[i] if i < len(self.values) else 0, self.size)

    def places(self, k):
        """Is a value found where it stands?  As a term, if the value is k."""
        return any_of([self.index == i for i, value in enumerate(self.values)
                       if value == k])

    def equals(self, term):
        """
        Is it equal to a term?  If so, the term is one of the table's values; and where
        the index depends on the term alone, that says the index, too.
        """
        found, term = [], z3.simplify(term)
        for k in sorted(set(self.values)):
            const = z3.BitVecVal(k, self.size)
            at = number(z3.simplify(z3.substitute(self.meaning, (term, const))))
            if at is None:
                found.append(z3.And(term == const, self.places(k)))
            elif at < len(self.values) and self.values[at] == k:
                found.append(term == const)
        return any_of(found)

    def bit(self, which):
        """Is this bit of it set?  If so, index and bit are those of one that is."""
        whole = z3.ZeroExt(self.index.size() - which.size(),
                           z3.LShR(which, z3.BitVecVal(5, which.size())))
        one = self.size == 32 and self.index.eq(whole)
        found = []
        for i, value in enumerate(self.values):
            for bit in range(self.size):
                if not value >> bit & 1:
                    continue
                if one:
                    found.append(which == 32 * i + bit)
                else:
                    found.append(all_of(self.index == i,
                                        which & (self.size - 1) == bit))
        return any_of(found)
