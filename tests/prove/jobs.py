# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Calls a function for many arguments in several processes, none of which may use the
processor for longer than it is allowed to.
"""
import multiprocessing
import os
from multiprocessing.connection import wait


class Worker:
    def __init__(self, function):
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=self._loop, args=(function, other),
                                               daemon=True)
        self.process.start()
        other.close()
        self.task = None
        self.before = 0

    @staticmethod
    def _loop(function, pipe):
        while True:
            pipe.send(function(pipe.recv()))

    def give(self, number, task):
        self.task = number
        self.before = self.processor()
        self.pipe.send(task)

    def processor(self):
        """Seconds of the processor that the process has used."""
        with open('/proc/%d/stat' % self.process.pid, encoding='ascii') as file:
            fields = file.read().rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def end(self):
        self.process.kill()
        self.process.join()


def call_all(function, tasks, jobs, seconds):
    """
    Yields (number of the task, its result) as they come; the result is None if it
    took too long, or its process died.
    """
    workers = [Worker(function) for _ in range(min(jobs, len(tasks)))]
    todo = iter(enumerate(tasks))
    try:
        for worker in workers:
            worker.give(*next(todo))
        while workers:
            ready = wait([worker.pipe for worker in workers], timeout=1)
            for i, worker in enumerate(workers):
                if worker.pipe not in ready:
                    if worker.processor() - worker.before < seconds:
                        continue
                    result = None
                else:
                    try:
                        result = worker.pipe.recv()
                    except EOFError:
                        result = None
                yield worker.task, result
                if result is None:
                    worker.end()
                    workers[i] = worker = Worker(function)
                following = next(todo, None)
                if following:
                    worker.give(*following)
                else:
                    worker.end()
                    workers[i] = None
            workers = [worker for worker in workers if worker]
    finally:
        for worker in workers:
            if worker:
                worker.end()
