# SPDX-License-Identifier: GPL-2.0
"""The part of tools/bench/report that knows channels: goals and a table."""

GOALS = {
    'small': 95,         # instructions, 64 B written and read
    'pipe': 25.0,        # a pipe's cost over ours, the same
    'copying': 1.05,     # 64 KiB: our cost over two best copies
    'place': 1.05,       # 64 KiB in place: our cost over one
    'xen': 5.0,          # libxenvchan's cost over ours, 64 B, both ways
    'stream': 10.0,      # a pipe's time over ours, 64 B across processors
    'bandwidth': 0.9,    # of a copy's, 64 KiB across processors
    'wakeups': 1.0,      # per MiB, across processors
}

TARGETS = ['isle', 'isle-in-place', 'isle-calls', 'pipe', 'unix', 'plain-ring',
           'libxenvchan', 'copy']


def cost(machine, target, op):
    record = machine.chan.get((target, op))
    return record['median'] if record else None


def best_copy(machine):
    copies = [r['median'] for o, r in machine.limit.items()
              if o.startswith('copy-64k-')]
    return min(copies) if copies else None


def ratio(a, b):
    return a / b if a is not None and b else None


def judge(machine, add):
    """Calls add(what, value, goal, at_most, unit) for each goal."""
    if machine.name == 'icount':
        unit = 'instructions'
        small = cost(machine, 'isle', 'same-64')
        copy = best_copy(machine)
        add('channel: 64 B write and read', small, GOALS['small'], True, unit)
        unit = 'ratio of instructions'
        add('channel: 64 B: pipe / isle',
            ratio(cost(machine, 'pipe', 'same-64'), small), GOALS['pipe'],
            False, unit)
        add('channel: 64 B: libxenvchan / isle',
            ratio(cost(machine, 'libxenvchan', 'same-64'), small),
            GOALS['xen'], False, unit)
        add('channel: 64 KiB, copying: isle / two copies',
            ratio(cost(machine, 'isle', 'same-65536'), copy and 2 * copy),
            GOALS['copying'], True, unit)
        add('channel: 64 KiB, in place: isle / one copy',
            ratio(cost(machine, 'isle-in-place', 'same-65536'), copy),
            GOALS['place'], True, unit)
        return
    unit = 'ratio of time'
    add('channel: 64 B stream: pipe / isle',
        ratio(cost(machine, 'pipe', 'stream-64'),
              cost(machine, 'isle', 'stream-64')), GOALS['stream'], False, unit)
    add('channel: 64 B stream: libxenvchan / isle',
        ratio(cost(machine, 'libxenvchan', 'stream-64'),
              cost(machine, 'isle', 'stream-64')), GOALS['xen'], False, unit)
    add('channel: 64 KiB stream: copy / isle',
        ratio(cost(machine, 'copy', 'stream-65536'),
              cost(machine, 'isle', 'stream-65536')), GOALS['bandwidth'],
        False, unit)
    for size in ('64', '65536'):
        add('channel: stream of %s B: wake-ups per MiB' % size,
            cost(machine, 'isle', 'wakeups-' + size), GOALS['wakeups'], True,
            'wake-ups')


def table(machine):
    """Title, head and rows for report's table()."""
    exact = machine.name == 'icount'
    ops = [('same-64', '64 B written and read'),
           ('same-65536', '64 KiB written and read'),
           ('turn-64', '64 B there and back'),
           ('set-up', 'set up, of 10,000'), ('tear-down', 'closed')] \
        if exact else [('stream-64', '64 B'), ('stream-65536', '64 KiB'),
                       ('turn-64', '64 B there and back'),
                       ('wakeups-64', 'wake-ups per MiB, 64 B'),
                       ('wakeups-65536', 'wake-ups per MiB, 64 KiB')]
    present = [t for t in TARGETS
               if any((t, op) in machine.chan for op, _ in ops)]
    rows = []
    for op, label in ops:
        row = [label]
        for target in present:
            value = cost(machine, target, op)
            row.append('-' if value is None else
                       '%.1f' % value if value < 100 else
                       '{:,.0f}'.format(value))
        rows.append(row)
    return ('CHANNELS, ' + ('instructions' if exact else
                            'ns per message, from one processor to another'),
            [''] + present, rows)
