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
libsamplerate0-dev header:samplerate.h
"
# Only tests use these: PACKAGE KIND:THING TESTS..., the last being the kinds of
# test that have a use for it. What is not there is skipped by name.
packages_to_test="
libcriterion-dev  header:criterion/criterion.h  unit headers sdk rt sim darwin net interop apps step fuzz clang asan tsan rtsan bench ptp
g++                        command:g++          headers
clang                      command:clang        headers clang fuzz
clang-22                   command:clang-22     headers clang  rtsan
libclang-rt-14-dev         package:libclang-rt-14-dev  fuzz
libclang-rt-22-dev         package:libclang-rt-22-dev  clang rtsan
clang-format               command:clang-format  style
shellcheck                 command:shellcheck   style
universal-ctags            command:ctags        headers
gcc-aarch64-linux-gnu      command:aarch64-linux-gnu-gcc  unit darwin
libc6-dev-arm64-cross      package:libc6-dev-arm64-cross  unit darwin
qemu-user                  command:qemu-aarch64           unit darwin
clang-14                   command:clang-14     darwin
lld-14                     command:ld64.lld-14  darwin
llvm-14                    command:llvm-lipo-14 darwin
doxygen                    command:doxygen      docs
util-linux                 command:nsenter      net interop apps bench ptp
iproute2                   command:ip           net interop apps bench ptp
jq                         command:jq           darwin net interop apps bench ptp
npm                        command:npm          interop darwin
tshark                     command:tshark       interop
ffmpeg                     command:ffmpeg       interop apps
libdbus-1-dev              header:dbus-1.0/dbus/dbus.h  net interop
dbus-daemon                command:dbus-daemon  net interop
avahi-daemon               command:avahi-daemon  net interop
avahi-utils                command:avahi-browse  net interop
strace                     command:strace       net
libasound2-dev             header:alsa/pcm_ioplug.h  apps bench
alsa-utils                 command:aplay        apps bench
sox                        command:sox          apps
libasound2-plugins         package:libasound2-plugins  apps
libsox-fmt-alsa            package:libsox-fmt-alsa  apps
ecasound                   command:ecasound     apps
mpd                        command:mpd          apps
mpc                        command:mpc          apps
portaudio19-dev            header:portaudio.h   apps
jackd2                     command:jackd        apps bench
ardour                     package:ardour       apps
audacity                   command:audacity     apps
xvfb                       command:Xvfb         apps
xdotool                    command:xdotool      apps
procps                     command:pgrep        apps
jack-tools                 command:jack_lsp     apps bench
libjack-jackd2-dev         header:jack/jack.h    apps bench
libspeexdsp-dev            header:speex/speex_resampler.h  bench
libzita-resampler-dev      header:zita-resampler/vresampler.h  bench
zita-njbridge              command:zita-n2j     bench
libpipewire-0.3-dev        header:pipewire-0.3/pipewire/pipewire.h  apps
pipewire                   command:pipewire     interop apps
pipewire-bin               command:pw-cli       interop apps
pipewire-jack              command:pw-jack      apps
wireplumber                command:wireplumber  apps
xxd                        command:xxd          apps
spin                       command:spin         spin
linuxptp                   package:linuxptp     interop ptp
gstreamer1.0-tools         command:gst-launch-1.0  interop
gstreamer1.0-plugins-base  package:gstreamer1.0-plugins-base  interop
gstreamer1.0-plugins-good  package:gstreamer1.0-plugins-good  interop
gstreamer1.0-plugins-bad   package:gstreamer1.0-plugins-bad  interop
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

# missing_packages LIST [TEST...]: the names of those that are not there; of those
# that only tests use, what these tests use.
missing_packages() {
  local name thing tests test wanted=" ${*:2} "
  while read -r name thing tests; do
    if [ -z "$name" ] || has_thing "$thing"; then
      continue
    fi
    for test in ${tests:-run}; do
      if [ "$test" = run ] || [[ $wanted == *" $test "* ]]; then
        printf '%s ' "$name"
        break
      fi
    done
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
    local how='as root: '
    ! command -v sudo >/dev/null || how='with: sudo '
    printf 'install them %sapt-get install --no-install-recommends %s\n' \
      "$how" "$*" >&2
  else
    printf 'these are the names of Debian 12; install what your system calls them\n' >&2
  fi
}
