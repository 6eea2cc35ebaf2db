#!/bin/sh
# Who is asking, and how that user becomes root, as key=value lines. Reads only; always succeeds.

who=$(id 2>/dev/null) # uid=1000(ops) gid=1000(ops) groups=1000(ops),27(sudo)
uid=${who#uid=}
uid=${uid%%[!0-9]*}
user=${who#"uid=$uid"}
case $user in '('*) user=${user#(} user=${user%%)*} ;; *) user= ;; esac
gid=${who#* gid=}
echo "uid=$uid"
echo "gid=${gid%%[!0-9]*}"
echo "user=$user"
entry=$(getent passwd "$uid" 2>/dev/null)
entry=${entry%:*}
entry=${entry##*:}
echo "home=${entry:-$HOME}"
case ${who#* groups=} in
*'(sudo)'* | *'(admin)'* | *'(wheel)'*) echo administrator=yes ;;
esac
if ! command -v sudo >/dev/null 2>&1; then
    echo sudo=missing
elif [ "$uid" != 0 ]; then
    sudo_says=$(LC_ALL=C sudo -n true 2>&1 </dev/null)
    echo "sudo=$?"
    printf '%s\n' "$sudo_says" | sed 's/^/sudo_message=/'
fi
