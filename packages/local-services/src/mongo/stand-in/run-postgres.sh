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

# Reached over 127.0.0.1 alone, and only by the gateway beside it.
set -- -c listen_addresses=127.0.0.1 -c port="$port" -c unix_socket_directories=
# Small enough for several instances on one machine; a connection costs memory only while it is used.
set -- "$@" -c shared_buffers=128MB -c max_connections=200
# fsync, synchronous_commit and full_page_writes stay on: durability is what is proven on it.
set -- "$@" -c documentdb.enableCompositeIndexPlanner=on -c jit=off
# Without statistics of its own a collection passes for one of which any field's value finds a hundredth: a page of the
# newest customers was sorted out of all of them, once the table had been analysed.
set -- "$@" -c documentdb.enablePlannerStatisticsNewCollections=on
# Unique indexes are exclusion constraints there: two inserts of one value may wait for each other, and the loser is
# found out only after this time. One second, the default, is what a caller would feel; MongoDB has no such wait.
set -- "$@" -c deadlock_timeout=10ms
# pg_cron deletes what a TTL index has run out: by workers, which need neither a socket nor a name, and
# without a log line and a row for each of its runs (one a second).
set -- "$@" -c cron.use_background_workers=on -c max_worker_processes=24
set -- "$@" -c cron.log_statement=off -c cron.log_run=off

# pdeathsig is set last: changing user clears it. With it the server ends if the waiting unshare is killed.
exec chroot "$root" setpriv --reuid=postgres --regid=postgres --clear-groups --pdeathsig=KILL \
  /usr/lib/postgresql/18/bin/postgres -D /data "$@"
