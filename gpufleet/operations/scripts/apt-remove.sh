#!/bin/sh
# Purge the packages $1 and nothing else, and lift the holds of $2 (words between blanks). Runs behind apt.sh.
mend_dpkg
go=$1
# To apt a host's init is essential; what apply has made the init of one that did without is on the list
purge() {
    # shellcheck disable=SC2086 # a word for each
    apt_get -o APT::Get::AutomaticRemove=false --allow-change-held-packages --allow-remove-essential "$@" purge $go
}
# shellcheck disable=SC2086 # a word for each
[ -z "$2" ] || patiently apt-mark -q unhold $2
if [ -n "$go" ]; then
    plan=$(purge --simulate)
    for name in $(printf '%s\n' "$plan" | sed -n 's/^\(Purg\|Remv\) \([^ ]*\) .*/\2/p'); do
        case " $go " in *" $name "*) ;; *) echo "apt would also remove $name: refused" >&2; exit 1 ;; esac
    done
    case " $go " in *" docker.io "*) keep_data ;; esac
    purge
fi
