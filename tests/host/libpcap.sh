# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
# The patched libpcap as far as it can be looked at without the device.
exec "$(dirname -- "$0")/../../tools/libpcap/check"
