#!/bin/sh
# Which iptables is chosen, which there are, and what the kernel was built with, as key=value lines. Runs behind
# report.sh. Reads only; always succeeds.
PATH=$PATH:/usr/sbin:/sbin
program=$(command -v iptables)
[ -z "$program" ] || say program "$(readlink -f "$program")"
for choice in nft legacy; do
    [ ! -x "/usr/sbin/iptables-$choice" ] || say choice $choice
done
# A kernel tells by itself, or a distribution has its configuration; WSL's kernels do the former
{ zcat /proc/config.gz || cat "/boot/config-$(uname -r)"; } 2>/dev/null |
    sed -n -E -e 's/^(CONFIG_(NF_TABLES|NFT_COMPAT|IP_NF_NAT))=[ym]$/\1/p' -e 's/^CONFIG_NETFILTER=y$/CONFIG_NETFILTER/p' |
    say_lines kernel
echo end=yes
