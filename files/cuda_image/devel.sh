#!/bin/sh
# A compiler, git, an SSH client, an editor, and the man pages that bases for containers leave out.
# apt's functions are those of system.sh, whose text is a part of every lean image's name: all before it does anything.
functions=$(mktemp)
sed '/^\[ -x /,$d' /build/system.sh >"$functions"
# shellcheck source-path=SCRIPTDIR source=system.sh
. "$functions"
rm "$functions"

# ca-certificates: git over https. curl and procps: what VS Code starts in a container. less: git and man page with it
packages="build-essential ca-certificates curl git less man-db manpages manpages-dev openssh-client procps vim"

# Debian's slim images and all of Ubuntu's tell dpkg to leave man pages out, and groff's macros that man needs
let_man_pages_in() {
    for file in /etc/dpkg/dpkg.cfg.d/*; do
        [ ! -f "$file" ] || sed -i -E '/^path-exclude[= ]+\/usr\/share\/(man|groff)\//d' "$file"
    done
    # Ubuntu has a script in man's place that says what to do
    if [ "$(dpkg-divert --truename /usr/bin/man)" = /usr/bin/man.REAL ]; then
        rm -f /usr/bin/man
        dpkg-divert --quiet --remove --rename /usr/bin/man
    fi
}

# Installed packages with man pages, in English, that are not there; as apt-mark names them, which drops the native
# architecture
without_pages() {
    native=$(dpkg --print-architecture)
    for list in /var/lib/dpkg/info/*.list; do
        sed -n '\,^/usr/share/man/man[^/]*/.,p' "$list" | while read -r page; do
            if [ ! -e "$page" ] && [ ! -L "$page" ]; then
                basename "$list" .list | sed "s/:$native\$//"
                break
            fi
        done
    done
}

# A base may hold packages at a version, which is not to change; apt says of those that no source has, and goes on
restore_pages() {
    held=$(mktemp)
    apt-mark showhold >"$held"
    lacking=$(without_pages | grep -vxF -f "$held" || true)
    rm "$held"
    if [ -n "$lacking" ]; then
        say "man pages of $(echo "$lacking" | wc -w) packages of the base"
        # shellcheck disable=SC2086 # names of packages
        apt_get install --reinstall --no-install-recommends $lacking
    fi
}

let_man_pages_in
# Headers for the Python of the virtual environment, where it is the distribution's; others bring theirs
! dpkg -S "$(readlink -f /opt/venv/bin/python)" >/dev/null 2>&1 || packages="$packages python3-dev"
say "apt packages: $packages"
update
# shellcheck disable=SC2086 # names of packages
apt_get install --no-install-recommends $packages
restore_pages
clean
