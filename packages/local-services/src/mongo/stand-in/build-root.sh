#!/bin/sh
# Owns: the root file system that holds PostgreSQL 18 with DocumentDB, and the template of a fresh data folder.
# Promises: lines "step: …" on standard output say how far it is, "fact: NAME VALUE" what it got; the exit code
# is 0 only if a database with the extension ran. Run inside its own mount and pid namespace: nothing stays mounted.
#   build-root.sh ROOT MIRROR DEBOOTSTRAP SUITE
set -eu
root=$1 mirror=$2 debootstrap=$3 suite=$4
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
unset TMPDIR # a folder of the host means nothing inside

# The host's way to its mirror, a proxy say, is apt's own; debootstrap's wget asks the environment.
[ -n "${http_proxy:-}" ] || eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
[ -z "${http_proxy:-}" ] || export http_proxy

echo "step: base system of Debian $suite"
"$debootstrap" --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror" >"$root.log" 2>&1 || {
  tail -n 15 "$root.log" >&2
  exit 1
}

# postgresql-common's set-up asks for both.
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"

# No service starts inside; nothing is unpacked that only a person would read.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
cat >"$root/etc/dpkg/dpkg.cfg.d/lean" <<'LEAN'
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/lib/postgresql/18/lib/bitcode/*
LEAN
# The data folder is made below, with our settings: Debian's own cluster would be a second one.
mkdir -p "$root/etc/postgresql-common/createcluster.d"
echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.d/none.conf"
# The host's way to its mirror holds inside as well: proxy, names, certificates.
apt-config dump Acquire 2>/dev/null | grep -E '^Acquire::[a-z]+::Proxy' >"$root/etc/apt/apt.conf.d/90host" || true
cp /etc/hosts "$root/etc/hosts" || true
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" 2>/dev/null || true
# unsafe-io: a build that a power cut ruins is not sealed, and is made again.
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/fast"

echo "step: PostgreSQL 18 with DocumentDB"
{
  chroot "$root" apt-get update
  chroot "$root" apt-get install -y --no-install-recommends postgresql-18-documentdb
} >"$root.log" 2>&1 || {
  tail -n 15 "$root.log" >&2
  exit 1
}
for package in postgresql-18 postgresql-18-documentdb; do
  echo "fact: $package $(chroot "$root" dpkg-query -W -f '${Version}' $package)"
done

echo "step: a fresh database, kept as the template"
mkdir "$root/data"
chroot "$root" chown postgres:postgres /data
as_postgres() {
  chroot --userspec=postgres:postgres "$root" env HOME=/data PATH=/usr/lib/postgresql/18/bin:/usr/bin:/bin "$@"
}
as_postgres initdb -D /data/template --auth=trust --locale=C -E UTF8 >"$root.log" 2>&1 || {
  tail -n 15 "$root.log" >&2
  exit 1
}
# What "create extension" needs, and what kind of index is made; how a server runs is said in run-postgres.sh. Kept with
# the data: a folder that was made without a kind of index cannot make one.
# The extended kind is read in order, as MongoDB's are. Of DocumentDB's older one a page is all that match, sorted.
cat >>"$root/data/template/postgresql.conf" <<'CONF'
shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb_extended_rum,pg_documentdb'
documentdb.alternate_index_handler_name = 'extended_rum'
cron.database_name = 'postgres'
CONF
# Without recycled log segments: each would be 16 MB more to copy at every start.
{
  as_postgres pg_ctl -D /data/template -w -o "-c listen_addresses='' -c unix_socket_directories=/data -c wal_recycle=off" -l /data/log start
  as_postgres psql -h /data -d postgres -v ON_ERROR_STOP=1 -c 'create extension documentdb cascade' \
    -c 'create extension documentdb_extended_rum'
  as_postgres pg_ctl -D /data/template -w -m fast stop
} >"$root.log" 2>&1 || {
  tail -n 15 "$root.log" "$root/data/log" >&2
  exit 1
}
mv "$root/data/template" "$root.template"
rm -rf "$root/data"/* "$root/data"/.??*

echo "step: removing what is not needed to run"
chroot "$root" apt-get clean
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/cache/debconf/* "$root"/var/log/*
rm -rf "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/locale/* "$root"/usr/share/info/*
rm -f "$root/etc/apt/apt.conf.d/90host" "$root.log"
umount "$root/dev/shm" "$root/proc"
