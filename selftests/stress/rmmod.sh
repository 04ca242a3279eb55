#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# isle selftests: loading and unloading the module, also under load
#
#   selftests/vm/run --no-module -- selftests/stress/rmmod.sh [ROUNDS]
#
# Needs a machine without the module loaded; ISLE_MODULE is the module.
# Prints TAP.

set -u
here=$(cd "$(dirname "$0")" && pwd)
hammer=${ISLE_SELFTESTS:-$here/../../build/selftests}/stress/hammer
module=${ISLE_MODULE:?the path of isle.ko}
rounds=${1:-12}
# what has to happen soon, has so many seconds until it counts as never
patience=120
count=0 failed=0
export DM_DISABLE_UDEV=1

result()
{
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count $2"
	else
		failed=$((failed + 1))
		echo "not ok $count $2"
	fi
}

# try NAME CMD...: one line of TAP
try()
{
	local name=$1 status=0
	shift
	"$@" || status=$?
	result $status "$name"
}

not() { ! "$@"; }

# soon CMD...: CMD succeeds before long
soon()
{
	local end=$((SECONDS + patience))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

loaded() { [ -e /sys/module/isle ]; }
load() { insmod "$module" && [ -c /dev/isle/control ]; }
unload() { rmmod isle 2>/dev/null; }

# all of it is gone: nodes, class, and for the next time the name
clean()
{
	! loaded && [ ! -e /dev/isle ] && [ ! -e /sys/class/isle ] &&
		! grep -q isle /proc/devices &&
		! compgen -G '/sys/class/net/isle*' >/dev/null
}

counters_zero()
{
	local file
	for file in /sys/class/isle/live_*; do
		[ "$(<"$file")" = 0 ] || { echo "# $file is $(<"$file")"; return 1; }
	done
}

unused() { [ "$(</sys/module/isle/refcnt)" = 0 ]; }

# held WHAT: while somebody holds it, rmmod says "in use", and all goes on
held()
{
	local pid out status=0
	exec {from}< <(exec "$hammer" hold "$1")
	pid=$!
	read -r -t $patience out <&"$from" && [ "$out" = ready ] || status=1
	if out=$(rmmod isle 2>&1); then
		echo "# rmmod succeeded"
		status=1
	elif [[ $out != *"in use"* ]]; then
		echo "# $out"
		status=1
	fi
	kill -KILL $pid
	exec {from}<&-
	soon unused || status=1
	return $status
}

again() { soon unload && clean && load; }

# refused WHAT: the same, and it succeeds once nobody does
refused()
{
	local status=0
	held "$1" || status=1
	again || status=1
	return $status
}

published()
{
	"$hammer" publish left && [ -c /dev/isle/left/blk/disk ] || return 1
	# no file is open: it goes, with all domains
	soon unload && clean && load && [ ! -e /dev/isle/left ] && counters_zero
}

# Who uses an interface on the host, or has a value mapped, does not keep it
used_outside()
{
	local pid out status=0
	exec {from}< <(exec "$hammer" outside left0)
	pid=$!
	read -r -t $patience out <&"$from" && [ "$out" = ready ] || status=1
	[ -e /sys/class/net/left0 ] || status=1
	soon unload || status=1
	clean || status=1
	[ ! -e /sys/class/net/left0 ] || status=1
	kill -0 $pid || status=1
	kill -KILL $pid
	exec {from}<&-
	load && counters_zero || status=1
	return $status
}

# A request under way, whose process was killed, keeps the module or has it
# wait; when it ends, all is well
under_way()
{
	local loop pid out status=0 i
	modprobe -q loop
	modprobe -q dm_mod
	truncate -s 1M /tmp/rmmod.img
	loop=$(losetup -f --show /tmp/rmmod.img) || return 1
	dmsetup --noudevsync create rmmod --table "0 2048 linear $loop 0" || return 1
	dmsetup --noudevsync suspend --nolockfs rmmod || return 1
	exec {from}< <(exec "$hammer" request /dev/mapper/rmmod)
	pid=$!
	read -r -t $patience out <&"$from" && [ "$out" = ready ] || status=1
	kill -KILL $pid
	exec {from}<&-
	for ((i = 0; i < 2 * patience; i++)); do
		[ -e /proc/$pid ] || break
		sleep 0.5
	done
	[ ! -e /proc/$pid ] || { echo "# it cannot be killed"; status=1; }
	rmmod isle 2>/dev/null &
	sleep 0.5
	dmsetup --noudevsync resume rmmod || status=1
	wait $!
	loaded && { soon unload || status=1; }
	clean || status=1
	dmsetup --noudevsync remove rmmod || status=1
	losetup -d "$loop"
	rm -f /tmp/rmmod.img
	load || status=1
	return $status
}

# Unloaded and loaded again whenever it can be had, while others use it
under_load()
{
	local pids=() pid i status=0
	for i in 1 2; do
		"$hammer" $i &
		pids+=($!)
	done
	"$hammer" reload "$module" $((rounds * 4)) || status=1
	for pid in "${pids[@]}"; do
		kill -0 "$pid" || { echo "# load $pid has ended by itself"; status=1; }
		kill -KILL "$pid"
	done
	wait "${pids[@]}"
	soon unload || status=1
	clean || status=1
	load || status=1
	return $status
}

# Everybody is killed at once, and right away it is unloaded
killed_and_unloaded()
{
	local pids=() i n status=0
	for ((n = 0; n < rounds; n++)); do
		pids=()
		for i in 1 2 3; do
			"$hammer" $((n * 3 + i)) &
			pids+=($!)
		done
		sleep "0.$((n % 5 + 1))"
		kill -KILL "${pids[@]}"
		soon unload || status=1
		clean || status=1
		load || status=1
		wait "${pids[@]}"
	done
	return $status
}

back_and_forth()
{
	local n
	for ((n = 0; n < rounds; n++)); do
		unload && clean && load && counters_zero || return 1
	done
}

echo 'TAP version 13'
# job control's messages about the killed
exec 2> >(grep -v -e Killed -e '^$' >&2)
if loaded; then
	soon unload || { echo 'Bail out! the module is loaded and in use'; exit 1; }
fi
try 'it loads' load
try 'a second time it does not' not insmod "$module" 2>/dev/null
try 'nothing is there at first' counters_zero
try 'loading and unloading' back_and_forth
for what in control domain device node epoll; do
	try "refused while somebody has this open: $what" refused $what
done
# one load for them all: on the debug kernel it takes its time
for what in net ring fs kv value console attached; do
	try "refused while somebody has this open: $what" held $what
done
try 'then it goes' again
try 'a published domain does not keep it' published
try 'an interface and a value that are used do not keep it' used_outside
try 'a request that is under way' under_way
try 'under load' under_load
try 'right after the load was killed' killed_and_unloaded
try 'it unloads' soon unload
try 'nothing is left' clean
echo "1..$count"
[ $failed -eq 0 ]
