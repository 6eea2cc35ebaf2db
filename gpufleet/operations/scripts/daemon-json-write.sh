#!/bin/sh
# Replace daemon.json by what was declared, if dockerd accepts it. Runs behind daemon-json.sh. Standard input: the new
# content, what is to be remembered of its keys until it stands, what afterwards, and what the user had there before us
# where that is more than was known (else an empty line); a line each, in base64. Runs behind before.sh too. Arguments:
# digest of the file that was compared; identity of a dockerd that runs with that file, when nothing remembers it yet;
# the programs that new runtimes need, a line each; the mode of a file that was not there, 600 where a first secret goes
# in, which then goes for a file that was there too; then dockerd's other flags.
# shellcheck disable=SC2154 # daemon-json.sh and before.sh set the names
found=$1 running=$2 programs=$3 mode=$4
shift 4

dockerd_refuses() {
    message=$(printf '%s' "$1" | sed "s#$new#$file#g")
    case $message in
    *"unknown flag: --validate"*) message="$(dockerd --version) cannot check a file: Docker 23.0 or newer is needed" ;;
    esac
    fail "dockerd refuses the declared configuration, $file is left as it was: $message"
}

read -r content
read -r keys_until
read -r keys_after
read -r users_own

[ "$(digest)" = "$found" ] || fail "$file was changed by somebody else just now: run again"
printf %s "$content" | base64 -d | prepare_new "$mode" || fail "$new cannot be written"
[ "$mode" = 644 ] || chmod o-rwx "$new" || fail "$new cannot be kept from others"
command -v dockerd >/dev/null || fail "dockerd is not installed, so nothing can check $file"
message=$(dockerd --validate --config-file "$new" "$@" 2>&1) || dockerd_refuses "$message"
printf %s "$programs" | while IFS= read -r program || [ -n "$program" ]; do
    command -v "$program" >/dev/null || fail "a declared runtime needs the program $program, which is not on this host"
done || exit 1

set -e
[ -z "$running" ] || remember_loaded "$running"
copy "$file" "$backup/daemon.json"
printf %s "$keys_until" | remember_keys
keep_before "$file" /etc/docker/daemon.json
if [ -n "$users_own" ] && remembers; then
    mkdir -p "$before/etc/docker"
    printf %s "$users_own" | base64 -d >"$before/etc/docker/daemon.json.new"
    [ ! -e "$file" ] || chmod --reference="$file" "$before/etc/docker/daemon.json.new"
    place "$before/etc/docker/daemon.json.new" "$before/etc/docker/daemon.json"
fi
place "$new" "$file"
printf %s "$keys_after" | remember_keys
