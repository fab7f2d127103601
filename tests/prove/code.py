# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""What the code of a filter does, for any packet: each instruction is done once, in an
order in which jumps only go forward, and where ways meet, registers are chosen by the
way.  What an instruction does is in x86.py.
"""
import z3

from value import Fault
from terms import TRUE, all_of, any_of
from x86 import CONDITIONS, Machine, disassembler


class Code:
    """The meaning of code.

    returns     (condition, RAX) for each place where it returns
    wrongs      (condition, what) for each instruction that would then be wrong

    A Fault says that the code is wrong whatever the packet.

    speculative: any jump may go either way, as a processor may believe for a while
    """

    def __init__(self, code, world, stub=0, landing=False, speculative=False):
        self.code = code
        self.stub = stub
        self.speculative = speculative
        self.guesses = 0
        self.engine = disassembler()
        self.insns = {}		# address: (instruction, where it leads to)
        self.machine = Machine(code, world, speculative)
        self.returns = []
        order = self._order()
        if landing and self.insns[0][0].mnemonic != 'endbr64':
            raise Fault('no endbr64 at the beginning')
        self.ways = {0: [(TRUE, self.machine.start())]}
        for at in order:
            self._do(at)
        self.wrongs = self.machine.wrongs

    def _decode(self, at):
        """The instruction at an address and what may come next: OUT is the return."""
        if not 0 <= at < len(self.code):
            raise Fault('jump to %d, out of the code' % at)
        insn = next(self.engine.disasm(self.code[at:at + 15], at, 1), None)
        if insn is None:
            raise Fault('no instruction at %d' % at)
        after, mnemonic = at + insn.size, insn.mnemonic
        if mnemonic == 'ret' and not self.stub and insn.size == 1:
            return insn, ['out']
        if mnemonic[0] != 'j':
            return insn, [after]
        if insn.operands[0].type != 2:
            raise Fault('indirect jump at %d' % at)
        to = insn.operands[0].imm
        to = (to + (1 << 63)) % (1 << 64) - (1 << 63)	# it is signed
        if self.stub and to == self.stub:
            to = 'out'
        if mnemonic == 'jmp':
            return insn, [to]
        if mnemonic[1:] not in CONDITIONS:
            raise Fault('unknown instruction at %d: %s' % (at, mnemonic))
        return insn, [after, to]

    def _order(self):
        """All addresses that can be reached, each after those that lead to it."""
        done, order, stack = {}, [], [0]
        while stack:
            at = stack[-1]
            if at not in self.insns:
                self.insns[at] = self._decode(at)
                done[at] = False
                for to in self.insns[at][1]:
                    if done.get(to) is False:
                        raise Fault('jump back to %d' % to)
                    if to != 'out' and to not in done:
                        stack.append(to)
            else:
                stack.pop()
                if not done[at]:
                    done[at] = True
                    order.append(at)
        # an address may be on the stack twice: a way back shows only in the order
        order.reverse()
        place = {at: i for i, at in enumerate(order)}
        for at, (_, leads) in self.insns.items():
            for to in leads:
                if to != 'out' and place[to] <= place[at]:
                    raise Fault('jump back to %d' % to)
        return order

    @staticmethod
    def _meet(ways):
        if len(ways) == 1:
            return ways[0]
        cond, last = ways[-1]
        state = last.copy()
        for other, from_ in ways[:-1]:
            for name in state.regs:
                left, right = from_.regs.get(name), state.regs[name]
                if left is right or right is None:
                    continue
                if left is None:
                    state.regs[name] = None
                elif not left.same(right):
                    state.regs[name] = left.choose(other, right)
            if state.flags is not from_.flags:
                state.flags = None
        return any_of([cond for cond, _ in ways]), state

    def _meet_words(self, ways, state):
        for other, from_ in ways[:-1]:
            for index in set(from_.words) | set(state.words):
                left = from_.words.get(index)
                right = state.words.get(index)
                if left is right:
                    continue
                left = self.machine.garbage_word(index) if left is None else left
                right = self.machine.garbage_word(index) if right is None else right
                if not left.eq(right):
                    state.words[index] = z3.If(other, left, right)

    def _do(self, at):
        ways = self.ways.pop(at)
        if self.speculative:
            ways = [(self._guess() if i else TRUE, way[1]) for i, way in enumerate(ways)]
            ways.reverse()
        cond, state = self._meet(ways)
        cond = TRUE if self.speculative else cond
        if len(ways) > 1:
            self._meet_words(ways, state)
        insn, leads = self.insns[at]
        try:
            self._leave(cond, state, insn, leads)
        except Fault as fault:
            raise Fault('at %d, %s %s: %s' % (at, insn.mnemonic, insn.op_str,
                                              fault)) from None

    def _leave(self, cond, state, insn, leads):
        if len(leads) == 2:
            test = self.machine.holds(state, insn.mnemonic[1:])
            no = z3.Not(test)
            if self.speculative:
                test = no = TRUE
            self._go(leads[1], all_of(cond, test), state.copy())
            self._go(leads[0], all_of(cond, no), state)
            return
        if insn.mnemonic not in ('ret', 'jmp'):
            self.machine.step(state, cond, insn)
        self._go(leads[0], cond, state)

    def _guess(self):
        self.guesses += 1
        return z3.Bool('guess%d' % self.guesses)

    def _go(self, to, cond, state):
        if to != 'out':
            self.ways.setdefault(to, []).append((cond, state))
            return
        result = state.regs.get('rax')
        if result is None:
            raise Fault('the result is undefined')
        self.returns.append((cond, result))
