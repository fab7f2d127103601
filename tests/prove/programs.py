# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Which programs are proven, for which targets; and the engine that gives their code.

Proves nothing itself.
"""
from collections import namedtuple
import os
import random
import re
import subprocess

from bpf import Insn

HERE = os.path.dirname(os.path.abspath(__file__))
EXPRESSIONS = (os.path.join(HERE, '../fuzz/expressions.txt'),
               os.path.join(HERE, 'expressions.txt'))

MAXINSNS = 4096

# group: where it is from; insns: list of Insn
Listed = namedtuple('Listed', 'group name insns')


class Target(namedtuple('Target', 'stub landing guard without blind')):
    """struct cbpf_target."""

    def __str__(self):
        return '%d %d %d %d %d' % (self.stub, self.landing, self.guard, self.without,
                                   self.blind)


PLAIN = Target(0, False, False, 0, 0)
# As the kernel module asks for: the stub is somewhere before or behind the code.
MODULE = Target(-4160, True, True, 0, 0)
HARDENED = Target(1 << 22, True, True, 0, 0x5eed1234)


class Engine:
    """The program engine, see engine.c."""

    def __init__(self, path):
        self.path = path

    def _call(self, *args, lines=()):
        done = subprocess.run([self.path, *args], text=True, check=True,
                              input=''.join(line + '\n' for line in lines),
                              stdout=subprocess.PIPE)
        return done.stdout.splitlines()

    def passes(self):
        return self._call('passes')

    @staticmethod
    def insns(fields):
        return [Insn(*map(int, field.split())) for field in fields]

    @staticmethod
    def text(insns):
        return '\t'.join('%d %d %d %d' % insn for insn in insns)

    def vectors(self):
        """(name, insns, wirelen, avail, result, values, have) of each that is valid."""
        for line in self._call('vectors'):
            name, packet, *fields = line.split('\t')
            yield (name, self.insns(fields), *map(int, packet.split()))

    def random(self, first, count):
        for line in self._call('random', str(first), str(count)):
            name, *fields = line.split('\t')
            yield name, self.insns(fields)

    def expressions(self, texts, optimize):
        lines = self._call('expressions', str(int(optimize)), lines=texts)
        return [self.insns(line.split('\t')[1:]) for line in lines]

    def code(self, asked):
        """The code for each (program, target) asked for, None where there is none."""
        lines = ('%s\t%s' % (target, self.text(insns)) for insns, target in asked)
        return [None if line == 'none' else bytes.fromhex(line)
                for line in self._call('code', lines=lines)]

    def run(self, insns, target, headlen, wirelen, content, words):
        """
        One packet: what the interpreter says and the code, None if it died of it.
        headlen and wirelen have 64 bits, of which the upper half is garbage.
        """
        flat = lambda numbers: ' '.join('%d %d' % item for item in sorted(numbers.items()))
        line = '\t'.join((str(target), '%d %d' % (headlen, wirelen), flat(content),
                          flat(words), self.text(insns)))
        done = subprocess.run([self.path, 'run'], input=line + '\n', text=True, check=False,
                              stdout=subprocess.PIPE)
        found = [int(word) for word in done.stdout.split()]
        if not found or done.returncode > 0:
            raise RuntimeError('the engine cannot run: %r' % line)
        return found[0], found[1] if len(found) > 1 else None


def expressions():
    """Every expression of the lists that is for Ethernet, each once."""
    found = {}
    for path in EXPRESSIONS:
        with open(path, encoding='ascii') as lines:
            found.update((line.strip(), None) for line in lines
                         if line.strip() and line[0] != '#' and
                         not re.match('[A-Z0-9_]+ \\|', line))
    return list(found)


def lists():
    """Name and expression of lists of values, which become bitmaps and hash tables."""
    rng = random.Random(20)

    def listed(what, count, limit=65536):
        if what.endswith('host'):
            return ' or '.join('%s 10.%d.%d.%d' % (what, *rng.randbytes(3))
                               for _ in range(count))
        return ' or '.join('%s %d' % (what, rng.randrange(limit)) for _ in range(count))

    yield '7 ports', listed('port', 7)
    yield '200 ports', listed('port', 200)
    yield '100 TCP destination ports', 'tcp and (%s)' % listed('dst port', 100)
    yield '20 ports of one bitmap word', ' or '.join('port %d' % p for p in range(64, 96, 2))
    yield '50 hosts', listed('host', 50)
    yield '200 source hosts', listed('src host', 200)
    yield '40 hosts and 40 ports', '(%s) and (%s)' % (listed('host', 40), listed('port', 40))
    yield '10 hosts, none of 10 ports', '(%s) and not (%s)' % (listed('host', 10),
                                                             listed('port', 10))
    yield '30 networks', ' or '.join('net 10.%d.0.0/16' % n for n in range(30))
    yield '20 Ethernet stations', ' or '.join(
        'ether host 02:00:00:00:00:%02x' % n for n in range(0, 80, 4))
    yield '20 IPv6 hosts', ' or '.join('ip6 host 2001:db8::%x' % n for n in range(20))
    yield '12 protocols', ' or '.join('ip proto %d' % n for n in range(40, 64, 2))
    yield '8 lengths', ' or '.join('len = %d' % n for n in range(60, 140, 10))
    yield '10 values of a sum', ' or '.join('ip[8] + ip[9] = %d' % n for n in range(10))


def joins():
    """Three ways that meet with different values, in each order."""
    load, jeq, ld, st, ja, ld_mem, ret = 0x30, 0x15, 0x00, 0x02, 0x05, 0x60, 0x16
    for values in (5, 5, 7), (5, 7, 5), (7, 5, 5), (5, 6, 7):
        insns = [Insn(load, 0, 0, 0), Insn(jeq, 4, 0, 1), Insn(jeq, 6, 0, 2)]
        for i, value in enumerate(values):
            insns += [Insn(ld, 0, 0, value), Insn(st, 0, 0, 3), Insn(ja, 0, 0, 3 * (2 - i))]
        yield ('join of %d, %d, %d' % values,
               insns + [Insn(ld_mem, 0, 0, 3), Insn(ret, 0, 0, 0)])


def crafted():
    """What no other program asks: bounds of results, and what tests say of later ones."""
    ldb, ld, tax, ldx, lsh_x, rsh_x, div_x = 0x30, 0x20, 0x07, 0x01, 0x6c, 0x7c, 0x3c
    jgt, jset, ret_a, ret = 0x25, 0x45, 0x16, 0x06
    ldh, and_k = 0x28, 0x54
    ldx_msh, ldb_x, ldh_x, lsh = 0xb1, 0x50, 0x48, 0x64
    imm, st, jeq, ja, mem, add_x = 0x00, 0x02, 0x15, 0x05, 0x60, 0x0c
    yield 'a quotient larger than what divides', [
        Insn(ldb, 0, 0, 4), Insn(tax, 0, 0, 0), Insn(ld, 0, 0, 0), Insn(div_x, 0, 0, 0),
        Insn(jgt, 0, 1, 300), Insn(ret, 0, 0, 1), Insn(ret, 0, 0, 2)]
    for name, shift in ('left', lsh_x), ('right', rsh_x):
        for by in (31, 32, 33):
            yield 'shift to the %s by %d' % (name, by), [
                Insn(ldx, 0, 0, by), Insn(ld, 0, 0, 0), Insn(shift, 0, 0, 0),
                Insn(ret_a, 0, 0, 0)]
    for off in 126, 127, 128, 129:
        yield 'a comparison at %d' % off, [
            Insn(ldb, 0, 0, off), Insn(jeq, 0, 1, 5), Insn(ret, 0, 0, 1), Insn(ret, 0, 0, 2)]
    for size, what in (ldb, 'a byte'), (ldh, 'two bytes'), (ld, 'four bytes'):
        yield 'a bit test of %s with a mask' % what, [
            Insn(size, 0, 0, 0), Insn(and_k, 0, 0, 0x3c), Insn(jset, 0, 1, 0xff0f0),
            Insn(ret, 0, 0, 1), Insn(ret, 0, 0, 2)]
    for mask, k in (0x100, 1), (0x40, 0x40), (0x60, 0x60):
        yield 'bits %#x of a byte, of which %#x, then others' % (mask, k), [
            Insn(ldb, 0, 0, 0), Insn(and_k, 0, 0, mask), Insn(jset, 3, 0, k),
            Insn(ldb, 0, 0, 1), Insn(jeq, 1, 0, 1), Insn(ret, 0, 0, 0), Insn(ret, 0, 0, 1)]
        yield 'bits %#x of a byte, of which %#x, and others' % (mask, k), [
            Insn(ldb, 0, 0, 0), Insn(and_k, 0, 0, mask), Insn(jset, 0, 3, k),
            Insn(ldb, 0, 0, 1), Insn(jeq, 0, 1, 1), Insn(ret, 0, 0, 1), Insn(ret, 0, 0, 0)]
    for first, second in (5, 4), (5, 6), (5, 13):
        yield 'a byte of %d or %d' % (first, second), [
            Insn(ldb, 0, 0, 0), Insn(jeq, 2, 0, first), Insn(jeq, 1, 0, second),
            Insn(ret, 0, 0, 0), Insn(ret, 0, 0, 1)]
    for first, second in (0, 1), (0, 2), (0, 3), (1, 4), (0, 4), (0, 5), (1, 2), (60, 61):
        yield 'bytes %d and %d' % (first, second), [
            Insn(ldb, 0, 0, first), Insn(jeq, 0, 3, 1), Insn(ldb, 0, 0, second),
            Insn(jeq, 0, 1, 2), Insn(ret, 0, 0, 1), Insn(ret, 0, 0, 0)]
    yield 'bytes 0, 1 and 2', [
        Insn(ldb, 0, 0, 0), Insn(jeq, 0, 5, 1), Insn(ldb, 0, 0, 1), Insn(jeq, 0, 3, 2),
        Insn(ldb, 0, 0, 2), Insn(jeq, 0, 1, 2), Insn(ret, 0, 0, 1), Insn(ret, 0, 0, 0)]
    yield 'a half word and one of its bytes, which is another one', [
        Insn(ldh, 0, 0, 0), Insn(jeq, 0, 3, 0x102), Insn(ldb, 0, 0, 1),
        Insn(jeq, 0, 1, 3), Insn(ret, 0, 0, 1), Insn(ret, 0, 0, 0)]
    ld_len, jge = 0x80, 0x35
    for jump, k in (jeq, 0), (jgt, 5), (jge, 5), (jset, 1):
        yield 'the length tested by %#x %d, and a byte' % (jump, k), [
            Insn(ld_len, 0, 0, 0), Insn(jeq, 2, 0, 10), Insn(jump, 2, 0, k), Insn(jset, 1, 0, 6),
            Insn(ret, 0, 0, 0), Insn(ldb, 0, 0, 0), Insn(jeq, 0, 1, 1),
            Insn(ret, 0, 0, 1), Insn(ret, 0, 0, 2)]
        yield 'the length tested by %#x %d, and twice again' % (jump, k), [
            Insn(ld_len, 0, 0, 0), Insn(jump, 0, 3, k), Insn(jset, 0, 2, 6),
            Insn(jset, 0, 1, 1), Insn(ret, 0, 0, 1), Insn(ret, 0, 0, 0)]
    yield 'bytes at two offsets', [
        Insn(ldx_msh, 0, 0, 0), Insn(ldb_x, 0, 0, 1), Insn(jeq, 0, 3, 1),
        Insn(ldb, 0, 0, 2), Insn(jeq, 0, 1, 2), Insn(ret, 0, 0, 1), Insn(ret, 0, 0, 0)]
    yield 'two tests that lead to one place with other values', [
        Insn(ldb, 0, 0, 0), Insn(jeq, 9, 0, 9),
        Insn(imm, 0, 0, 1), Insn(st, 0, 0, 0), Insn(st, 0, 0, 1),
        Insn(ldb, 0, 0, 1), Insn(jeq, 8, 0, 1),
        Insn(imm, 0, 0, 5), Insn(st, 0, 0, 1),
        Insn(ldb, 0, 0, 1), Insn(jeq, 4, 8, 2),
        Insn(imm, 0, 0, 7), Insn(st, 0, 0, 0), Insn(st, 0, 0, 1), Insn(ja, 0, 0, 0),
        Insn(mem, 0, 0, 0), Insn(tax, 0, 0, 0), Insn(mem, 0, 0, 1), Insn(add_x, 0, 0, 0),
        Insn(ret_a, 0, 0, 0)]
    yield 'an offset and more than fits in a byte', [
        Insn(ldx_msh, 0, 0, 0), Insn(ldh_x, 0, 0, 395), Insn(ret_a, 0, 0, 0)]
    for by in 1, 2, 3, 4:
        yield 'an offset of 32 bits, shifted by %d' % by, [
            Insn(ld, 0, 0, 0), Insn(lsh, 0, 0, by), Insn(tax, 0, 0, 0),
            Insn(ldb_x, 0, 0, 1), Insn(ret_a, 0, 0, 0)]
    for again in 1, 2:
        yield 'two ways with offsets of their own, then number %d' % again, [
            Insn(ldb, 0, 0, 0), Insn(jeq, 0, 4, 1), Insn(ldb, 0, 0, 100),
            Insn(ldx_msh, 0, 0, 1), Insn(ldb_x, 0, 0, 3), Insn(jeq, 7, 4, 7),
            Insn(ldb, 0, 0, 100),
            Insn(ldx_msh, 0, 0, 2), Insn(ldb_x, 0, 0, 3), Insn(jeq, 3, 0, 7),
            Insn(ldx_msh, 0, 0, again), Insn(ldb_x, 0, 0, 4), Insn(ret_a, 0, 0, 0),
            Insn(ret, 0, 0, 1)]
    yield 'an offset shifted and not', [
        Insn(ldx_msh, 0, 0, 0), Insn(ldb_x, 0, 0, 1), Insn(jeq, 0, 3, 1),
        Insn(ldb, 0, 0, 0), Insn(and_k, 0, 0, 15), Insn(tax, 0, 0, 0),
        Insn(ldb_x, 0, 0, 2), Insn(ret_a, 0, 0, 0)]
    for first, second in ((3, 1), (1, 3), (1, 2), (3, 6)):
        yield 'one of the bits %d, then of %d' % (first, second), [
            Insn(ldb, 0, 0, 0), Insn(jset, 0, 2, first), Insn(jset, 0, 1, second),
            Insn(ret, 0, 0, 1), Insn(jset, 0, 1, second), Insn(ret, 0, 0, 2),
            Insn(ret, 0, 0, 3)]


def all_programs(engine, count):
    """Every program, with so many random ones.  Too long ones are no programs."""
    found = [Listed('vector', name, insns) for name, insns, *_ in engine.vectors()]
    found += [Listed('crafted', name, insns) for name, insns in (*joins(), *crafted())]
    texts, listed = expressions(), list(lists())
    for optimize, suffix in ((True, ''), (False, ', not optimised')):
        for text, insns in zip(texts, engine.expressions(texts, optimize)):
            found.append(Listed('expression', text + suffix, insns))
        made = engine.expressions([text for _, text in listed], optimize)
        for (name, _), insns in zip(listed, made):
            found.append(Listed('list', name + suffix, insns))
    found += [Listed('random', name, insns) for name, insns in engine.random(0, count)]
    return [program for program in found if len(program.insns) <= MAXINSNS]


def targets(engine):
    """Name, target, and whether it is for all programs or for the smaller set."""
    names = engine.passes()
    every = (1 << len(names)) - 1
    yield 'plain', PLAIN, True
    yield 'for the module', MODULE, True
    yield 'hardened', HARDENED, True
    yield 'without any pass', PLAIN._replace(without=every), True
    for i, name in enumerate(names):
        yield 'without ' + name, PLAIN._replace(without=1 << i), False
        yield 'only ' + name, PLAIN._replace(without=every & ~(1 << i)), False
