# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
#
# The module: built, installed, allowed and loaded?

# modinfo_of FIELD: of the module that modprobe would load
modinfo_of() { modinfo -k "$release" -F "$1" bsdbpf 2>/dev/null || true; }

# configured PATTERN: is such a line in modprobe's configuration?
configured()
{
	# not grep -q: it would end modprobe by a signal, which pipefail takes for a no
	have modprobe && modprobe --showconfig 2>/dev/null | grep -E "^($1)" >/dev/null
}

# built_for: other kernels that have the module
built_for()
{
	find /lib/modules/ -name 'bsdbpf.ko*' 2>/dev/null | cut -d / -f 4 | sort -uV | paste -sd ' '
}

check_module_loaded()
{
	local here=''

	here=$(value /sys/module/bsdbpf/srcversion)
	if [[ -z $file ]]; then
		note module "loaded, but not installed for $release: gone after the next boot" \
			"make install, or make dkms-install, as root"
	elif [[ $here && $(modinfo_of srcversion) != "$here" ]]; then
		note module "the one that is loaded is not the one that is installed, $file" \
			"end what uses it, then as root: modprobe -r bsdbpf && modprobe bsdbpf"
	else
		ok module "version $(value /sys/module/bsdbpf/version) is loaded and installed"
	fi
}

# Not loaded, and FILE is there: what keeps it, or is opening the device enough?
check_module_installed()
{
	local magic

	magic=$(modinfo_of vermagic)
	# with the versions of symbols in it, the kernel asks for these, not for the release
	if [[ ${magic%% *} != "$release" && $magic != *modversions* ]]; then
		problem module "$file is for the kernel ${magic%% *}, this is $release" \
			"build it anew: make install, or make dkms-install, as root"
	elif [[ $(value /proc/sys/kernel/modules_disabled) == 1 ]]; then
		problem module "not loaded, and kernel.modules_disabled forbids it until the next boot" \
			"load it early: echo bsdbpf >/etc/modules-load.d/bsdbpf.conf, and boot"
	elif configured 'blacklist bsdbpf$|install bsdbpf '; then
		problem module "not loaded, and a file of modprobe.d says it must not be" \
			"see grep -r bsdbpf /etc/modprobe.d /lib/modprobe.d, then as root: modprobe bsdbpf"
	elif [[ -c $node && " $(modprobe -S "$release" --resolve-alias "char-major-10-${minors[0]}" \
		2>/dev/null) " == *bsdbpf* ]]; then
		ok module "installed; opening $node loads it"
	else
		problem module "installed, but not loaded" "as root: modprobe bsdbpf"
	fi
}

check_module()
{
	local file others

	file=$(modinfo_of filename)
	if loaded; then
		check_module_loaded
	elif [[ $file ]]; then
		check_module_installed
	elif contained; then
		problem module "not loaded; a container cannot do that" "on the host, as root: modprobe bsdbpf"
	else
		others=$(built_for)
		problem module "not built for this kernel, $release${others:+, but for $others}" \
			"make install, or make dkms-install, as root, and modprobe bsdbpf"
	fi
}

# Only where DKMS has ever heard of it: the module may come another way.
check_dkms()
{
	local line states=''

	[[ -d /var/lib/dkms/bsdbpf ]] && have dkms || return 0
	states=$(dkms status bsdbpf 2>/dev/null) || true
	[[ $states ]] || return 0
	if line=$(grep -F ", $release," <<<"$states") && [[ $line == *": installed"* ]]; then
		if [[ $line == *WARNING* ]]; then
			problem dkms "$line" "as root: dkms install --force ${line%%,*} -k $release"
		else
			ok dkms "$line"
		fi
		return
	fi
	if [[ ! -e /lib/modules/$release/build/Makefile ]]; then
		line="install linux-headers-$release, then as root: "
	else
		line="as root: "
	fi
	problem dkms "${states%%,*} is not installed for $release" \
		"${line}dkms install ${states%%[,:]*} -k $release; why it failed is in /var/lib/dkms/bsdbpf"
}

# secure_boot: is it on?  The variable has four bytes of attributes before its one byte.
secure_boot()
{
	local variable=/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c

	[[ -r $variable && $(od -An -tu1 -j4 -N1 "$variable" 2>/dev/null) == *1 ]]
}

# Why the kernel wants signatures, or nothing.
signature_wanted()
{
	local lockdown

	lockdown=$(value /sys/kernel/security/lockdown)
	if [[ $lockdown == *\[integrity\]* || $lockdown == *\[confidentiality\]* ]]; then
		lockdown=${lockdown#*\[}
		echo "kernel lockdown is ${lockdown%%]*}"
	elif [[ $(value /sys/module/module/parameters/sig_enforce) == Y ]]; then
		echo "module.sig_enforce is on"
	elif [[ -z $lockdown ]] && secure_boot; then
		echo "Secure Boot is on"
	fi
}

check_signature()
{
	local why signer file sign

	why=$(signature_wanted)
	if [[ -z $why ]]; then
		ok signature "the kernel loads modules without one"
		return
	fi
	file=$(modinfo_of filename)
	signer=$(modinfo_of signer)
	sign="see SECURE BOOT in bsdbpf-check(8): sign it, enrol the key with mokutil, and boot"
	if loaded; then
		ok signature "$why, and the module is loaded"
	elif [[ -z $file ]]; then
		note signature "$why: the module has to be signed" "$sign"
	elif [[ -z $signer ]]; then
		problem signature "$why, and $file is not signed" "$sign"
	elif ((EUID)); then
		note signature "$why, and $file is signed by \"$signer\"" \
			"run this as root to see if the key is trusted"
	elif grep -qF "$signer: X509" /proc/keys; then
		ok signature "$why, $file is signed by \"$signer\", and the kernel has that key"
	else
		problem signature "$why, and the kernel has no key of \"$signer\", who signed $file" \
			"mokutil --import /var/lib/dkms/mok.pub, or another, and boot"
	fi
}

# What the kernel said when it last refused; only root may read it, mostly.
check_log()
{
	local line

	loaded && return
	line=$(dmesg 2>/dev/null | grep -iE 'bsdbpf|lockdown: .*module|unsigned module' |
		grep -v 'bsdbpf-vm' | tail -n 1) || true
	[[ -z $line || $line == *' ready' ]] || note log "the kernel's last word on it: $line"
}
