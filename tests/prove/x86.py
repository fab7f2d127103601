# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""What each instruction of x86-64 does that a filter may have in its code, on terms
instead of numbers (Intel SDM, volume 2).  Any other instruction, operand or register is
a Fault: nothing is ever passed over.

Capstone says what the bytes are.  Where jumps lead to is not known here.
"""
import capstone
from capstone import x86 as names
import z3

from terms import FALSE, ZERO32, all_of, any_of, bv32, number
from value import Bit, Compared, Fault, Num, Ptr, Result

REGION_WORDS = 80

# Bytes behind the code that a jump which goes the wrong way may let it read: where
# the module puts code there is only more of it.
BEHIND = 8192

# Caller-saved registers, by all their names: the register, and how many bytes of it.
REGISTERS = {}
for _reg, _legacy in (('rax', 'eax ax al'), ('rcx', 'ecx cx cl'), ('rdx', 'edx dx dl'),
                      ('rsi', 'esi si sil'), ('rdi', 'edi di dil')):
    for _name, _size in zip([_reg] + _legacy.split(), (8, 4, 2, 1)):
        REGISTERS[_name] = (_reg, _size)
for _reg in ('r8', 'r9', 'r10', 'r11'):
    for _suffix, _size in (('', 8), ('d', 4), ('w', 2), ('b', 1)):
        REGISTERS[_reg + _suffix] = (_reg, _size)

CONDITIONS = {'e', 'ne', 'b', 'ae', 'be', 'a', 's', 'ns'}


def disassembler():
    engine = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    engine.detail = True
    return engine


class State:
    """Registers, the words that were stored to, and the flags (None: undefined)."""

    def __init__(self, regs, words, flags):
        self.regs = regs
        self.words = words
        self.flags = flags

    def copy(self):
        return State(dict(self.regs), dict(self.words), self.flags)


class Machine:
    """
    Does instructions; notes in self.wrongs when one of them would be wrong.
    speculative: conditions of jumps mean nothing, and what only an instruction that
    really is done can do is not wrong
    """

    def __init__(self, code, world, speculative):
        self.code = code
        self.world = world
        self.speculative = speculative
        self.wrongs = []	# (condition, what)
        self.garbage = {'rsi': z3.BitVec('rsi_high', 32),
                        'rdx': z3.BitVec('rdx_high', 32)}

    def start(self):
        """The state in which the code is called; what is not there is undefined."""
        packet = self.world.packet
        return State({'rdi': Ptr('head'), 'rcx': Ptr('words'),
                      'rsi': Num(packet.headlen, self.garbage['rsi']),
                      'rdx': Num(packet.wirelen, self.garbage['rdx'])}, {}, None)

    def garbage_word(self, index):
        name = 'word_%d' % index
        return self.garbage.setdefault(name, z3.BitVec(name, 32))

    def require(self, cond, ok, what):
        if not z3.is_true(ok):
            self.wrongs.append((all_of(cond, z3.Not(ok)), what))

    def require_at(self, cond, at, ok, what):
        """For an access: an address has to be one, or nobody can choose it."""
        if self.speculative:
            self.require(cond, any_of([at.poison, ok]), what)
        else:
            self.require(cond, all_of(z3.Not(at.poison), ok), what)

    # Operands.

    @staticmethod
    def register(insn, reg):
        name = insn.reg_name(reg)
        if name not in REGISTERS:
            raise Fault('register %s is not for filters' % name)
        return REGISTERS[name]

    def value(self, state, insn, reg):
        """All of a register."""
        name, _ = self.register(insn, reg)
        found = state.regs.get(name)
        if found is None:
            raise Fault('%s is undefined' % name)
        return found

    def address(self, state, insn, operand):
        """What a memory operand points to, as Ptr or Num."""
        mem = operand.mem
        if mem.segment:
            raise Fault('segment')
        total, sum64 = None, None
        if insn.reg_name(mem.base) == 'rip':
            return Ptr('code', insn.address + insn.size + mem.disp)
        for reg, scale in ((mem.base, 1), (mem.index, mem.scale)):
            if not reg:
                continue
            if self.register(insn, reg)[1] != 8:
                raise Fault('address of 32 bits')
            found = self.value(state, insn, reg)
            if isinstance(found, Ptr):
                if total is not None or scale != 1:
                    raise Fault('two addresses in one')
                total = found
            elif sum64 is None:
                sum64 = (found.term(), scale)
            else:
                sum64 = (sum64[0] * sum64[1] + found.term() * scale, 1)
        if total is not None:
            return total.add(mem.disp, *(sum64 or ()))
        if sum64 is None:
            raise Fault('an absolute address')
        return Num.wide(sum64[0] * sum64[1] + z3.BitVecVal(mem.disp, 64))

    def load(self, state, cond, insn, operand):
        """Memory, as the processor puts it together: little-endian."""
        at, size = self.address(state, insn, operand), operand.size
        if not isinstance(at, Ptr):
            raise Fault('a number is used as an address')
        if at.region == 'head':
            return self._load_packet(cond, at, size)
        if at.region == 'code':
            return self._load_table(cond, at, size)
        index = self.word(at, size)
        return state.words.get(index, self.garbage_word(index))

    def _load_packet(self, cond, at, size):
        packet, off = self.world.packet, at.offset()
        if at.index is None:
            ok = (FALSE if at.off < 0 or at.off + size > 0xffffffff else
                  z3.UGE(packet.headlen, bv32(at.off + size)))
        else:
            ok = z3.And(z3.ULE(off, z3.BitVecVal(0xffffffff, 64)),
                        z3.ULE(off + size, z3.ZeroExt(32, packet.headlen)))
        self.require_at(cond, at, ok, 'load outside of the head')
        found = self.world.bytes(z3.Extract(31, 0, off), size)
        found.reverse()
        return found[0] if size == 1 else z3.Concat(found)

    def _load_table(self, cond, at, size):
        count = (len(self.code) - size - at.off) // at.scale + 1
        if at.off < 0 or count < 1:
            raise Fault('table outside of the code')
        if at.index is None:
            at = at.add(0, z3.BitVecVal(0, 64))
        limit = count + (BEHIND // at.scale if self.speculative else 0)
        self.require_at(cond, at, z3.ULT(at.index, z3.BitVecVal(limit, 64)),
                        'table outside of the code')
        values = lambda most: [
            int.from_bytes(self.code[i:i + size], 'little')
            for i in range(at.off, at.off + min(count, most) * at.scale, at.scale)]
        return self.world.table((at.off, at.scale), values, at.index, 8 * size)

    @staticmethod
    def word(at, size):
        """Which of the words an address is; anything else is wrong."""
        if (at.region != 'words' or at.index is not None or size != 4 or at.off % 4 or
                not z3.is_false(at.poison) or not 0 <= at.off < 4 * REGION_WORDS):
            raise Fault('memory outside of the words')
        return at.off // 4

    def read(self, state, cond, insn, n):
        """Operand n as a term of its size."""
        operand = insn.operands[n]
        if operand.type == names.X86_OP_IMM:
            size = insn.operands[0].size
            return z3.BitVecVal(operand.imm, 8 * size)
        if operand.type == names.X86_OP_REG:
            found = self.value(state, insn, operand.reg)
            return found.part(self.register(insn, operand.reg)[1])
        if operand.type == names.X86_OP_MEM:
            return self.load(state, cond, insn, operand)
        raise Fault('operand')

    def write(self, state, insn, n, term):
        operand = insn.operands[n]
        if operand.type == names.X86_OP_MEM:
            at = self.address(state, insn, operand)
            if not isinstance(at, Ptr):
                raise Fault('a number is used as an address')
            state.words[self.word(at, operand.size)] = term
            return
        name, size = self.register(insn, operand.reg)
        if size >= 4:
            state.regs[name] = Num(ZERO32).changed(size, term)
            return
        old = state.regs.get(name)
        if old is None or isinstance(old, Ptr):
            # nothing is known of the rest, which may be used as long as nobody cares
            unknown = 'garbage_%d_' % insn.address
            old = Num(z3.BitVec(unknown + 'low', 32), z3.BitVec(unknown + 'high', 32))
        state.regs[name] = old.changed(size, term)

    # Instructions.

    def step(self, state, cond, insn):
        """Does an instruction that does not jump; state is changed."""
        mnemonic = insn.mnemonic
        handler = getattr(self, 'op_' + mnemonic, None)
        if handler:
            handler(state, cond, insn)
        elif mnemonic[:3] == 'set' and mnemonic[3:] in CONDITIONS:
            test = self.holds(state, mnemonic[3:])
            self.write(state, insn, 0, z3.If(test, z3.BitVecVal(1, 8), z3.BitVecVal(0, 8)))
        elif mnemonic[:4] == 'cmov' and mnemonic[4:] in CONDITIONS:
            self._cmov(state, cond, insn, self.holds(state, mnemonic[4:]))
        else:
            raise Fault('unknown instruction')

    @staticmethod
    def holds(state, cc):
        if state.flags is None:
            raise Fault('the flags are undefined')
        return state.flags.holds(cc)

    def _cmov(self, state, cond, insn, test):
        name, size = self.register(insn, insn.operands[0].reg)
        if size == 8 and insn.operands[1].type == names.X86_OP_REG:
            yes = self.value(state, insn, insn.operands[1].reg)
            no = self.value(state, insn, insn.operands[0].reg)
            state.regs[name] = yes.choose(test, no)
            return
        yes, no = self.read(state, cond, insn, 1), self.read(state, cond, insn, 0)
        self.write(state, insn, 0, z3.If(test, yes, no))

    def op_endbr64(self, state, cond, insn):
        pass

    op_nop = op_endbr64

    def op_mov(self, state, cond, insn):
        to, source = insn.operands
        if source.type == names.X86_OP_REG and to.type == names.X86_OP_REG:
            name, size = self.register(insn, to.reg)
            if size == 8:
                state.regs[name] = self.value(state, insn, source.reg)
                return
        self.write(state, insn, 0, self.read(state, cond, insn, 1))

    op_movabs = op_mov

    def op_movzx(self, state, cond, insn):
        term = self.read(state, cond, insn, 1)
        size = 8 * insn.operands[0].size
        self.write(state, insn, 0, z3.ZeroExt(size - term.size(), term))

    def op_lea(self, state, cond, insn):
        at = self.address(state, insn, insn.operands[1])
        name, size = self.register(insn, insn.operands[0].reg)
        state.regs[name] = at if size == 8 else Num(ZERO32).changed(size, at.part(size))

    def _add_address(self, state, cond, insn):
        """A sum of address and number, in 64 bits. Return: was it one?"""
        to, source = insn.operands
        if to.type != names.X86_OP_REG or to.size != 8:
            return False
        name, _ = self.register(insn, to.reg)
        left = self.value(state, insn, to.reg)
        right = (self.value(state, insn, source.reg)
                 if source.type == names.X86_OP_REG else None)
        if isinstance(right, Ptr) and isinstance(left, Num):
            state.regs[name] = right.add(0, left.term())
        elif isinstance(left, Ptr):
            state.regs[name] = left.add(0, self.read(state, cond, insn, 1))
        else:
            return False
        state.flags = None
        return True

    def op_add(self, state, cond, insn):
        if self._add_address(state, cond, insn):
            return
        a, b = self.read(state, cond, insn, 0), self.read(state, cond, insn, 1)
        state.flags = Result(a + b, z3.ULT(a + b, a))
        self.write(state, insn, 0, a + b)

    def op_sub(self, state, cond, insn):
        a, b = self.read(state, cond, insn, 0), self.read(state, cond, insn, 1)
        state.flags = Compared(a, b)
        self.write(state, insn, 0, a - b)

    def op_cmp(self, state, cond, insn):
        state.flags = Compared(self.read(state, cond, insn, 0),
                               self.read(state, cond, insn, 1), self.world.equal)

    def op_neg(self, state, cond, insn):
        a = self.read(state, cond, insn, 0)
        state.flags = Result(-a, a != 0)
        self.write(state, insn, 0, -a)

    def op_not(self, state, cond, insn):
        self.write(state, insn, 0, ~self.read(state, cond, insn, 0))

    def op_sbb(self, state, cond, insn):
        """Only of a register with itself: all ones if there is a carry, else 0."""
        to, source = insn.operands
        if source.type != names.X86_OP_REG or source.reg != to.reg:
            raise Fault('operand')
        carry = self.holds(state, 'b')
        size = 8 * self.register(insn, to.reg)[1]
        term = z3.If(carry, z3.BitVecVal(-1, size), z3.BitVecVal(0, size))
        state.flags = Result(term, carry)
        self.write(state, insn, 0, term)

    def _logic(self, state, cond, insn, function, keep=True):
        term = function(self.read(state, cond, insn, 0), self.read(state, cond, insn, 1))
        state.flags = Result(term, FALSE)
        if keep:
            self.write(state, insn, 0, term)

    def op_and(self, state, cond, insn):
        self._logic(state, cond, insn, lambda a, b: a & b)

    def op_test(self, state, cond, insn):
        same = (insn.operands[0].type == names.X86_OP_REG and
                insn.operands[1].type == names.X86_OP_REG and
                insn.operands[0].reg == insn.operands[1].reg)
        self._logic(state, cond, insn, lambda a, b: a if same else a & b, False)

    def op_or(self, state, cond, insn):
        self._logic(state, cond, insn, lambda a, b: a | b)

    def op_xor(self, state, cond, insn):
        to, source = insn.operands
        if (to.type == names.X86_OP_REG and source.type == names.X86_OP_REG and
                to.reg == source.reg):
            size = self.register(insn, to.reg)[1]
            term = z3.BitVecVal(0, 8 * size)
            state.flags = Result(term, FALSE)
            self.write(state, insn, 0, term)
            return
        self._logic(state, cond, insn, self.world.xor)

    def op_imul(self, state, cond, insn):
        if insn.operands[0].size != 4 or len(insn.operands) < 2:
            raise Fault('product of another size')
        left, right = (0, 1) if len(insn.operands) == 2 else (1, 2)
        term = self.world.mul(self.read(state, cond, insn, left),
                              self.read(state, cond, insn, right))
        state.flags = None
        self.write(state, insn, 0, term)

    def op_div(self, state, cond, insn):
        by = self.read(state, cond, insn, 0)
        if by.size() != 32:
            raise Fault('quotient of another size')
        ax, dx = state.regs.get('rax'), state.regs.get('rdx')
        if ax is None or dx is None or number(z3.simplify(dx.part(4))) != 0:
            raise Fault('dividend of more than 32 bits')
        if not self.speculative:
            self.require(cond, by != ZERO32, 'division by zero')
        state.flags = None
        state.regs['rax'] = Num(self.world.div(ax.part(4), by))
        state.regs['rdx'] = Num(self.world.mod(ax.part(4), by))

    def _shift(self, state, cond, insn, function):
        """The processor takes 5 bits of the number, 6 of a shift of 64 bits."""
        a, by = self.read(state, cond, insn, 0), insn.operands[1]
        size = a.size()
        mask = 63 if size == 64 else 31
        if by.type == names.X86_OP_IMM:
            count = z3.BitVecVal(by.imm & mask, size)
        else:
            count = z3.ZeroExt(size - 8, self.read(state, cond, insn, 1)) & mask
        term = function(a, count)
        known = number(count)
        state.flags = Result(term, None) if known else None
        self.write(state, insn, 0, term)

    def op_shl(self, state, cond, insn):
        self._shift(state, cond, insn, lambda a, n: a << n)

    def op_shr(self, state, cond, insn):
        self._shift(state, cond, insn, z3.LShR)

    def op_rol(self, state, cond, insn):
        a, by = self.read(state, cond, insn, 0), insn.operands[1]
        if by.type != names.X86_OP_IMM:
            raise Fault('operand')
        state.flags = None
        self.write(state, insn, 0, z3.simplify(z3.RotateLeft(a, by.imm & 31)))

    def op_ror(self, state, cond, insn):
        a, by = self.read(state, cond, insn, 0), insn.operands[1]
        if by.type != names.X86_OP_IMM:
            raise Fault('operand')
        state.flags = None
        self.write(state, insn, 0, z3.simplify(z3.RotateRight(a, by.imm & 31)))

    def op_bswap(self, state, cond, insn):
        a = self.read(state, cond, insn, 0)
        swapped = z3.Concat([z3.Extract(i + 7, i, a) for i in range(0, a.size(), 8)])
        self.write(state, insn, 0, z3.simplify(swapped))

    def op_bt(self, state, cond, insn):
        bits, which = self.read(state, cond, insn, 0), self.read(state, cond, insn, 1)
        if insn.operands[0].type != names.X86_OP_REG:
            raise Fault('bits in memory')
        state.flags = Bit(self.world.bit(bits, which))
