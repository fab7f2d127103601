# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""A run of proofs: what is to be proven, and telling what comes of it.  What a proof is
stands in claim.py.
"""
from collections import namedtuple
import re
import sys
import time

from claim import judge
from jobs import call_all
from real import confirm

SLOW = 20	# seconds after which a proof is worth mentioning
SMALL = 40	# random programs of the smaller set

# A program, one of the targets for which its code is this, and the names of all.
Task = namedtuple('Task', 'program target names code')


def is_small(listed):
    """Is the program of the smaller set, which is proven with each pass alone?"""
    number = re.fullmatch('random ([0-9]+)', listed.name)
    if number:
        return int(number[1]) < SMALL
    return listed.group != 'list' or not listed.name.endswith(', not optimised')


def pairs(programs, targets):
    """(program, name of a target, target) that belong together."""
    return [(program, name, target) for name, target, every in targets
            for program in programs if every or is_small(program)]


def codes_of(engine, asked):
    """The code for each of them."""
    return engine.code([(program.insns, target) for program, _, target in asked])


def tasks_of(asked, codes):
    """A task for each different code, of those for which there is one."""
    known = {}
    for (program, name, target), code in zip(asked, codes):
        if code is None:
            continue
        key = (program.group, program.name, code, target.stub, target.landing,
               target.guard)
        if key not in known:
            known[key] = Task(program, target, [], code)
        known[key].names.append(name)
    return list(known.values())


class Proofs:
    """
    counts: of tasks with each outcome; processor: seconds of it for all;
    confirmed: was there a packet for which code is really wrong?
    length, seconds: see judge(); say: what to call with each line of the outcome
    """

    def __init__(self, engine, length=None, seconds=60, say=print, times=None):
        self.engine = engine
        self.length = length
        self.seconds = seconds
        self.say = say
        self.times = times
        self.counts = {'proven': 0, 'failed': 0, 'unknown': 0}
        self.processor = 0
        self.confirmed = False

    def _judge(self, task):
        began = time.process_time()
        verdict = judge(task.program.insns, task.code, task.target, self.length,
                        self.seconds)
        verdict.seconds = time.process_time() - began
        return verdict

    def _tell(self, task, verdict):
        status = verdict.status if verdict else 'unknown'
        took = verdict.seconds if verdict else self.seconds
        name = '%s: %s' % (task.program.group, task.program.name)
        self.counts[status] += 1
        self.processor += took
        if self.times:
            print('%.2f\t%s\t%s' % (took, name, ', '.join(task.names)), file=self.times,
                  flush=True)
        if took > SLOW:
            print('slow: %.1f s: %s (%s)' % (took, name, task.names[0]), file=sys.stderr)
        if status != 'proven':
            self.say('%s: %s (%s, %d bytes): %s' % (
                status, name, ', '.join(task.names), len(task.code),
                verdict.detail if verdict else 'took too long'))
        if verdict and verdict.case:
            what, wrong = confirm(self.engine, task.program.insns, task.target, verdict.case)
            self.confirmed |= wrong
            self.say('    %s' % verdict.case)
            self.say('    %s: %s' % ('really' if wrong else 'NOT CONFIRMED', what))

    def run(self, tasks, jobs, first=False, progress=None):
        """
        Judges tasks.  first: until one is really wrong; progress: what to call with the
        number of those done
        """
        for done, (number, verdict) in enumerate(
                call_all(self._judge, tasks, jobs, 4 * self.seconds), 1):
            self._tell(tasks[number], verdict)
            if progress:
                progress(done)
            if first and self.confirmed:
                break
