# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
#
# The device: its numbers, its node, and who may open it.

# Numbers that somebody else has taken, of which the module would fail with EBUSY.
check_number()
{
	local i owner

	[[ -r /proc/misc ]] || return 0
	for i in 0 1; do
		owner=$(awk -v m="${minors[i]}" '$1 == m { print $2 }' /proc/misc)
		if [[ $owner == "${names[i]}" ]]; then
			ok number "10:${minors[i]} is $owner"
		elif [[ $owner ]]; then
			problem number "10:${minors[i]} belongs to another driver, \"$owner\"" \
				"unload that one, then as root: modprobe bsdbpf"
		fi
	done
}

# mounted: where the file system of the node is mounted; the node itself may be
mounted()
{
	if grep -qF " $node " /proc/self/mounts; then
		echo "$node"
	else
		stat -c %m "$node"
	fi
}

# nodev MOUNT: is it mounted without devices?
nodev() { awk -v m="$1" '$2 == m { o = $4 } END { exit !("," o "," ~ /,nodev,/) }' /proc/self/mounts; }

# Fails unless there is a node, and it is this device's.
check_node()
{
	local number make="mknod -m 600 $node c 10 ${minors[0]}"

	if [[ ! -e $node ]]; then
		if contained; then
			problem node "there is no $node in this container" \
				"hand it in: docker run --device $node, or DeviceAllow= and a bind mount"
		elif loaded; then
			problem node "there is no $node though the module is loaded" "as root: $make"
		fi # else loading the module makes it
		return 1
	fi
	number=$(stat -Lc '%F %Hr:%Lr' "$node" 2>/dev/null || stat -Lc '%F' "$node")
	if [[ $number != "character special file 10:${minors[0]}" ]]; then
		problem node "$node is something else: $number" "as root: mv $node $node.other && $make"
		return 1
	elif nodev "$(mounted)"; then
		problem node "$node lies on a file system that is mounted with nodev" \
			"as root: mount -o remount,dev $(mounted)"
		return 1
	fi
	ok node "$node is 10:${minors[0]}, $(stat -Lc 'mode %a, %U:%G' "$node")"
}

# What gives an unprivileged caller access.
rights()
{
	local group user mode

	group=$(stat -Lc %G "$node")
	mode=$((8#$(stat -Lc %a "$node")))
	user=$(id -un 2>/dev/null || id -u)
	if (((mode & 060) == 060)) && [[ $group != root ]]; then
		if [[ " $(id -nG "$user" 2>/dev/null) " == *" $group "* ]]; then
			echo "log in again: this session began before $user was in the group $group"
		else
			echo "as root: usermod -aG $group $user, then log in again"
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
	local mode who

	mode=$(stat -Lc %a "$node")
	who="$(id -un 2>/dev/null || id -u) (groups: $(id -nG 2>/dev/null || true))"
	if [[ ! -r $node ]]; then
		not_listed "$(refusal)" || problem permission \
			"$node has $(stat -Lc 'mode %a, %U:%G' "$node"), you are $who" "$(rights)"
		return 1
	elif [[ ! -w $node ]]; then
		note permission "$who may read $node but not write: capture works, sending does not" \
			"$(rights)"
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
