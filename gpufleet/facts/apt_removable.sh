#!/bin/sh
# Of the packages $1 and of $2, which came along with them (words between blanks), those that apt can remove without
# removing, or installing, anything else. Simulates only; always succeeds.
export LC_ALL=C

# What apt would do: the names of what it removes, and `+` for each that it would install
simulated() {
    # What only suggests a package has lived without it before. As root apt would keep what it has read
    # shellcheck disable=SC2086 # a word for each
    apt-get -s -qq -o Debug::NoLocking=true -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o "APT::Get::AutomaticRemove=$1" -o APT::AutoRemove::SuggestsImportant=false \
        --allow-change-held-packages --purge remove $2 2>/dev/null |
        sed -n -e 's/^\(Purg\|Remv\) \([^ ]*\) .*/\2/p' -e 's/^Inst .*/+/p'
}

# Those of $1 that are not in $2
others() {
    for word in $1; do
        case " $2 " in *" $word "*) ;; *) printf '%s ' "$word" ;; esac
    done
}

goes=$1
if [ -n "$2" ]; then
    # Removing these too, apt finds the rest no longer needed; of that only what came along with them counts
    orphaned=$(simulated true "$goes" | tr '\n' ' ')
    for name in $2; do
        case " $orphaned " in *" $name "*) goes="$goes $name" ;; esac
    done
fi
while [ -n "$goes" ] && [ -n "$(others "$(simulated false "$goes")" "$goes")" ]; do
    less=
    for name in $goes; do
        [ -n "$(others "$(simulated false "$name")" "$goes")" ] || less="$less $name"
    done
    [ "$less" != "$goes" ] || less= # together they take something along, and no single one does
    goes=$less
done
for name in $goes; do echo "goes=$name"; done
echo end=yes
