# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# isle selftests: what scripts that print TAP use

n=0
failed=0
text=

# is STATUS PATTERN COMMAND...: it exits so, and prints a match of PATTERN
is()
{
	local want=$1 pattern=$2 status
	shift 2
	text=$("$@" 2>&1)
	status=$?
	n=$((n + 1))
	if [ "$status" -eq "$want" ] && grep -Eqe "$pattern" <<<"$text"; then
		echo "ok $n $*"
		return
	fi
	failed=$((failed + 1))
	echo "# status $status, expected $want; output, expected to match '$pattern':"
	head -n 20 <<<"$text" | sed 's/^/#   /'
	echo "not ok $n $*"
}

# also PATTERN: what the last one printed has such a line
also()
{
	n=$((n + 1))
	if grep -Eqe "$1" <<<"$text"; then
		echo "ok $n and it prints '$1'"
	else
		failed=$((failed + 1))
		echo "not ok $n and it prints '$1'"
	fi
}

# isnt PATTERN: what the last one printed has no such line
isnt()
{
	n=$((n + 1))
	if grep -Eqe "$1" <<<"$text"; then
		failed=$((failed + 1))
		grep -Ee "$1" <<<"$text" | sed 's/^/#   /'
		echo "not ok $n nor does it print '$1'"
	else
		echo "ok $n nor does it print '$1'"
	fi
}
