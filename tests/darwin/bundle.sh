#!/bin/sh
# bundle.sh - the bundle is what coreaudiod can load: two processors, one symbol
# to call, nothing but libSystem and CoreFoundation below it, no path of ours, a
# property list that names what is there. SPDX-License-Identifier: MIT
set -eu
source=${1:?usage: bundle.sh SOURCE BUNDLE.driver}
bundle=${2:?}
rm -rf "$bundle" # what cannot be made must not be tried as it was before
"$source/packaging/darwin/bundle.sh" "$source" "$bundle"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

fail() {
  echo "FAIL $*"
  failed=1
}

tool() {
  if command -v "llvm-$1-14" >/dev/null; then
    echo "llvm-$1-14"
  elif command -v "llvm-$1" >/dev/null; then
    echo "llvm-$1"
  else
    echo "skipped: no llvm-$1" >&2
    exit 77
  fi
}
lipo=$(tool lipo)
nm=$(tool nm)
dump=$(tool objdump)

# value KEY: the string after it in the property list.
value() {
  sed -n "/<key>$1<\/key>/{n;s/.*<string>\(.*\)<\/string>.*/\1/p;}" \
    "$bundle/Contents/Info.plist"
}

binary=$bundle/Contents/MacOS/$(value CFBundleExecutable)
[ -x "$binary" ] || fail "CFBundleExecutable names no program"
for arch in arm64 x86_64; do
  case " $($lipo -archs "$binary") " in
    *" $arch "*) ;;
    *) fail "no slice for $arch" ;;
  esac
  thin=$folder/$arch
  $lipo -thin $arch "$binary" -output "$thin"
  exported=$($nm -gU "$thin" | sed 's/.* //')
  [ "$exported" = _vsc_plugin_create ] || fail "$arch exports: $exported"
  # The linker took what it needed from the stubs; that is the list.
  cat "$source"/packaging/darwin/stubs/usr/lib/*.tbd \
    "$source"/packaging/darwin/stubs/System/Library/Frameworks/*/*.tbd |
    tr -d "',[]" | tr ' ' '\n' | sort -u >"$folder/allowed"
  $nm -u "$thin" | sed 's/^ *U //' | sort -u >"$folder/imported"
  others=$(comm -23 "$folder/imported" "$folder/allowed")
  [ -z "$others" ] || fail "$arch imports: $others"
  $dump --macho --private-headers "$thin" >"$folder/headers"
  for word in 'BUNDLE' 'platform macos' 'minos 12.0' 'LC_DYLD_INFO_ONLY' \
    'LC_UUID' 'LC_CODE_SIGNATURE' 'TWOLEVEL'; do
    grep -q "$word" "$folder/headers" || fail "$arch has no $word"
  done
  for word in LC_RPATH LC_LOAD_WEAK_DYLIB LC_ENCRYPTION_INFO; do
    ! grep -q "$word" "$folder/headers" || fail "$arch has $word"
  done
  loaded=$(sed -n 's/^ *name \(\/.*\) (offset.*/\1/p' "$folder/headers" |
    tr '\n' ' ')
  wanted='/usr/lib/libSystem.B.dylib /System/Library/Frameworks/CoreFoundation.framework/Versions/A/CoreFoundation '
  [ "$loaded" = "$wanted" ] || fail "$arch loads $loaded"
  ! grep -aq "$(cd "$source" && pwd)" "$thin" || fail "$arch has our path in it"
done
[ "$(value CFBundlePackageType)" = BNDL ] || fail "CFBundlePackageType"
factory=$(sed -n '/CFPlugInFactories/,/<\/dict>/s/.*<string>\(.*\)<\/string>.*/\1/p' \
  "$bundle/Contents/Info.plist")
[ "_$factory" = _vsc_plugin_create ] || fail "factory: $factory"
if command -v python3 >/dev/null; then
  python3 - "$bundle/Contents/Info.plist" "$source"/packaging/darwin/*.plist <<'END' || fail plist
import plistlib, sys
for path in sys.argv[1:]:
    plist = plistlib.load(open(path, "rb"))
info = plistlib.load(open(sys.argv[1], "rb"))
(maker,) = info["CFPlugInFactories"]
assert info["CFPlugInTypes"] == {"443ABAB8-E7B3-491A-B985-BEB9187030DB": [maker]}
END
else
  echo "the property lists were not parsed: no python3"
fi
exit $failed
