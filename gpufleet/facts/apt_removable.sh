#!/bin/sh
# Of the packages $1 and of $2, which came along with them (words between blanks), those that apt can remove without
# removing, or installing, anything else. Simulates only; always succeeds.
export LC_ALL=C

# What is installed is all that this is about: without the sources' lists, which take seconds to read, apt answers at
# once. A release that is preferred (APT::Default-Release) is an error then. As root it would keep what it has read
installed_only="-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=/dev/null -o APT::Default-Release= \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache="

# What apt would do: the names of what it removes, and `+` for each that it would install
simulated() {
    # What only suggests a package has lived without it before
    # shellcheck disable=SC2086 # a word for each
    apt-get -s -qq -o Debug::NoLocking=true $installed_only \
        -o "APT::Get::AutomaticRemove=$1" -o APT::AutoRemove::SuggestsImportant=false \
        --allow-change-held-packages --allow-remove-essential --purge remove $2 2>/dev/null |
        sed -n -e 's/^\(Purg\|Remv\) \([^ ]*\) .*/\2/p' -e 's/^Inst .*/+/p'
}

# Those of $1 that are not in $2
others() {
    for word in $1; do
        case " $2 " in *" $word "*) ;; *) printf '%s ' "$word" ;; esac
    done
}

# All that the packages $1 cannot do without, in one question for all of them
needs() {
    # shellcheck disable=SC2086
    apt-cache $installed_only depends --recurse --installed --no-recommends \
        --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances $1 2>/dev/null |
        sed -n 's/^\([^ <|]*\)$/\1/p' | tr '\n' ' '
}

goes=$1
if [ -n "$2" ]; then
    # Removing these too, apt finds the rest no longer needed; of that only what came along with them counts
    orphaned=$(simulated true "$goes" | tr '\n' ' ')
    for name in $2; do
        case " $orphaned " in *" $name "*) goes="$goes $name" ;; esac
    done
fi
# Of $1 those for which alone apt would neither remove others nor install anything
harmless() {
    for word in $1; do
        [ -n "$(others "$(simulated false "$word")" "$1")" ] || printf '%s ' "$word"
    done
}

while [ -n "$goes" ]; do
    more=$(others "$(simulated false "$goes")" "$goes")
    case " $more " in
    "  ") break ;;
    *" + "*) less=$(harmless "$goes") ;;
    *) less=$(others "$goes" "$(needs "$more")") ;; # what else would go stays, and with it whatever it needs
    esac
    [ "$(others "$goes" "$less")" ] || less= # together they take something along, and no single one is to blame
    goes=$less
done
for name in $goes; do echo "goes=$name"; done
echo end=yes
