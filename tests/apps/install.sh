#!/usr/bin/env bash
# install.sh - aes67 device install and remove: the PCM is there for who installed
# it, units that systemd takes, nobody's file touched, nothing left behind; as an
# ordinary user and for all.
# SPDX-License-Identifier: MIT
# shellcheck source=tests/net/world.sh
source "${VSC_SOURCE:?where the sources are}/tests/net/world.sh"
need aplay amixer
[ -e "$VSC_BUILD/hal/alsa/libasound_module_pcm_aes67.so" ] ||
  skip "it was built without alsa-lib"
unset ALSA_CONFIG_PATH XDG_CONFIG_HOME
export HOME=$folder/home

fresh() {
  rm -rf "$HOME"
  mkdir "$HOME"
}
listed() { aplay -L 2>"$folder/aplay.log" | grep -x aes67 >/dev/null; }
# run CODE COMMAND...: stdout in $folder/out, stderr in $folder/err
run() {
  local wanted=$1 code=0
  shift
  "$@" >"$folder/out" 2>"$folder/err" </dev/null || code=$?
  [ "$code" = "$wanted" ] || fail "$* ended with $code: $(cat "$folder/out" "$folder/err")"
}
told() { grep -qxF "$1" "$folder/out" || fail "not told \"$1\": $(cat "$folder/out")"; }
warned() { grep -qF "$1" "$folder/err" || fail "not told \"$1\": $(cat "$folder/err")"; }
# is_empty FOLDER: nothing in it, not even a folder.
is_empty() { [ -z "$(find "$1" -mindepth 1)" ] || fail "left behind: $(find "$1")"; }

device() { "$aes67" device "$@"; }

install_and_remove() {
  fresh
  ! listed || fail "aes67 is listed before it was installed"
  run 0 device install "$@"
  told "wrote $HOME/.config/alsa/asoundrc"
  told "wrote $HOME/.config/systemd/user/aes67.service"
  told "wrote $HOME/.config/systemd/user/aes67-speaker@.service"
  listed || fail "it is not listed: $(aplay -L; cat "$folder/aplay.log")"
  amixer -D aes67 contents >"$folder/mixer" 2>&1 || fail "no mixer: $(cat "$folder/mixer")"
  find "$HOME" -type f -exec sha256sum {} + | sort >"$folder/before"
  run 0 device install "$@"
  told "unchanged $HOME/.config/alsa/asoundrc"
  find "$HOME" -type f -exec sha256sum {} + | sort | diff "$folder/before" - ||
    fail "the second time it changed something"
  run 0 device remove "$@"
  told "removed $HOME/.config/alsa/asoundrc"
  ! listed || fail "aes67 is listed after it was removed"
  is_empty "$HOME"
  run 0 device remove "$@"
  warned 'nothing was installed'
}

# Also what systemctl enable did, and not what somebody else keeps there.
keep_what_is_not_ours() {
  fresh
  printf 'pcm.mine { type null }\n# no newline at the end' >"$HOME/.asoundrc"
  cp "$HOME/.asoundrc" "$folder/asoundrc"
  mkdir -p "$HOME/.config/systemd/user/default.target.wants" "$HOME/.config/else"
  ln -s "$HOME/.config/systemd/user/aes67.service" \
    "$HOME/.config/systemd/user/default.target.wants/aes67.service"
  touch "$HOME/.config/systemd/user/other.service"
  run 0 device install "$@"
  listed || fail "it is not listed beside a ~/.asoundrc"
  aplay -L | grep -x null >/dev/null || fail "alsa-lib reads nothing else any more"
  cmp "$HOME/.asoundrc" "$folder/asoundrc" || fail "the asoundrc has changed"
  run 0 device remove "$@"
  cmp "$HOME/.asoundrc" "$folder/asoundrc" || fail "the asoundrc has changed"
  find "$HOME" -mindepth 1 -printf '%P\n' | sort >"$folder/left"
  printf '%s\n' .asoundrc .config .config/else .config/systemd .config/systemd/user \
    .config/systemd/user/other.service | diff - "$folder/left" || fail "not what there was"
}

use_the_other_file() {
  fresh
  mkdir -p "$HOME/.config/alsa"
  echo '# mine' >"$HOME/.config/alsa/asoundrc"
  run 0 device install "$@"
  told "wrote $HOME/.asoundrc"
  listed || fail "it is not listed from ~/.asoundrc"
  run 0 device remove "$@"
  [ ! -e "$HOME/.asoundrc" ] || fail "the asoundrc was left behind"

  # Both are the user's.
  echo '# mine, too' >"$HOME/.asoundrc"
  run 3 device install "$@"
  warned "add this line to one of them: <$HOME/.config/aes67/asound.conf>"
  ! listed || fail "how can it be listed?"
  sed -n 's/.*: \(<.*>\)$/\1/p' "$folder/err" >>"$HOME/.asoundrc"
  listed || fail "it is not listed with the line: $(cat "$HOME/.asoundrc" "$folder/aplay.log")"
  run 0 device remove "$@"
  [ "$(cat "$HOME/.config/alsa/asoundrc")" = '# mine' ] || fail "somebody's file has changed"
}

refuse() {
  fresh
  mkdir -p "$HOME/.config/systemd/user"
  echo '[Unit]' >"$HOME/.config/systemd/user/aes67.service"
  run 1 device install "$@"
  warned "aes67.service\" is there and not ours: it stays as it is"
  run 0 device remove "$@"
  [ "$(cat "$HOME/.config/systemd/user/aes67.service")" = '[Unit]' ] ||
    fail "somebody's unit has changed"
  # A link is nobody's place to write through.
  fresh
  mkdir -p "$HOME/.config/systemd/user"
  ln -s "$folder/elsewhere" "$HOME/.config/systemd/user/aes67.service"
  run 1 device install "$@"
  [ ! -e "$folder/elsewhere" ] || fail "it wrote through a link"
  HOME=$folder/nothing run 1 device install "$@"
  run 2 device install --user --system
}

everything() {
  install_and_remove "$@"
  keep_what_is_not_ours "$@"
  use_the_other_file "$@"
  refuse "$@"
}

plays_what_is_installed() {
  fresh
  run 0 device install --user
  engine here default low-latency --set engine.interface=lo
  run 0 aplay -q -D aes67 -f S32_LE -c 2 -r "$rate" -d 1 /dev/zero
  stop default
  run 0 device remove --user
}

verify() {
  command -v systemd-analyze >/dev/null || {
    say "no systemd-analyze: units are not verified"
    return 0
  }
  local code=0
  # The manual page is there once it is installed.
  SYSTEMD_LOG_LEVEL=warning systemd-analyze --man=no "$@" >"$folder/verify" 2>&1 || code=$?
  if [ "$code" != 0 ] || grep -q aes67 "$folder/verify"; then
    fail "systemd objects ($code): $(cat "$folder/verify")"
  fi
}

for_all() {
  fresh
  cp -a /etc "$folder/etc" 2>"$folder/cp" || true
  mount --bind "$folder/etc" /etc || skip "this namespace mounts nothing"
  find /etc | sort >"$folder/etc-before"
  run 0 device install
  for file in alsa/conf.d/50-aes67.conf systemd/system/aes67.service \
    systemd/system/aes67.socket systemd/user/aes67.service \
    'systemd/user/aes67-speaker@.service'; do
    told "wrote /etc/$file"
  done
  listed || fail "it is not listed for all: $(cat "$folder/aplay.log")"
  is_empty "$HOME"
  verify verify /etc/systemd/system/aes67.service /etc/systemd/system/aes67.socket
  run 0 device remove
  ! listed || fail "it is listed after it was removed"
  find /etc | sort | diff "$folder/etc-before" - || fail "/etc is not as before"
}

case ${1:-all} in
  all)
    say "as root of this namespace, for the user"
    everything --user
    plays_what_is_installed
    run 0 device install --user
    verify --user verify "$HOME/.config/systemd/user/aes67.service" \
      "$HOME/.config/systemd/user/aes67-speaker@kitchen.service"
    say "as an ordinary user"
    unshare --user --map-user=1000 --map-group=1000 bash "$0" ordinary
    say "for all"
    unshare --mount bash "$0" system
    ;;
  ordinary)
    [ "$(id -u)" = 1000 ] || fail "not an ordinary user"
    everything
    ;;
  system) for_all ;;
esac
