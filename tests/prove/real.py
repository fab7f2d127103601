# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Runs programs and their code on the processor: to see that what has been found by
reasoning is so, and that what the reasoning rests on is how the processor does it.
"""
import random

import z3

from bpf import Program
from claim import UNDECIDED
from code import Code
from terms import TRUE, any_of, bv32
from value import Fault
from world import World


def confirm(engine, insns, target, case):
    """
    A text of what the interpreter and the code really say of the packet of a failed
    claim; and whether that is wrong.
    """
    garbage = case.garbage
    words = {int(name[5:]): value for name, value in garbage.items()
             if name.startswith('word_')}
    says, native = engine.run(insns, target,
                              garbage['rsi'] << 32 | case.headlen,
                              garbage['rdx'] << 32 | case.wirelen,
                              case.bytes, words)
    if native is None:
        code = 'the code dies'
    elif native & UNDECIDED:
        code = 'the code is undecided'
    else:
        code = 'the code says %d' % native
    if says != case.result:
        return 'the prover says %d, the interpreter %d' % (case.result, says), False
    return 'the interpreter says %d, %s' % (says, code), case.wrong(native)


class Wrong(Exception):
    """The prover does not know what it talks about."""


def constant(term):
    return z3.is_bv_value(term) or z3.is_true(term) or z3.is_false(term)


def values_for(world, content, headlen, wirelen, known, terms):
    """
    The values of terms for one packet, of which all bytes are known.
    known: what else is, pairs of an unknown and its value
    """
    packet = world.packet
    byte = lambda off: z3.BitVecVal(content[off] if off < len(content) else 0, 8)
    known = known + [(packet.headlen, z3.BitVecVal(headlen, 32)),
                     (packet.wirelen, z3.BitVecVal(wirelen, 32))]
    known += [(term, byte(off)) for off, term in packet.fixed.items()]
    value = lambda term: z3.simplify(z3.substitute(term, known))
    left = list(world.unknown(byte))
    while left:
        later, found = [], []
        for term, args, meaning in left:
            args = [value(arg) for arg in args]
            if all(map(constant, args)):
                found.append((term, z3.simplify(meaning(*args))))
            else:
                later.append((term, args, meaning))
        if not found:
            break	# what depends on what is undefined may be anything
        known += found
        left = later
    anything = z3.Solver()
    anything.check()
    return [anything.model().eval(value(term), model_completion=True) for term in terms]


def vector_agrees(name, insns, wirelen, avail, expected, values, have):
    """A program's meaning and what the table of vectors says, worked out by hand."""
    world = World()
    program = Program(insns, world)
    if program.untold:
        return
    # vector.h says which values and which network header the packets have
    known = [(world.values, z3.BoolVal(bool(values))), (world.network, bv32(14)),
             (world.has_network, TRUE)]
    for which, (value, had) in world.asked.items():
        known += [(value, bv32(0xf1e2d300 + which)),
                  (had, z3.BoolVal(bool(values and have >> which & 1)))]
    content = [(0xa0 + i) & 0xff for i in range(wirelen)]
    beyond, result = values_for(world, content, avail, wirelen, known,
                                (program.beyond, program.result))
    found = 0 if z3.is_true(beyond) else result.as_long()
    if found != expected:
        raise Wrong('vector "%s" is %d, not %d' % (name, expected, found))


def code_agrees(engine, name, insns, code, target, rng):
    """
    The code's meaning and what the processor does, for a random packet.  What is
    wrong with the code is not looked for here.
    """
    world = World()
    program = Program(insns, world)
    try:
        meaning = Code(code, world, target.stub, target.landing)
    except Fault:
        return
    wirelen = rng.choice((rng.randrange(8), rng.randrange(100)))
    headlen = rng.choice((wirelen, rng.randrange(wirelen + 1)))
    content = rng.choices((0, 6, 8, 0x45, 0x50, 0xff, rng.randrange(256)), k=wirelen)
    returns = [(cond, rax.term()) for cond, rax in meaning.returns]
    terms = [program.result, any_of([cond for cond, _ in meaning.wrongs])]
    terms += [term for pair in returns for term in pair]
    words = {i: rng.choice((i, rng.randrange(1 << 32))) for i in range(16)}
    known = [(had, TRUE) for had in world.all_had()]
    known += [(z3.BitVec('word_%d' % i, 32), bv32(w)) for i, w in words.items()]
    result, wrong, *pairs = values_for(world, content, headlen, wirelen, known, terms)
    if z3.is_true(wrong):
        return
    native = [value.as_long() for cond, value in zip(pairs[::2], pairs[1::2])
              if z3.is_true(cond)]
    case = dict(enumerate(content))
    really = engine.run(insns, target, headlen, wirelen, case, words)
    if [really[1]] != native or (headlen == wirelen and really[0] != result.as_long()):
        raise Wrong('%s, packet %s, head of %d: the processor says %s, the prover %s and %s' %
                    (name, bytes(content).hex(), headlen, really, result, native))


def agree(engine, asked):
    """
    Compares meanings with facts: the vectors, and (program, target, code) that are asked
    about. Return: how many; Wrong if they differ.
    """
    count = 0
    for vector in engine.vectors():
        vector_agrees(*vector)
        count += 1
    rng = random.Random(1)
    for listed, target, code in asked:
        code_agrees(engine, listed.name, listed.insns, code, target, rng)
    return count + len(asked)
