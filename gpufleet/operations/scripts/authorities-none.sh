#!/bin/sh
# Have a host trust none of our certificate authorities any more: their names begin with $2, and their files were set
# aside in folder $1 (end in $3). Where ca-certificates has been removed, what it made stays behind: then ours are taken
# out of its links ($4) and its bundle ($5), and nothing else is.
set -e
# Links by hash lead to ours as well, and are not looked after once ours have gone
[ ! -d "$4" ] || find "$4" -xtype l \( -name "$2*" -o -lname "$2*" \) -exec rm -f {} +
if command -v update-ca-certificates >/dev/null; then
    update-ca-certificates
else
    for file in "$1/$2"*"$3"; do
        [ -e "$file" ] && [ -s "$5" ] || continue
        # A certificate is all from its first line to its last
        awk '/^-----BEGIN/ { block = "" } { block = block $0 "\n" }
            /^-----END/ { if (NR == FNR) ours[block]; else if (!(block in ours)) printf "%s", block; block = "" }' \
            "$file" "$5" >"$5.gpufleet"
        chmod 644 "$5.gpufleet"
        mv -f "$5.gpufleet" "$5"
    done
fi
rm -f "$1/$2"*"$3"
