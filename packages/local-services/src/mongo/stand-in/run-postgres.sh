#!/bin/sh
# Owns: the last steps before PostgreSQL runs on one data folder inside the common root file system.
# Promises: its mounts are seen by nobody else and go with the server. Run as the first process of a private
# mount and pid namespace, which it then leads: when it ends, every backend ends with it.
#   run-postgres.sh ROOT DATA PORT
set -eu
root=$1 data=$2 port=$3
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount --bind "$data" "$root/data"
# pdeathsig is set last: changing user clears it. With it the server ends if the waiting unshare is killed.
exec chroot "$root" setpriv --reuid=postgres --regid=postgres --clear-groups --pdeathsig=KILL \
  /usr/lib/postgresql/18/bin/postgres -D /data -p "$port"
