#!/usr/bin/env bash
# Tests ./gloss in small checkouts whose dotnet and cmake are stand-ins that only say that they were called.
# Prints a line a test and a summary as the other test programs do; exit code 2 when one failed.
# shellcheck disable=SC2016 # the stand-ins and the conditions of check are evaluated later
set -uo pipefail

repository=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset GLOSS_LIBTORCH GLOSS_NATIVE DOTNET_ROOT
succeeded=0 failed=0

# new_checkout NAME: sets `checkout`, and `bin` with the stand-ins, first on the PATH of `gloss`.
new_checkout() {
  checkout="$work/$1/a checkout" bin="$work/$1/bin" calls="$work/$1/calls"
  mkdir -p "$checkout/scripts" "$checkout/src" "$checkout/native" "$bin" "$work/$1/dotnet/shared"
  cp "$repository/gloss" "$checkout/"
  cp "$repository/scripts/build.sh" "$checkout/scripts/"
  touch "$checkout"/{global.json,Directory.Build.props,BannedSymbols.txt,src/a.cs,native/CMakeLists.txt}
  : >"$calls"
  cat >"$work/$1/dotnet/dotnet" <<END
#!/bin/bash
[[ \$1 == --version ]] && exec echo 10.0.100
echo dotnet >>'$calls'
[[ -z \${SLOW-} ]] || sleep 0.3
[[ -z \${BROKEN-} ]] || { echo 'error: it is broken'; exit 1; }
mkdir -p '$checkout/artifacts/bin/Gloss.Cli/release'
printf '#!/bin/bash\necho "out:\$*"; echo err >&2; exit 7\n' >'$checkout/artifacts/bin/Gloss.Cli/release/gloss-cli'
chmod +x '$checkout/artifacts/bin/Gloss.Cli/release/gloss-cli'
END
  printf '#!/bin/bash\necho "cmake [$GLOSS_LIBTORCH]" >>"%s"\n' "$calls" >"$bin/cmake"
  printf '#!/bin/bash\n[[ ${*: -1} != "${MISSING-}" ]] && echo installed\n' >"$bin/dpkg-query"
  printf '#!/bin/bash\nexit 0\n' >"$bin/pkg-config"
  printf '#!/bin/bash\necho 1000\n' >"$bin/id"
  printf '#!/bin/bash\nexit 1\n' >"$bin/sudo"
  printf '#!/bin/bash\nexit 1\n' >"$bin/apt-get"
  cp "$bin/pkg-config" "$bin/c++"
  cp "$bin/pkg-config" "$bin/ninja"
  chmod +x "$bin"/* "$work/$1/dotnet/dotnet"
  ln -s "$work/$1/dotnet/dotnet" "$bin/dotnet"
}

# gloss ARGUMENT...: runs it; sets code, output, errors.
gloss() { run "$checkout/gloss" "$@"; }
run() {
  code=0
  PATH="$bin:/usr/bin:/bin" "$@" >"$work/output" 2>"$work/errors" || code=$?
  output=$(<"$work/output") errors=$(<"$work/errors")
}

# check NAME CONDITION...: the conditions are words for [[ ]], each evaluated with the results above.
check() {
  local name=$1 condition
  shift
  for condition in "$@"; do
    if ! eval "[[ $condition ]]"; then
      failed=$((failed + 1))
      printf 'failed gloss.sh: %s · not so: %s\n' "$name" "$condition"
      printf '  code %s\n  output %s\n  errors %s\n  calls %s\n' "$code" "$output" "$errors" "$(<"$calls")"
      return
    fi
  done
  succeeded=$((succeeded + 1))
}

# shellcheck disable=SC2034 # check evaluates it
built=$'cmake []\ncmake []\ndotnet'
new_checkout once
gloss 'a b' c
check 'the first call builds, passes arguments and the exit code on, and says nothing on standard output' \
  '$code == 7' '$output == "out:a b c"' '$errors == *"building the program"*' '$(<"$calls") == "$built"'
gloss
check 'the second call builds nothing and says nothing' '$errors == err' '$(<"$calls") == "$built"'
ln -s "a checkout/gloss" "$work/once/link"
run "$work/once/link" x
check 'it starts through a symbolic link' '$output == out:x' '$(<"$calls") == "$built"'
cd "$checkout/src" || exit
run bash ../gloss y
cd / || exit
check 'it starts from another folder by a relative path' '$output == out:y' '$(<"$calls") == "$built"'

: >"$calls"
touch "$checkout/src/a.cs"
gloss
check 'a changed source builds the program alone' '$code == 7' '$(<"$calls") == dotnet'
: >"$calls"
rm "$checkout/src/a.cs"
gloss
check 'a removed source builds the program' '$(<"$calls") == dotnet'
: >"$calls"
mkdir "$work/libtorch"
export GLOSS_LIBTORCH="$work/libtorch"
gloss
check 'another libtorch builds the native libraries alone' '$(<"$calls") == *"cmake [$work/libtorch]"' \
  '$(<"$calls") != *dotnet*'
: >"$calls"
unset GLOSS_LIBTORCH
gloss
check 'the libtorch of the last build is remembered' '-z $(<"$calls")'
GLOSS_LIBTORCH='' gloss
check 'an empty GLOSS_LIBTORCH goes back to the one of the system' '$(<"$calls") == *"cmake []"*'
GLOSS_LIBTORCH=/no/such gloss
check 'a GLOSS_LIBTORCH that is no folder is named' '$code == 2' \
  '$errors == *"GLOSS_LIBTORCH names no folder: /no/such"*'

new_checkout native
GLOSS_NATIVE=/elsewhere gloss
check 'GLOSS_NATIVE builds no native libraries' '$code == 7' '$(<"$calls") == dotnet'

new_checkout broken
BROKEN=1 gloss
check 'a failed build shows its end and where the log is' '$code == 2' '-z $output' \
  '$errors == *"error: it is broken"*' '$errors == *"log: $checkout/artifacts/build.log"*'
gloss
check 'after a failed build the next call builds again' '$code == 7'

new_checkout twice
SLOW=1 PATH="$bin:$PATH" "$checkout/gloss" >/dev/null 2>&1 &
SLOW=1 gloss
wait
check 'two calls at once build once' '$code == 7' '$(<"$calls") == "$built"'

new_checkout missing
MISSING=libtorch-dev gloss
check 'a missing package that may not be installed is named with what to do' '$code == 2' '-z $output' \
  '$errors == *"missing: libtorch-dev"*' '$errors == *"sudo apt-get install"*libtorch-dev*' \
  '$errors == *GLOSS_LIBTORCH=*' '-z $(<"$calls")'
MISSING=libdnnl-dev gloss
check 'a missing package that only costs speed is named, and the build goes on' '$code == 7' \
  '$errors == *"going on without libdnnl-dev"*'

new_checkout sdk
rm "$bin/dotnet"
printf '#!/bin/bash\nexit 1\n' >"$bin/dotnet"
chmod +x "$bin/dotnet"
HOME=/none gloss
check 'a missing SDK is named with where to get it' '$code == 2' '-z $output' \
  '$errors == *".NET SDK 10 is not installed"*' '$errors == *"hint: install it from https://dotnet"*'

printf '\nsummary\n  total: %d\n  failed: %d\n  succeeded: %d\n  skipped: 0\n' \
  $((succeeded + failed)) "$failed" "$succeeded"
[[ $failed -eq 0 ]] || exit 2
