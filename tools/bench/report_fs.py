# SPDX-License-Identifier: GPL-2.0
"""What tools/bench/fs measured: goals, and a table."""

GOALS = {'read-4k': 1.25, 'write-4k': 1.25, 'read-1m': 1.25, 'write-1m': 1.25,
         'list': 1.5}
LABELS = {'read-4k': '4 KiB read', 'write-4k': '4 KiB write',
          'read-1m': '1 MiB read', 'write-1m': '1 MiB write',
          'list': 'listing, per entry'}


def cost(machine, target, op):
    return machine.fs[target, op]['median']


def judge(machine, add):
    """Instructions only: times of single calls vary more than what is asked."""
    for op, goal in GOALS.items():
        if ('isle', op) in machine.fs:
            add('files: %s: isle / host' % LABELS[op],
                cost(machine, 'isle', op) / cost(machine, 'host', op), goal,
                True, 'ratio')


def table(machine):
    return ('files in a directory (ext4), per operation',
            ['what', 'isle', 'host', 'ratio'],
            [[LABELS[op], '%.0f' % cost(machine, 'isle', op),
              '%.0f' % cost(machine, 'host', op),
              '%.2f' % (cost(machine, 'isle', op) / cost(machine, 'host', op))]
             for op in GOALS if ('isle', op) in machine.fs])
