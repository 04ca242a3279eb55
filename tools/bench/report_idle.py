# SPDX-License-Identifier: GPL-2.0
"""What a population of idle domains and tasks costs: goals, and a table."""

GOALS = {
    'cost': 1.02,        # of a call and of a stream, over those without it
    'memory': 512,       # bytes of a task over those of an eventfd
}


def median(machine, bench, target, op):
    return machine.idle[bench, target, op]['median']


def memory(machine, target):
    return median(machine, 'idle', target, 'memory')


def rows(machine):
    """What, with the population, and without."""
    yield ('call and reply', median(machine, 'ipc', 'isle', 'call'),
           machine.ipc['isle', 'call'])
    yield ('channel, 64 B', median(machine, 'chan', 'isle', 'same-64'),
           machine.chan['isle', 'same-64']['median'])


def judge(machine, add):
    if not machine.idle:
        return
    for what, with_it, without in rows(machine):
        add('10,000 domains, 100,000 tasks: %s: with / without' % what,
            with_it / without, GOALS['cost'], True, 'ratio of instructions')
    add('an idle task, over an eventfd', memory(machine, 'isle-task') -
        memory(machine, 'eventfd'), GOALS['memory'], True, 'bytes')


def table(machine):
    result = [[what, '%.0f' % with_it, '%.0f' % without,
               '%.3f' % (with_it / without)]
              for what, with_it, without in rows(machine)]
    for target in ('isle-task', 'isle-domain', 'eventfd'):
        result.append(['bytes of kernel memory, each: ' + target,
                       '%.0f' % memory(machine, target), '', ''])
    return ('10,000 idle domains, 100,000 idle tasks',
            ['what', 'with them', 'without', 'ratio'], result)
