#!/bin/sh
# Owns: the end of everything that one service started, however its owner ended.
# Promises: when standard input closes (the owner closed it, or died, kill -9 included) each process named in
# RUN/pids is ended, and the run folder is removed. The owner's signals do not reach it: it leads its own session.
#   guard.sh RUN_FOLDER PATIENCE
# PATIENCE: tenths of a second for an orderly end (SIGINT first: every server here then ends its sessions and writes what it has) before SIGKILL; 0 where the data is thrown away.
trap '' HUP INT TERM
run=$1
patience=$2

while read -r _; do :; done

# From here on nothing new can start: a server is launched only after it has written its name into RUN/pids.
mv "$run/pids" "$run/ended" || exit 1

# A process may lead a pid namespace through a parent that only waits (unshare): its children are the ones to signal.
each() {
  for file in "$run/ended"/*; do
    pid=${file##*/}
    [ -e "$file" ] || continue
    for child in $(cat "/proc/$pid/task/$pid/children" 2>/dev/null); do kill "$1" "$child" 2>/dev/null; done
    kill "$1" "$pid" 2>/dev/null
  done
}
living() {
  for file in "$run/ended"/*; do
    [ -e "$file" ] && kill -0 "${file##*/}" 2>/dev/null && return 0
  done
  return 1
}

if [ "$patience" -gt 0 ]; then
  each -INT
  while living && [ "$patience" -gt 0 ]; do
    patience=$((patience - 1))
    sleep 0.1
  done
fi
each -KILL

# A dying process can still be writing: 100 tries of 0.1 s.
tries=100
while [ -e "$run" ] && [ "$tries" -gt 0 ]; do
  rm -rf "$run" 2>/dev/null && break
  tries=$((tries - 1))
  sleep 0.1
done
