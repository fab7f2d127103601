# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""What a classic BPF program means, for any packet: written from the description of
the machine at the top of src/filter/cbpf.h and the encoding in bpf(4), and from
nothing of the engine.

A program is gone through once, from its first instruction to its last, since jumps
only go forward.  Where ways meet, registers are chosen by the way.
"""
from collections import namedtuple

import z3

from terms import FALSE, TRUE, ZERO32, all_of, any_of, bv32

Insn = namedtuple('Insn', 'code jt jf k')

# Classes, in the lowest three bits of a code.
LD, LDX, ST, STX, ALU, JMP, RET, MISC = range(8)
SIZES = {0x00: 4, 0x08: 2, 0x10: 1}
IMM, ABS, IND, MEM, LEN, MSH = 0x00, 0x20, 0x40, 0x60, 0x80, 0xa0
ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, NEG, MOD, XOR = range(0, 0xb0, 0x10)
JA, JEQ, JGT, JGE, JSET = range(0, 0x50, 0x10)
X_OPERAND = 0x08

# Linux's loads: where they begin, and what they can load that is not just a value.
LINK, NETWORK, ANCILLARY = 0xffe00000, 0xfff00000, 0xfffff000
ANCS, NLATTR, NLATTR_NEST, XOR_X, RANDOM = 16, 3, 4, 10, 14


class Program:
    """The meaning of a program.

    result      what it returns if all bytes on the wire can be read
    untold      it loads what this file does not describe; no code is made of such ones
    beyond      when it comes to a load that is not in the head, but might be on the wire
    """

    def __init__(self, insns, world):
        self.world = world
        self.insns = insns
        self.ways = [[] for _ in insns]	# into each: (condition, A, X, M)
        self.returns = []		# (condition, value); otherwise 0
        self.far = []
        self.untold = False
        self.ways[0].append((TRUE, ZERO32, ZERO32, (ZERO32,) * 16))
        for at in range(len(insns)):
            if self.ways[at]:
                self._step(at, *self._meet(self.ways[at]))
                self.ways[at] = None
        self.result = ZERO32
        for cond, value in self._grouped():
            self.result = z3.If(cond, value, self.result)
        packet = world.packet
        self.beyond = z3.And(z3.ULT(packet.headlen, packet.wirelen), any_of(self.far))

    def _grouped(self):
        """The returns, those of equal values together."""
        groups = {}
        for cond, value in self.returns:
            groups.setdefault(value.get_id(), (value, []))[1].append(cond)
        return [(any_of(conds), value) for value, conds in groups.values()]

    @staticmethod
    def _meet(ways):
        cond, a, x, m = ways[-1]
        for other, a2, x2, m2 in ways[:-1]:
            pick = lambda new, old: old if new.eq(old) else z3.If(other, new, old)
            a, x = pick(a2, a), pick(x2, x)
            if m is not m2:
                m = tuple(map(pick, m2, m))
        return any_of([way[0] for way in ways]), a, x, m

    def _load(self, cond, base, k, size):
        """A load at base + k: the value, and when the program goes on with it."""
        packet = self.world.packet
        if k >= LINK:
            cond = all_of(cond, self.world.values)
        # Wide enough that nothing wraps.
        start = z3.ZeroExt(32, base)
        if k >= NETWORK:
            cond = all_of(cond, self.world.has_network)
            start, k = start + z3.ZeroExt(32, self.world.network), k - NETWORK
        elif k >= LINK:
            k -= LINK
        start += z3.BitVecVal(k, 64)
        end = start + z3.BitVecVal(size, 64)
        inside = z3.ULE(end, z3.ZeroExt(32, packet.wirelen))
        head = z3.ULE(end, z3.ZeroExt(32, packet.headlen))
        self.far.append(all_of(cond, z3.Not(head)))
        return self.world.load(z3.Extract(31, 0, start), size), all_of(cond, inside)

    def _ancillary(self, cond, k, a, x):
        """One of Linux's values: it, and when the program goes on with it."""
        which, odd = divmod(k - ANCILLARY, 4)
        if odd or which >= ANCS:
            self.far.append(cond)	# outside of every packet, so not in the head
            return a, FALSE
        if which == XOR_X:
            return a ^ x, cond
        self.untold |= which in (NLATTR, NLATTR_NEST, RANDOM)
        return self.world.value(which), all_of(cond, self.world.have(which))

    def _alu(self, cond, op, a, b):
        world = self.world
        if op in (DIV, MOD):
            cond = all_of(cond, b != ZERO32)
            return (world.div if op == DIV else world.mod)(a, b), cond
        if op == MUL:
            return world.mul(a, b), cond
        # A shift of a vector by its width or more is 0, as the machine wants it.
        return {ADD: lambda: a + b, SUB: lambda: a - b, OR: lambda: a | b,
                AND: lambda: a & b, XOR: lambda: a ^ b, LSH: lambda: a << b,
                RSH: lambda: z3.LShR(a, b), NEG: lambda: -a}[op](), cond

    def _jump(self, at, cond, state, insn):
        a, x = state[0], state[1]
        op, b = insn.code & 0xf0, x if insn.code & X_OPERAND else bv32(insn.k)
        if op == JA:
            self.ways[at + 1 + insn.k].append((cond,) + state)
            return
        test = {JEQ: lambda: a == b, JGT: lambda: z3.UGT(a, b),
                JGE: lambda: z3.UGE(a, b), JSET: lambda: a & b != ZERO32}[op]()
        self.ways[at + 1 + insn.jt].append((all_of(cond, test),) + state)
        self.ways[at + 1 + insn.jf].append((all_of(cond, z3.Not(test)),) + state)

    def _value(self, cond, insn, a, x, m):
        """What LD and LDX load."""
        mode, k, size = insn.code & 0xe0, insn.k, SIZES.get(insn.code & 0x18)
        if mode == IMM:
            return bv32(k), cond
        if mode == MEM:
            return m[k], cond
        if mode == LEN:
            return self.world.packet.wirelen, cond
        if mode == MSH:
            byte, cond = self._load(cond, ZERO32, k, 1)
            return (byte & bv32(15)) << bv32(2), cond
        if mode == ABS and k >= ANCILLARY:
            return self._ancillary(cond, k, a, x)
        return self._load(cond, x if mode == IND else ZERO32, k, size)

    def _step(self, at, cond, a, x, m):
        insn = self.insns[at]
        kind = insn.code & 7
        if kind == LD:
            a, cond = self._value(cond, insn, a, x, m)
        elif kind == LDX:
            x, cond = self._value(cond, insn, a, x, m)
        elif kind in (ST, STX):
            m = m[:insn.k] + (a if kind == ST else x,) + m[insn.k + 1:]
        elif kind == ALU:
            b = x if insn.code & X_OPERAND else bv32(insn.k)
            a, cond = self._alu(cond, insn.code & 0xf0, a, b)
        elif kind == JMP:
            self._jump(at, cond, (a, x, m), insn)
            return
        elif kind == RET:
            self.returns.append((cond, a if insn.code & 0x18 == 0x10 else bv32(insn.k)))
            return
        elif insn.code & 0x80:
            a = x
        else:
            x = a
        if not z3.is_false(cond):
            self.ways[at + 1].append((cond, a, x, m))
