#!/usr/bin/env bash
# run.sh MODEL.pml - lets spin search every state of a model: none is wrong. Then,
# with each bug that the model can be given, that one is found. The model's head
# says with what: RUN, BUG, and LONG for ./test long.
# SPDX-License-Identifier: MIT
set -euo pipefail
model=$(realpath "$1")

if ! command -v spin >/dev/null; then
  echo "skipped: no spin: install spin"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$model" "$folder"
cd "$folder"
model=$(basename "$model")

# search OPTIMISE FLAG...: what the search says is in ./said.
search() {
  local optimise=$1
  shift
  rm -f pan* ./*.trail
  spin -a "$@" "$model" >said 2>&1 || { cat said; exit 1; }
  # What spin writes is no source of ours: no warnings. No state is left out: a
  # search that ran out of room says so, and fails.
  ${CC:-cc} -w "$optimise" -DSAFETY -DCOLLAPSE -DVECTORSZ=2048 -o pan pan.c
  ./pan -m2000000 -w23 -n >said 2>&1 || true
}

states() {
  awk '/states, stored/ { print $1; exit }' said
}

failed=0
while read -r kind flags; do
  [ "$kind" != LONG ] || [ -n "${VSC_LONG:-}" ] || continue
  # A bug is found before an optimiser would have come to its end.
  optimise=-O1
  [ "$kind" != BUG ] || optimise=-O0
  # shellcheck disable=SC2086 # a list
  search "$optimise" $flags
  if grep -q 'max search depth too small\|out of memory\|VECTORSZ' said; then
    echo "NOT SEARCHED $flags"
    cat said
    failed=1
  elif [ "$kind" = BUG ] && grep -q 'errors: [1-9]' said; then
    echo "found        $flags: $(sed -n 's/^pan:[0-9]*: //p' said | head -n 1)"
  elif [ "$kind" != BUG ] && grep -q 'errors: 0$' said; then
    echo "none wrong   $flags: $(states) states"
  else
    echo "WRONG        $flags"
    cat said
    if ls ./*.trail >/dev/null 2>&1; then
      ./pan -r 2>/dev/null | tail -n 60
    fi
    failed=1
  fi
done < <(sed -n 's/^   \(RUN\|BUG\|LONG\) *\(.*\)$/\1 \2/p' "$model")
exit "$failed"
