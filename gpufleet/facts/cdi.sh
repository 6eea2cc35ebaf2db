#!/bin/sh
# The CDI specifications of a host and the driver that they must fit, as key=value lines (contents in base64). Needs a
# POSIX shell and the essential packages; reads only, as root; always succeeds. ${gpu_seconds} bounds the time that
# nvidia-smi may take; ${also} is one more file to read as a specification.

: "${gpu_seconds:=30}"

# The driver: the kernel module tells at once what nvidia-smi needs up to seconds for; on WSL there is no module
if [ -r /proc/driver/nvidia/version ]; then
    say module "$(grep NVRM /proc/driver/nvidia/version)"
    for card in /proc/driver/nvidia/gpus/*/information; do
        [ ! -r "$card" ] || grep -qE 'Excluded:[[:space:]]*Yes' "$card" ||
            say card "$(sed -n 's/^GPU UUID:[[:space:]]*//p' "$card")"
    done
    library=$(ldconfig -p | sed -n 's/^[[:space:]]*libnvidia-ml\.so\.1 .*=> //p' | head -n 1)
    [ -z "$library" ] || say library "$(readlink -f "$library")"
else
    begin_gpus
fi

[ -z "$(command -v nvidia-ctk)" ] || say generator yes

# Every path that a specification may name, wherever it stands in YAML or JSON, and that is not there
say_missing() {
    tr ',{}' '[\n*]' <"$1" |
        sed -nE "s/^[[:space:]-]*[\"']?(hostPath|path)[\"']?:[[:space:]]*[\"']?(\/[^\"']*[^\"'[:space:]]).*\$/\2/p" |
        sort -u | while IFS= read -r path; do
        [ -e "$path" ] || say missing "$path"
    done
}

for file in /etc/cdi/*.yaml /etc/cdi/*.json /var/run/cdi/*.yaml /var/run/cdi/*.json ${also:+"$also"}; do
    [ -e "$file" ] || [ -L "$file" ] || continue
    if [ ! -f "$file" ]; then
        say unreadable "$file|not a regular file"
    elif [ "$(wc -c <"$file")" -gt 1000000 ]; then
        say unreadable "$file|larger than 1 MB"
    elif encoded=$(base64 -w 0 <"$file"); then
        say specification "$file|$encoded"
        say_missing "$file"
    else
        say unreadable "$file|it cannot be read as $(id -un)"
    fi
done 2>/dev/null

end_gpus "$gpu_seconds"
echo end=yes
