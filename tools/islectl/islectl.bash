# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion of islectl for bash.  Commands and options are what islectl itself
# says they are; domains and devices what is published in /dev/isle.

_islectl_domains() {
	local path

	for path in /dev/isle/*/; do
		[[ -d $path ]] || continue
		path=${path%/}
		printf '%s\n' "${path##*/}"
	done
}

# Of a domain and a class.
_islectl_devices() {
	local path

	for path in "/dev/isle/$1/$2"/*; do
		[[ -e $path ]] && printf '%s\n' "${path##*/}"
	done
}

# Network devices of all domains, as DOMAIN/NAME.
_islectl_ports() {
	local path

	for path in /dev/isle/*/net/*; do
		[[ -e $path ]] || continue
		path=${path#/dev/isle/}
		printf '%s\n' "${path/\/net\///}"
	done
}

# The interfaces of the host.
_islectl_interfaces() {
	local path

	for path in /sys/class/net/*"${1:+/$1}"; do
		[[ -e $path ]] || continue
		path=${path#/sys/class/net/}
		printf '%s\n' "${path%%/*}"
	done
}

# Options of a command; those that take a value end in "=".
_islectl_options() {
	islectl "$@" --help 2>/dev/null | grep -Eo -- '--[a-z-]+=?'
}

# Of the message that is on the line.
_islectl_fields() {
	local word

	for word in "${COMP_WORDS[@]}"; do
		[[ $word == *.* ]] || continue
		islectl msg --list 2>/dev/null | grep -F "$word " | grep -Eo '[a-z_]+='
	done
}

_islectl_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
	# What follows a "=" is typed without a blank.
	[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}

_islectl_files() {
	compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

# The value of an option.
_islectl_value() {
	case $1 in
	--type) _islectl_words 'vfat ext4' "$2" ;;
	--dir|--image|--tar|--helper|--file|--device|--idl|--directory|--listen-unix|--connect-unix)
		_islectl_files "$2" ;;
	--user|--uid) mapfile -t COMPREPLY < <(compgen -u -- "$2") ;;
	--group|--gid) mapfile -t COMPREPLY < <(compgen -g -- "$2") ;;
	--to) _islectl_files "$2"
		mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W 'pty journal' -- "$2") ;;
	--detach-key) COMPREPLY=() ;;
	--sector-size) _islectl_words '512 1024 2048 4096' "$2" ;;
	--quota) _islectl_words "$_islectl_quotas" "$2" ;;
	--read-size|--write-size) _islectl_words '1K 2K 4K 64K 1M' "$2" ;;
	--memory|--size|--mode|--timeout|--first-number|--listen-tcp|--connect-tcp) COMPREPLY=() ;;
	--netns) _islectl_words "$(ip netns list 2>/dev/null | cut -d' ' -f1)" "$2" ;;
	--bridge) _islectl_words "$(_islectl_interfaces bridge)" "$2" ;;
	--mtu|--mac|--host-mac|--queue|--ifname) COMPREPLY=() ;;
	*) return 1 ;;
	esac
}

# The argument number $3 of command $1, with $2 as its first.
_islectl_argument() {
	local domains

	domains=$(_islectl_domains)
	case $1:$3 in
	'net connect':[01]|'net disconnect':0)
		_islectl_words "$(_islectl_ports)" "$4"
		;;
	'domain del':0|link:[01]|unlink:[01]|quota:0|run:0|msg:0|launcher:0|tasks:0|'vchan info':0|\
	'vchan listen':[01]|'vchan connect':[01]|'vchan proxy':[01]|\
	blk\ *:0|fs\ *:0|net\ *:0|kv\ *:0|console\ *:0)
		_islectl_words "$domains" "$4"
		[[ $1 == @(fs\ *|net\ *|*\ info) && $4 == /* ]] && _islectl_files "$4"
		;;
	'net del':1|'net info':1|'net tap':1)
		_islectl_words "$(_islectl_devices "$2" net)" "$4"
		;;
	'blk del':1|'blk info':1)
		_islectl_words "$(_islectl_devices "$2" blk)" "$4"
		;;
	'kv del':1|'kv get':1|'kv list':1|'kv info':1)
		_islectl_words "$(_islectl_devices "$2" kv)" "$4"
		;;
	'console del':1|'console attach':1|'console info':1)
		_islectl_words "$(_islectl_devices "$2" console)" "$4"
		;;
	'fs del':1|'fs info':1|'fs format':1)
		_islectl_words "$(_islectl_devices "$2" fs)" "$4"
		;;
	quota:*)
		_islectl_words "$_islectl_quotas" "$4"
		;;
	msg:1)
		_islectl_words system "$4"
		;;
	msg:2)
		_islectl_words "$(islectl msg --list 2>/dev/null | cut -d' ' -f1)" "$4"
		;;
	msg:*)
		_islectl_words "$(_islectl_fields)" "$4"
		;;
	'vchan listen':3|'vchan connect':3|run:1)
		mapfile -t COMPREPLY < <(compgen -c -- "$4")
		;;
	vchan\ *:2|'vchan info':*) ;;
	vchan\ *:*|run:*)
		_islectl_files "$4"
		;;
	esac
}

_islectl() {
	local _islectl_quotas='devices= links= files= memory= requests= grants= mappings='
	_islectl_quotas+=' ports= store= watches= tasks= messages='
	local cur=${COMP_WORDS[COMP_CWORD]} commands command i word
	local first='' option='' count=0

	COMPREPLY=()
	commands=$(islectl --list-commands 2>/dev/null) || return
	if ((COMP_CWORD == 1)); then
		_islectl_words "$(cut -d' ' -f1 <<<"$commands" | uniq) --help --version" "$cur"
		return
	fi
	# One word or two?
	command=${COMP_WORDS[1]}
	i=2
	if ! grep -qx -- "$command" <<<"$commands"; then
		if ((COMP_CWORD == 2)); then
			_islectl_words "$(sed -n "s/^$command //p" <<<"$commands") --help" "$cur"
			return
		fi
		command+=" ${COMP_WORDS[2]}"
		i=3
	fi

	# The shell makes a word of its own of each "=".
	for (( ; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		--) continue ;;
		=) continue ;;
		-*) option=$word ;;
		*)
			if [[ ${COMP_WORDS[i - 1]} == = ]] || _islectl_takes_value "$option"; then
				option=
				continue
			fi
			((count++)) || first=$word
			;;
		esac
	done
	[[ $cur == = ]] && cur=
	if [[ -n $option ]] && _islectl_takes_value "$option"; then
		_islectl_value "$option" "$cur"
	elif [[ $cur == -* ]]; then
		# shellcheck disable=SC2086 # two words
		_islectl_words "$(_islectl_options $command)" "$cur"
	else
		_islectl_argument "$command" "$first" "$count" "$cur"
	fi
}

_islectl_takes_value() {
	case $1 in
	--file|--device|--user|--uid|--group|--gid|--sector-size|--quota|--memory|--mode) ;;
	--read-size|--write-size|--timeout|--listen-*|--connect-*) ;;
	--idl|--directory|--first-number|--dir|--tar|--to|--detach-key) ;;
	--image|--type|--size|--helper) ;;
	--netns|--bridge|--mtu|--mac|--host-mac|--queue|--ifname) ;;
	*) return 1 ;;
	esac
}

complete -F _islectl islectl
