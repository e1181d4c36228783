#!/bin/sh
# install.sh - what packaging/darwin/install.sh does as root, with stand-ins for
# macOS's commands and a folder for /: nothing is written through a link that a
# user has put into his home, and his log is found there all the same.
# SPDX-License-Identifier: MIT
set -eu
source=$(cd "${1:?usage: install.sh SOURCE}" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
root=$folder/root
home=$folder/home
victim=$folder/victim
logs=$home/Library/Logs/aes67-vsc
failed=0

fail() {
  echo "FAIL $*"
  failed=1
}

# stand_in NAME LINE...: a command that says it was called, and does that.
stand_in() {
  name=$1
  shift
  {
    echo '#!/bin/sh'
    echo "echo \"$name \$*\" >>'$folder/calls'"
    printf '%s\n' "$@"
  } >"$folder/bin/$name"
  chmod 755 "$folder/bin/$name"
}

mkdir -p "$folder/bin" "$folder/aes67-vsc.driver" "$folder/package"
stand_in uname 'echo Darwin'
stand_in id 'echo 0'
stand_in dscl "echo 'NFSHomeDirectory: $home'"
stand_in aes67 :
for name in chown codesign xattr launchctl killall; do
  stand_in $name :
done
# As on a Mac, but for where / is.
cp "$source"/packaging/darwin/org.aes67-vsc.engine.plist "$folder/package"
for name in install uninstall; do
  sed "s|=/Library|=$root/Library|; s|rm -rf /Library|rm -rf $root/Library|" \
    "$source/packaging/darwin/$name.sh" >"$folder/package/$name.sh"
done

# begin SUDO: another Mac, whose sudo does that.
begin() {
  rm -rf "$root" "$home" "$victim" "$folder/calls"
  mkdir -p "$root/Library/LaunchDaemons" "$home/Library/Logs" "$victim"
  stand_in sudo "$1"
}

run() {
  PATH=$folder/bin:$PATH SUDO_USER=somebody sh "$folder/package/$1.sh" \
    "$folder/aes67-vsc.driver" >"$folder/out" 2>&1
}

daemon=$root/Library/LaunchDaemons/org.aes67-vsc.engine.plist

# What root does itself: sudo -u does nothing here.
begin 'exit 1'
ln -s "$victim" "$logs"
ln -s "$victim/passwords" "$victim/engine.log"
ls -lR "$home" "$victim" >"$folder/before"
run install || fail "it stops where the user's part fails: $(cat "$folder/out")"
ls -lR "$home" "$victim" >"$folder/after"
cmp -s "$folder/before" "$folder/after" || fail "root wrote through a link"
! grep -q "$home" "$daemon" || fail "launchd is to open a file in the home"
! grep "$home\|$victim" "$folder/calls" | grep -v '^sudo -u somebody' ||
  fail "a command of root's had the home"
grep -q "<string>$root/Library/Logs/aes67-vsc/engine.log</string>" "$daemon" ||
  fail "launchd's log is elsewhere"
grep -q "^launchctl bootstrap system $daemon" "$folder/calls" ||
  fail "the engine is not started"

# The user's part as the user; then once more, and away.
begin 'shift 2; exec "$@"'
for time in once again; do
  run install || fail "$time: $(cat "$folder/out")"
  [ "$(readlink "$logs/engine.log")" = "$root/Library/Logs/aes67-vsc/engine.log" ] ||
    fail "$time: no log at home"
done
run uninstall || fail "uninstall: $(cat "$folder/out")"
[ ! -e "$daemon" ] || fail "the daemon stays"
[ -d "$root/Library/Logs/aes67-vsc" ] || fail "the log is gone"

# The log's own folder is nobody's link, either.
begin 'exit 1'
mkdir -p "$root/Library/Logs"
ln -s "$victim" "$root/Library/Logs/aes67-vsc"
! run install || fail "a link in the place of the log's folder is taken"
[ ! -e "$daemon" ] || fail "the daemon is there all the same"
exit $failed
