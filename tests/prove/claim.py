# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""What is claimed of a program and its code, and whether it is true.

For every packet, every part of it that is in the head, whatever is in the upper halves
of the arguments and in the words, but for the values of Linux's loads, which are in the
first of these:

1. If all that the program loads is in the head, or the head is the whole packet, the
   code returns the program's result.
2. If it comes to a load that is not, the code leaves the packet to the interpreter; or
   it returns 0, and so does the program, whether or not those bytes can be fetched.
3. Nothing of what Machine.wrongs and Fault say happens.
4. If the code is guarded: also where jumps go the wrong way for a while, each load is
   inside of the head or of the code, or up to 8 KiB behind the code; or an offset from
   headlen, a small number, instead of head.
"""
import threading
import time

import z3

from bpf import Program
from code import Code
from terms import ZERO32, all_of, any_of
from value import Fault, Num
from world import World


UNDECIDED = 1 << 32


class Verdict:
    """status: proven, failed or unknown; case: a packet that shows it, see Case."""

    def __init__(self, status, detail='', case=None):
        self.status = status
        self.detail = detail
        self.case = case


class Case:
    """
    A packet and what else a call is made with, for which a claim is not true.
    result, beyond: of the program, see Program
    """

    def __init__(self, model, world, program, garbage):
        value = lambda term: model.eval(term, model_completion=True).as_long()
        self.result = value(program.result)
        self.beyond = z3.is_true(model.eval(program.beyond, model_completion=True))
        self.headlen = value(world.packet.headlen)
        self.wirelen = value(world.packet.wirelen)
        self.bytes = {off: byte for off, byte in world.packet.content(model).items()
                      if off < self.wirelen}
        self.garbage = {name: value(term) for name, term in garbage.items()}
        for which, (term, _) in world.asked.items():
            self.garbage['word_%d' % which] = value(term)

    def __str__(self):
        shown = ' '.join('%d:%02x' % item for item in sorted(self.bytes.items()))
        return 'packet of %d bytes, %d in the head: %s' % (
            self.wirelen, self.headlen, shown or 'any')

    def wrong(self, native):
        """Is it wrong that the code returns this (None: it died)?"""
        if native is None:
            return True
        if not self.beyond:
            return native != self.result
        return not native & UNDECIDED and (native != 0 or self.result != 0)


def wrong_result(program, cond, rax):
    """When the code returns what it should not."""
    if not isinstance(rax, Num):
        raise Fault('it returns an address')
    undecided = z3.Extract(0, 0, rax.high) == 1
    decided = rax.high == ZERO32
    exact = z3.And(decided, rax.low == program.result)
    nothing = z3.And(decided, rax.low == ZERO32, program.result == ZERO32)
    right = z3.If(program.beyond, z3.Or(undecided, nothing), exact)
    return all_of(cond, z3.Not(right))


def grouped(returns):
    """Returns of the same value together."""
    groups = []
    for cond, rax in returns:
        for value, conds in groups:
            if value.same(rax):
                conds.append(cond)
                break
        else:
            groups.append((rax, [cond]))
    return [(any_of(conds), rax) for rax, conds in groups]


class Query:
    """
    Is any of these terms possible?
    seconds: of the processor, for all questions; others may use it, too, so that the
    time which passes says nothing.
    """

    def __init__(self, terms, seconds):
        self.until = time.process_time() + seconds
        self.terms = terms

    def solver(self, extra):
        tactic = z3.Then('simplify', 'propagate-values', 'solve-eqs', 'elim-uncnstr',
                         'simplify', 'max-bv-sharing', 'bit-blast', 'sat')
        solver = tactic.solver()
        solver.add(self.terms)
        solver.add(extra)
        return solver

    @staticmethod
    def _watch(until, done):
        """Interrupts the solver when it has had its time."""
        while not done.wait(0.2):
            if time.process_time() > until:
                z3.main_ctx().interrupt()

    def ask(self, extra=(), part=1):
        """
        z3.sat with a model, z3.unsat, z3.unknown.
        part: of the time that is left, which this question may take
        """
        now = time.process_time()
        if now > self.until:
            return z3.unknown, None
        solver, done = self.solver(list(extra)), threading.Event()
        watch = threading.Thread(target=self._watch, daemon=True,
                                 args=(now + (self.until - now) * part, done))
        watch.start()
        try:
            answer = solver.check()
        finally:
            done.set()
            watch.join()
        return answer, solver.model() if answer == z3.sat else None


# Packets that people can read and machines can hold, if there is such a one.
LENGTHS = (64, 256, 65536, 1 << 28, (1 << 32) - 1)


def judge_speculation(code, target, seconds):
    """Verdict on claim 4."""
    world = World()
    try:
        meaning = Code(code, world, target.stub, target.landing, True)
    except Fault as fault:
        return Verdict('failed', str(fault))
    query = Query(world.axioms() + [any_of([cond for cond, _ in meaning.wrongs])], seconds)
    answer, model = query.ask()
    if answer == z3.sat:
        what = {text for cond, text in meaning.wrongs
                if z3.is_true(model.eval(cond, model_completion=True))}
        return Verdict('failed', 'speculated: ' + ', '.join(sorted(what)))
    if answer == z3.unknown:
        return Verdict('unknown', 'speculated: no answer in %d seconds' % seconds)
    return Verdict('proven')


def judge(insns, code, target, length=None, seconds=60):
    """Verdict on the claims.  length: only packets of so many bytes; None: all."""
    verdict = judge_result(insns, code, target, length, seconds)
    if verdict.status == 'proven' and target.guard:
        return judge_speculation(code, target, seconds)
    return verdict


def attempts(world):
    """
    What is said of the unknowns, and for which part of the time that is left: less is
    sooner proven from, and as true.
    """
    if len(world.packet.moving) > 1:
        yield world.axioms(alike=True), 0.4
    defined = world.define()
    yield world.axioms(), 0.5 if defined else 1
    if defined:
        yield world.axioms() + defined, 1


def judge_result(insns, code, target, length, seconds):
    """Verdict on claims 1 to 3."""
    world = World()
    program = Program(insns, world)
    try:
        meaning = Code(code, world, target.stub, target.landing)
        bad = [wrong_result(program, cond, rax) for cond, rax in grouped(meaning.returns)]
    except Fault as fault:
        return Verdict('failed', str(fault))
    bad += [cond for cond, _ in meaning.wrongs]
    up_to = lambda n: [z3.ULE(world.packet.wirelen, z3.BitVecVal(n, 32))]
    query = Query(world.all_had() + [any_of(bad)] + (up_to(length) if length else []),
                  seconds)
    for facts, part in attempts(world):
        answer, model = query.ask(facts, part)
        if answer == z3.unsat:
            return Verdict('proven')
    if answer == z3.unknown:
        return Verdict('unknown', 'no answer in %d seconds' % seconds)
    for limit in LENGTHS:
        answer, short = query.ask(facts + up_to(limit))
        if answer == z3.sat:
            model = short
            break
    what = [text for cond, text in meaning.wrongs
            if z3.is_true(model.eval(cond, model_completion=True))]
    return Verdict('failed', ', '.join(sorted(set(what))) or 'another result',
                   Case(model, world, program, meaning.machine.garbage))
