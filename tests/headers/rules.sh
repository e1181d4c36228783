#!/bin/sh
# rules.sh - rules about our sources that a machine can check: which file may know
# what, how long files and functions are, how they begin.
# SPDX-License-Identifier: MIT
set -u
cd "${1:?usage: rules.sh SOURCE}" || exit 1
failed=0

# Product sources: not tests, not the template, not examples.
sources() {
  find engine modules hal sdk/include sdk/check cli panel -name '*.[ch]' \
    2>/dev/null | sort
}

fail() {
  echo "FAIL $1"
  shift
  printf '  %s\n' "$@"
  failed=1
}

# only NAME PATTERN ALLOWED: code (not comments) that matches PATTERN is only in
# files whose path matches ALLOWED.
only() {
  found=$(sources | grep -vE "$3" | xargs awk -v pattern="$2" '
    { line = $0
      while (match(line, /\/\*/)) {         # take comments out
        rest = substr(line, RSTART + 2)
        head = substr(line, 1, RSTART - 1)
        while ((end = index(rest, "*/")) == 0 && (getline more) > 0)
          rest = more
        line = end ? head " " substr(rest, end + 2) : head
      }
      sub(/\/\/.*/, "", line)
      gsub(/"([^"\\]|\\.)*"/, "\"\"", line)  # and strings, but includes
      if ($0 ~ /^#[ ]*include/) line = $0
      if (line ~ pattern) print FILENAME ":" FNR ": " $0 }')
  [ -z "$found" ] || fail "$1:" "$found"
}

start='(^|[^A-Za-z0-9_.>])'
only 'ltdl.h is for engine/loader.c' 'ltdl[.]h' '^engine/loader\.c$'
only 'ini.h is for engine/profile.c' '[<"/]ini[.]h' '^engine/profile\.c$'
only 'pthread_ is for hal/platform_thread.c and _darwin.c' \
  "${start}pthread_" '^hal/platform_(thread|darwin)\.c$'
only 'sockets are for engine/os, *_sock_*.c, engine/control*.c and cli' \
  "${start}(socket|setsockopt|recvmmsg|sendmmsg)[(]" \
  '^(engine/os/|cli/|panel/|engine/control.*\.c$|.*_sock_.*\.c$)'
only 'the clock is read in engine/os and hal/*time*' \
  "${start}(clock_gettime|gettimeofday|mach_absolute_time)[(]" \
  '^(engine/os/|hal/[^/]*(time|platform)[^/]*\.c$|hal/coreaudio/(ticks\.c$|apple/))'
only 'a module gets its memory from host->alloc' \
  "${start}(malloc|calloc|realloc|strdup|free)[(]" '^(engine|hal|sdk|cli|panel)/'
only 'the engine owns every thread and every wait' \
  "${start}(pthread_create|usleep|sleep)[(]" '^(engine/os/|hal/)'

shape=$(find engine modules hal sdk cli panel tests -name '*.[ch]' 2>/dev/null |
  sort | xargs awk '
  function done() {
    if (file && lines > 600)
      print file ": " lines " lines are more than 600"
    if (file && !spdx)
      print file ": no SPDX-License-Identifier in its first 24 lines"
  }
  FNR == 1 {
    done()
    file = FILENAME
    spdx = 0
    if (!/^\/\* /)
      print file ": does not begin with a comment that says what it is for"
  }
  FNR <= 24 && /SPDX-License-Identifier: MIT/ { spdx = 1 }
  { lines = FNR }
  END { done() }')
[ -z "$shape" ] || fail 'files have a head and are short:' "$shape"

# Universal Ctags tells where functions end.
if ctags --version 2>/dev/null | grep -q Universal; then
  long=$(sources | ctags -L - -f - --fields=+ne --kinds-C=f 2>/dev/null |
    awk -F '\t' '{ for (i = 4; i <= NF; i++) {
        if ($i ~ /^line:/) from = substr($i, 6)
        if ($i ~ /^end:/) to = substr($i, 5) }
      if (to - from + 1 > 80) print $2 ":" from ": " $1 "() has " to - from + 1 " lines" }')
  [ -z "$long" ] || fail 'functions have at most 80 lines:' "$long"
else
  echo "skipped: the length of functions, for want of Universal Ctags"
fi
exit $failed
