# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
#
# The device: its numbers, its node, and who may open it.

# Numbers that somebody else has taken, of which the module would fail with EBUSY.
check_number()
{
	local number owner i

	[[ -r /proc/misc ]] || return 0
	while read -r number owner; do
		for i in 0 1; do
			[[ $number == "${minors[i]}" ]] || continue
			if [[ $owner == "${names[i]}" ]]; then
				ok number "10:$number is $owner"
			else
				problem number "10:$number belongs to another driver, \"$owner\"" \
					"unload that one, then as root: modprobe bsdbpf"
			fi
		done
	done </proc/misc
}

# nodev MOUNT: is it, or what is mounted on the node itself, mounted without devices?
nodev()
{
	local where mode options=''

	while read -r _ where _ mode _; do
		[[ $where != "$1" || $options ]] || options=$mode
		[[ $where != "$node" ]] || options=$mode
	done </proc/self/mounts
	[[ ,$options, == *,nodev,* ]]
}

# Fails unless there is a node, and it is this device's.  Leaves what the next checks
# need: MODE, OWNER, GROUP.
check_node()
{
	local number mount kind make="mknod -m 600 $node c 10 ${minors[0]}"

	if [[ ! -e $node ]]; then
		if contained; then
			problem node "there is no $node in this container" \
				"hand it in: docker run --device $node, or DeviceAllow= and a bind mount"
		elif loaded; then
			problem node "there is no $node though the module is loaded" "as root: $make"
		fi # else loading the module makes it
		return 1
	fi
	read -r number mode owner group mount kind < <(stat -Lc '%t:%T %a %U %G %m %F' "$node")
	if [[ ! -c $node || $number != "$(printf 'a:%x' "${minors[0]}")" ]]; then
		problem node "$node is something else: $kind, $number in hexadecimal" \
			"as root: mv $node $node.other && $make"
		return 1
	elif nodev "$mount"; then
		problem node "$node lies on a file system that is mounted with nodev" \
			"as root: mount -o remount,dev, see findmnt -T $node"
		return 1
	fi
	ok node "$node is 10:${minors[0]}, mode $mode, $owner:$group"
}

# rights USER: what gives an unprivileged caller access
rights()
{
	if (((8#$mode & 060) == 060)) && [[ $group != root ]]; then
		if [[ " $(id -nG "$1" 2>/dev/null) " == *" $group "* ]]; then
			echo "log in again: this session began before $1 was in the group $group"
		else
			echo "as root: usermod -aG $group $1, then log in again"
		fi
	else
		echo "run it as root, or let a group open it: Who may open it in bpf(4)"
	fi
}

# refusal: what the kernel says when the device is opened, nothing if it opens
refusal()
{
	local said

	said=$({ exec 9<"$node"; } 2>&1) || printf %s "${said##*: }"
}

# A list of devices, as containers have: -r and open(2) heed it, the node's mode does not show it.
not_listed()
{
	[[ $1 == "Operation not permitted" ]] || return
	problem permission "$1: the list of devices of a container or service has no 10:${minors[0]}" \
		"docker run --device $node, or DeviceAllow=$node rw in systemd's unit"
}

# Fails if opening is refused by what can be seen without opening.
check_permission()
{
	local user who

	user=$(id -un 2>/dev/null) || user=$EUID
	who="$user (groups: $(id -nG 2>/dev/null || true))"
	if [[ ! -r $node ]]; then
		not_listed "$(refusal)" || problem permission \
			"$node has mode $mode, $owner:$group, you are $who" "$(rights "$user")"
		return 1
	elif [[ ! -w $node ]]; then
		note permission "$who may read $node but not write: capture works, sending does not" \
			"$(rights "$user")"
	else
		ok permission "$who may read and write $node"
	fi
	if ((8#$mode & 6)); then
		note permission "everybody can open $node, and so read all traffic" "as root: chmod o= $node"
	fi
}

# The only proof: what modes do not show are security modules and a driver that is half gone.
check_open()
{
	local said

	loaded || return 0
	said=$(refusal)
	if [[ -z $said ]]; then
		ok open "$node can be opened"
	elif [[ $said == "Permission denied" ]]; then
		problem open "$said, though the mode allows it: a security module" \
			"look for a denial in journalctl -k, and change AppArmor's or SELinux's rules"
	else
		not_listed "$said" || problem open "$said" \
			"as root: modprobe -r bsdbpf && modprobe bsdbpf, then see dmesg"
	fi
}
