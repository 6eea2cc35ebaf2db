#!/bin/sh
# The user of the image: an account that already has the id keeps its name, a group its own.
set -eu

# $1 where no $2 (passwd, group) is called so yet, else $1-$3
free_name() {
    if getent "$2" "$1" >/dev/null; then echo "$1-$3"; else echo "$1"; fi
}

if ! getent group "$USER_GID" >/dev/null; then
    groupadd --gid "$USER_GID" "$(free_name "$USER_NAME" group "$USER_GID")"
fi
name=$(getent passwd "$USER_UID" | cut -d : -f 1)
if [ -z "$name" ]; then
    name=$(free_name "$USER_NAME" passwd "$USER_UID")
    useradd --no-log-init --uid "$USER_UID" --gid "$USER_GID" --create-home --shell /bin/bash "$name"
else
    usermod --gid "$USER_GID" "$name"
fi
usermod --append --groups venv "$name"
home=$(getent passwd "$USER_UID" | cut -d : -f 6)
# The accounts of daemons live in folders of the system, /bin, or in none
if [ "$(stat -L -c %u "$home" 2>/dev/null)" != "$USER_UID" ]; then
    home=/home/$name
    usermod --home "$home" "$name"
fi
mkdir -p "$home" /app /app/.cache
chown "$USER_UID:$USER_GID" "$home" /app /app/.cache
