#!/bin/sh
# Owns the end of the stack's processes, however the stack itself ended.
# Promises: when standard input closes (the stack closed it or died, kill -9 included), every process named in
# FOLDER/pids gets SIGTERM, what is left after 5 s gets SIGKILL, and the folder is removed. It leads its own session,
# so a signal to the stack's group does not reach it.
#   leash.sh FOLDER
trap '' HUP INT TERM
folder=$1

while read -r _; do :; done

# A process writes its name there before it becomes itself: with the folder gone, none can start any more.
mv "$folder/pids" "$folder/ending" || exit 1

signal() {
  for name in "$folder/ending"/*; do
    [ -e "$name" ] && kill "$1" "${name##*/}" 2>/dev/null
  done
}
living() {
  for name in "$folder/ending"/*; do
    [ -e "$name" ] && kill -0 "${name##*/}" 2>/dev/null && return 0
  done
  return 1
}

signal -TERM
# A stopped process takes no other signal until it goes on.
signal -CONT
tenths=50
while living && [ "$tenths" -gt 0 ]; do
  tenths=$((tenths - 1))
  sleep 0.1
done
signal -KILL
rm -rf "$folder"
