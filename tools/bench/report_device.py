# SPDX-License-Identifier: GPL-2.0
"""What tools/bench/device measured: goals, and a table."""

# (operation, ours, peer): our cost over the peer's at most
GOALS = {
    ('kv-read-4k', 'isle', 'pread'): 1.25,
    ('kv-read-4k', 'isle-tar', 'pread'): 1.25,
    ('kv-read-1m', 'isle', 'pread'): 1.25,
    ('kv-read-1m', 'isle-key', 'pread'): 1.25,
    ('kv-map-1m', 'isle', 'mmap'): 1.25,
    ('console-64', 'isle', 'pty'): 1.0,
    ('console-4k', 'isle', 'pty'): 1.0,
}
LABELS = {'kv-read-4k': 'a value, 4 KiB read', 'kv-read-1m': 'a value, 1 MiB read',
          'kv-map-1m': 'a value, 1 MiB mapped and touched',
          'console-64': 'console, 64 B printed and read',
          'console-4k': 'console, 4 KiB printed and read'}


def cost(machine, target, op):
    return machine.device[target, op]['median']


def rows(machine):
    for (op, ours, peer), goal in GOALS.items():
        if (ours, op) in machine.device and (peer, op) in machine.device:
            yield op, ours, peer, goal


def judge(machine, add):
    """Instructions only: times of single calls vary more than what is asked."""
    for op, ours, peer, goal in rows(machine):
        add('%s: %s / %s' % (LABELS[op], ours, peer),
            cost(machine, ours, op) / cost(machine, peer, op), goal, True,
            'ratio')


def table(machine):
    return ('values by key and consoles, per operation',
            ['what', 'by', 'isle', 'peer', 'cost', 'ratio'],
            [[LABELS[op], ours, '%.0f' % cost(machine, ours, op), peer,
              '%.0f' % cost(machine, peer, op),
              '%.2f' % (cost(machine, ours, op) / cost(machine, peer, op))]
             for op, ours, peer, _ in rows(machine)])
