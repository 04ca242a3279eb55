# SPDX-License-Identifier: GPL-2.0
"""What tools/bench/net and tools/bench/tcp measured: goals, and tables."""

GOALS = {
    'single': 1700,      # instructions, 60 B sent, a frame per call
    'batch': 720,        # instructions, 60 B sent, 32 frames per call
    'receive': 0.6,      # host to domain, our cost over TAP's
    'tap': 1.2,          # TCP: TAP's cost over ours, both with offloads
    'plain': 5.0,        # TCP: TAP's without offloads over ours with them
}

TARGETS = [('isle', 'isle: read(2), write(2)'),
           ('isle-lib', 'libisle, a frame per call'),
           ('isle-batch', 'libisle, 32 per call'),
           ('tap', 'TAP'), ('tap-vnet', 'TAP, virtio_net_hdr'),
           ('packet', 'AF_PACKET'), ('packet-v3', 'AF_PACKET, TPACKET_V3'),
           ('xdp', 'AF_XDP, generic'), ('xdp-native', 'AF_XDP, native'),
           ('none', 'what is below it: send(2) alone')]
OPS = ['tx-60', 'tx-1514', 'rx-60', 'rx-1514']
TCP = [('isle', 'isle, offloads'), ('isle-ring', 'isle, offloads, rings'),
       ('isle-tap', 'islectl net tap, offloads'),
       ('isle-plain', 'isle, plain'), ('tap', 'TAP, offloads'),
       ('tap-plain', 'TAP, plain'),
       ('veth', 'what is below it: veth, nobody between')]


def cost(records, target, op):
    record = records.get((target, op))
    return record['median'] if record else None


def ratio(a, b):
    return a / b if a and b else None


def judge(machine, add):
    """Instructions only; calls add(what, value, goal, at_most, unit, itself)."""
    net, tcp = machine.net, machine.tcp
    unit, ratios = 'instructions', 'ratio of instructions'
    add('net: 60 B to the host, singly', cost(net, 'isle', 'tx-60'),
        GOALS['single'], True, unit)
    add('net: 60 B to the host, in batches', cost(net, 'isle-batch', 'tx-60'),
        GOALS['batch'], True, unit)
    for op in ('rx-60', 'rx-1514'):
        add('net: %s B from the host, in batches: isle / TAP' % op[3:],
            ratio(cost(net, 'isle-batch', op), cost(net, 'tap', op)),
            GOALS['receive'], True, ratios,
            ratio(cost(net, 'none', op), cost(net, 'tap', op)))
    below = ratio(cost(tcp, 'tap', 'tcp'), cost(tcp, 'veth', 'tcp'))
    for target, label in TCP[:3]:
        ours = cost(tcp, target, 'tcp')
        add('net: TCP: TAP, offloads / ' + label, ratio(cost(tcp, 'tap', 'tcp'), ours),
            GOALS['tap'], False, ratios, below)
        add('net: TCP: TAP, plain / ' + label, ratio(cost(tcp, 'tap-plain', 'tcp'), ours),
            GOALS['plain'], False, ratios)


def tables(machine):
    """Title, head and rows, for each of report's table()."""
    net, tcp = machine.net, machine.tcp
    exact = machine.name == 'icount'
    unit = 'instructions' if exact else 'ns'

    def number(value):
        return '{:,.0f}'.format(value) if value else '-'

    yield ('FRAMES, %s; tx: to the host, rx: from it, with its send(2); bytes' % unit,
           [''] + OPS,
           [[label] + [number(cost(net, target, op)) for op in OPS]
            for target, label in TARGETS])
    peer = cost(tcp, 'tap', 'tcp')
    yield ('TCP by iperf3, %s per KiB; two interfaces, joined by a program' % unit,
           ['', 'cost', "TAP's with offloads / this", 'segments sent again'],
           [[label, number(cost(tcp, target, 'tcp')),
             '%.2f' % ratio(peer, cost(tcp, target, 'tcp')),
             '%d' % tcp[target, 'tcp']['again']]
            for target, label in TCP if (target, 'tcp') in tcp])
