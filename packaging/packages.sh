# packages.sh - which system packages running and testing need, whether they are
# there, and how to get them. Sourced by ./run and ./test.
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034 # the lists are for those who source it

# PACKAGE KIND:THING, one a line: the package of Debian 12, and how to see that
# what we need of it is there, wherever it came from.
packages_to_run="
gcc             command:cc
libc6-dev       header:stdlib.h
cmake           command:cmake
ninja-build     command:ninja
pkg-config      command:pkg-config
libltdl-dev     header:ltdl.h
libinih-dev     header:ini.h
libjansson-dev  header:jansson.h
libsndfile1-dev header:sndfile.h
"
# Only tests use these. What is marked optional is skipped by name without it.
packages_to_test="
g++                        command:g++
clang                      command:clang
libcriterion-dev           header:criterion/criterion.h
clang-22                   command:clang-22
libclang-rt-14-dev         package:libclang-rt-14-dev
libclang-rt-22-dev         package:libclang-rt-22-dev
clang-format               command:clang-format
doxygen                    command:doxygen
tshark                     command:tshark
ffmpeg                     command:ffmpeg
gstreamer1.0-tools         command:gst-launch-1.0
gstreamer1.0-plugins-base  package:gstreamer1.0-plugins-base
gstreamer1.0-plugins-good  package:gstreamer1.0-plugins-good
gstreamer1.0-plugins-bad   package:gstreamer1.0-plugins-bad
iproute2                   command:ip
linuxptp                   package:linuxptp
universal-ctags            command:ctags
jq                         command:jq
procps                     command:ps
shellcheck                 command:shellcheck
util-linux                 command:nsenter
"

has_header() {
  local folder
  for folder in /usr/include /usr/local/include /usr/include/*-linux-gnu; do
    [ -e "$folder/$1" ] && return 0
  done
  return 1
}

# has_thing KIND:THING
has_thing() {
  local thing=${1#*:}
  case $1 in
    command:*) command -v "$thing" >/dev/null ;;
    header:*) has_header "$thing" ;;
    package:*)
      [ "$(dpkg-query -W -f='${db:Status-Status}' "$thing" 2>/dev/null)" = installed ]
      ;;
  esac
}

# missing_packages LIST: the names of those that are not there.
missing_packages() {
  local name thing
  while read -r name thing; do
    [ -z "$name" ] || has_thing "$thing" || printf '%s ' "$name"
  done <<<"$1"
}

# How to become root without being asked: nothing, sudo, or not at all.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo -n "$@"
  fi
}

can_install() {
  command -v apt-get >/dev/null && as_root true 2>/dev/null
}

# install_packages NAME...: says what it does; its own words only on failure.
install_packages() {
  local log
  log=$(mktemp)
  printf 'installing through apt-get: %s\n' "$*"
  if as_root env DEBIAN_FRONTEND=noninteractive apt-get update >"$log" 2>&1 &&
    as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1; then
    rm -f "$log"
    return 0
  fi
  tail -n 20 "$log" >&2
  rm -f "$log"
  return 1
}

# For those who have to do it themselves.
tell_packages() {
  printf 'not installed: %s\n' "$*" >&2
  if command -v apt-get >/dev/null; then
    printf 'install them with: sudo apt-get install %s\n' "$*" >&2
  else
    printf 'these are the names of Debian 12; install what your system calls them\n' >&2
  fi
}
