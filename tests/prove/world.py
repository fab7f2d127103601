# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""What a program and its code have in common: one packet of which nothing is known,
and the operations that are too hard for a solver to look into.

Bytes of the packet, products, quotients, remainders and what is found in tables are
unknowns with names; all that is said of them is that equal arguments give equal results,
and see table.py.  What holds for any such unknowns holds for the real ones.  Where it
does not hold, define() says what they are, and the solver has to look again.

Knows neither classic BPF nor x86-64.
"""
import z3

from table import Table, largest
from terms import ZERO32, all_of, bv32, number


class Unknown:
    """A function of which is only known that it is one, and whether it commutes."""

    def __init__(self, name, size, meaning, commutes=False):
        self.name = name
        self.size = size
        self.commutes = commutes
        self.meaning = meaning
        self.calls = {}

    def __call__(self, *args):
        key = tuple(a.get_id() for a in args)
        if key not in self.calls:
            result = z3.BitVec('%s%d' % (self.name, len(self.calls)), self.size)
            self.calls[key] = (args, result)
        return self.calls[key][1]

    def axioms(self):
        calls = list(self.calls.values())
        for i, (args, result) in enumerate(calls):
            for others, other in calls[:i]:
                same = [a == b for a, b in zip(args, others) if not a.eq(b)]
                yield z3.Implies(all_of(*same), result == other)
                if self.commutes and not any(map(z3.is_bv_value, args + others)):
                    same = [a == b for a, b in zip(reversed(args), others)]
                    yield z3.Implies(all_of(*same), result == other)

    def define(self):
        for args, result in self.calls.values():
            yield result == self.meaning(*args)


class Packet:
    """Its bytes, by offset from its beginning; there are 2^32 of them."""

    def __init__(self):
        self.headlen = z3.BitVec('headlen', 32)
        self.wirelen = z3.BitVec('wirelen', 32)
        self.fixed = {}		# offset: byte
        self.moving = {}	# base: (base's term, {offset from it: byte})

    def byte(self, base, off):
        """The byte at base + off, modulo 2^32; base is a term or None."""
        off &= 0xffffffff
        if base is None:
            if off not in self.fixed:
                self.fixed[off] = z3.BitVec('byte_%d' % off, 8)
            return self.fixed[off]
        term, known = self.moving.setdefault(base.get_id(), (base, {}))
        if off not in known:
            known[off] = z3.BitVec('byte_%d_%d' % (len(self.moving), off), 8)
        return known[off]

    def axioms(self, alike):
        """alike: only those for two bases at the same offset from each"""
        before = []
        for base, known in self.moving.values():
            for off, byte in known.items():
                at = base + bv32(off)
                for other, there in self.fixed.items():
                    if not alike:
                        yield z3.Implies(at == bv32(other), byte == there)
                for others, other, there in before:
                    if off == other:
                        yield z3.Implies(base == others, byte == there)
                    elif not alike:
                        yield z3.Implies(at == others + bv32(other), byte == there)
            before += [(base, off, byte) for off, byte in known.items()]

    def content(self, model):
        """Offset and value of all bytes that matter, in a solver's model."""
        value = lambda term: model.eval(term, model_completion=True).as_long()
        found = {off: value(byte) for off, byte in self.fixed.items()}
        for base, known in self.moving.values():
            for off, byte in known.items():
                found[(value(base) + off) & 0xffffffff] = value(byte)
        return found


class World:
    def __init__(self):
        self.packet = Packet()
        self.unknowns = {
            'mul': Unknown('mul', 32, lambda a, b: a * b, True),
            'div': Unknown('div', 32, z3.UDiv),
            'mod': Unknown('mod', 32, z3.URem),
        }
        self.tables = {}
        # Linux's loads: has the packet values at all, which ones, a network header?
        self.values = z3.Bool('values')
        self.has_network = z3.Bool('has_network')
        self.network = z3.BitVec('network', 32)
        self.asked = {}		# number of the value: (it, can it be had?)
        self.facts = [z3.ULE(self.packet.headlen, self.packet.wirelen)]

    def value(self, which):
        """A value of Linux's loads, which is in this one of the words, too."""
        made = z3.BitVec('word_%d' % which, 32), z3.Bool('have_%d' % which)
        return self.asked.setdefault(which, made)[0]

    def have(self, which):
        self.value(which)
        return self.asked[which][1]

    def all_had(self):
        """Native code is only called if all values that its program loads are there."""
        return [have for _, have in self.asked.values()]

    def split(self, term):
        """A term of 32 bits as base and constant: the base is None or a term."""
        term = z3.simplify(term)
        if z3.is_bv_value(term):
            return None, term.as_long()
        if z3.is_app_of(term, z3.Z3_OP_BADD) and z3.is_bv_value(term.arg(0)):
            k = term.arg(0)
            return z3.simplify(term - k), k.as_long()
        return term, 0

    def bytes(self, off, size):
        """The bytes of the packet at an offset of 32 bits."""
        base, k = self.split(off)
        return [self.packet.byte(base, k + i) for i in range(size)]

    def load(self, off, size):
        """The value of that many bytes at an offset, big-endian, 32 bits of it."""
        found = self.bytes(off, size)
        if size < 4:
            found.insert(0, z3.BitVecVal(0, 32 - 8 * size))
        return z3.Concat(found)

    def _apply(self, name, a, b, power):
        """Powers of two are shifts, constants are computed, the rest is unknown."""
        meaning = self.unknowns[name].meaning
        a, b = z3.simplify(a), z3.simplify(b)
        if z3.is_bv_value(b):
            k = b.as_long()
            if z3.is_bv_value(a):
                return z3.simplify(meaning(a, b))
            if k & (k - 1) == 0 and k:
                return power(a, k.bit_length() - 1)
        return self.unknowns[name](a, b)

    def mul(self, a, b):
        if z3.is_bv_value(a) or (not z3.is_bv_value(b) and a.get_id() > b.get_id()):
            a, b = b, a
        if number(b) == 0:
            return ZERO32
        return self._apply('mul', a, b, lambda x, n: x << bv32(n))

    def div(self, a, b):
        return self._apply('div', a, b, lambda x, n: z3.LShR(x, bv32(n)))

    def mod(self, a, b):
        return self._apply('mod', a, b, lambda x, n: x & bv32((1 << n) - 1))

    def table(self, place, values, index, size):
        """
        What stands at an index of a table; place: whatever tells it from other tables.
        values: called with the number of those that can be looked at.
        """
        key = place, size, index.get_id()
        if key not in self.tables:
            pairs = [(result, self.unknowns[name].meaning(*args))
                     for name in self.unknowns
                     for args, result in self.unknowns[name].calls.values()]
            meaning, before = index, None
            while before is None or not meaning.eq(before):
                before, meaning = meaning, z3.substitute(meaning, pairs)
            self.tables[key] = Table('table_%d' % len(self.tables),
                                     values(largest(index) + 1), index, meaning, size)
        return self.tables[key].term

    def table_of(self, term):
        """The table in which a term was found, or None."""
        return next((t for t in self.tables.values() if t.term.eq(term)), None)

    def xor(self, a, b):
        """A sum without carry; if one is from a table, so is the result."""
        if number(b) is None:
            return a ^ b
        table = self.table_of(a)
        if not table:
            return z3.simplify(a ^ b)
        key = table.name, number(b)
        if key not in self.tables:
            self.tables[key] = table.xor(number(b))
        return self.tables[key].term

    def equal(self, a, b):
        """Are two terms equal?"""
        for one, other in ((a, b), (b, a)):
            table = self.table_of(one)
            if table:
                return table.equals(other)
        return a == b

    def bit(self, bits, which):
        """Is a bit of a term set? which: modulo its size"""
        table = self.table_of(bits)
        if table:
            return table.bit(which)
        return z3.Extract(0, 0, z3.LShR(bits, which & (bits.size() - 1))) == 1

    def axioms(self, alike=False):
        """
        What is known of the unknowns.  alike: only what is most often enough; the rest
        is much, where a program computes many offsets
        """
        found = list(self.facts) + list(self.packet.axioms(alike))
        for unknown in self.unknowns.values():
            found += unknown.axioms()
        return found

    def unknown(self, byte):
        """
        (unknown, what it depends on, a function of that), but for bytes at constants.
        byte: the byte at an offset
        """
        for base, known in self.packet.moving.values():
            for off, term in known.items():
                yield term, [base], (lambda at, off=off:
                                     byte((at.as_long() + off) & 0xffffffff))
        for unknown in self.unknowns.values():
            for args, result in unknown.calls.values():
                yield result, args, unknown.meaning
        for table in self.tables.values():
            yield table.term, [table.index], table.at

    def define(self):
        """What products, quotients, remainders and what is found in tables are."""
        return ([d for unknown in self.unknowns.values() for d in unknown.define()] +
                [table.define() for table in self.tables.values()])
