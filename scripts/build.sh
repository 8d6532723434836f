# shellcheck shell=bash
# Sets up and builds Gloss; ./gloss and ./test read it. The caller has set `root`, the folder of the checkout.
#
# There are three targets: native (the C++ libraries), program (the command line) and tests (the whole solution). Each
# leaves artifacts/TARGET.stamp behind, as old as the moment at which its build began. A target is built when nothing
# below its sources has changed since (its ctime: neither a checkout nor a copy with kept dates hides a change) and its
# stamp names this folder. That costs one `find` a target.

: "${root:?the folder of the checkout}"
log=$root/artifacts/build.log

# Stamps and cmake need a path that means the same from every folder.
if [[ ${GLOSS_LIBTORCH:-/} != /* ]]; then
  export GLOSS_LIBTORCH=$PWD/$GLOSS_LIBTORCH
fi

say() { printf 'gloss: %s\n' "$*" >&2; }

# fail WHAT [HINT]: an error in one line, and what to do.
fail() {
  say "$1"
  [[ $# -lt 2 ]] || printf 'hint: %s\n' "$2" >&2
  exit 2
}

sources_of() {
  case $1 in
    native) sources=("$root/native") ;;
    program) sources=("$root/src" "$root"/Directory.*.* "$root/global.json" "$root/BannedSymbols.txt") ;;
    tests) sources=("$root/src" "$root/tests" "$root"/Directory.*.* "$root/global.json" "$root/BannedSymbols.txt"
      "$root/.editorconfig" "$root/Gloss.slnx") ;;
  esac
}

# read_stamp TARGET: sets stamp_root and stamp_value (native: the libtorch folder; else: the folder of .NET).
read_stamp() {
  stamp_root='' stamp_value=''
  [[ -r $root/artifacts/$1.stamp ]] || return 1
  { IFS= read -r stamp_root && IFS= read -r stamp_value; } <"$root/artifacts/$1.stamp" || return 1
}

is_built() {
  [[ $1 != native || -z ${GLOSS_NATIVE:-} ]] || return 0
  read_stamp "$1" && [[ $stamp_root == "$root" ]] || return 1
  case $1 in
    native) [[ -d $root/native/build && ${GLOSS_LIBTORCH-$stamp_value} == "$stamp_value" ]] || return 1 ;;
    *) [[ -x $root/artifacts/bin/Gloss.Cli/release/gloss-cli && -d $stamp_value ]] || return 1 ;;
  esac
  local sources
  sources_of "$1"
  [[ -z $(find "${sources[@]}" -path '*/native/build' -prune -o \
    -cnewer "$root/artifacts/$1.stamp" -print -quit 2>&1) ]]
}

# build TARGET...: builds those that are not built, one process at a time.
build() {
  local start=$SECONDS target
  mkdir -p "$root/artifacts" 2>/dev/null || true
  [[ -w $root/artifacts ]] ||
    fail "$root/artifacts cannot be written" "the first call builds Gloss there: run it as the user who owns $root"
  exec 9>>"$root/artifacts/build.lock"
  if command -v flock >/dev/null && ! flock -n 9; then
    say 'another call is building; waiting for it'
    flock 9
  fi
  # The compilers get no descriptor 9: what they leave running must not hold the lock.
  local began=''
  for target in "$@"; do
    is_built "$target" && continue
    [[ -n $began ]] || : >"$log"
    began=1
    "build_$target"
  done
  exec 9>&-
  [[ -z $began ]] || say "built in $((SECONDS - start)) s"
}

# logged WHAT COMMAND...: runs it with its output in the log, and shows the end of that where it fails.
logged() {
  local what=$1
  shift
  say "$what …"
  printf '\n== %s\n' "$*" >>"$log"
  "$@" >>"$log" 2>&1 9>&- && return
  local code=$?
  tail -n 30 "$log" | sed 's/^/  /' >&2
  say "$what: failed (exit code $code)"
  return 1
}

# write_stamp TARGET VALUE: the stamp keeps the date of the file that begin_stamp made.
begin_stamp() { : >"$root/artifacts/$1.stamp.new"; }
write_stamp() {
  local date=$root/artifacts/$1.stamp.new
  printf '%s\n%s\n' "$root" "$2" >"$root/artifacts/$1.stamp.text"
  touch -r "$date" "$root/artifacts/$1.stamp.text"
  mv -f "$root/artifacts/$1.stamp.text" "$root/artifacts/$1.stamp"
  rm -f "$date"
}

build_native() {
  local libtorch cached='' folder=$root/native/build generator=()
  read_stamp native || true
  libtorch=${GLOSS_LIBTORCH-$stamp_value}
  if [[ -n $libtorch ]]; then
    [[ -d $libtorch ]] || fail "GLOSS_LIBTORCH names no folder: $libtorch" \
      'it is the folder that holds include/, lib/ and share/cmake/ of libtorch; set it empty for the system'"'"'s'
  fi
  install_native_packages "$libtorch"
  # A build folder of another place or of another libtorch is of no use to cmake.
  if [[ -r $folder/CMakeCache.txt ]]; then
    cached=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$folder/CMakeCache.txt")
    [[ $cached == "$root/native" && $libtorch == "$stamp_value" ]] || rm -rf "$folder"
  fi
  mkdir -p "$folder"
  begin_stamp native
  [[ -r $folder/CMakeCache.txt ]] || ! command -v ninja >/dev/null || generator=(-G Ninja)
  GLOSS_LIBTORCH=$libtorch logged 'configuring the native libraries' \
    cmake -S "$root/native" -B "$folder" ${generator[@]+"${generator[@]}"} -DCMAKE_BUILD_TYPE=Release ||
    fail "the native libraries were not configured · log: $log" \
      "$(hint_native_packages)"
  logged 'building the native libraries' cmake --build "$folder" --parallel ||
    fail "the native libraries were not built · log: $log"
  write_stamp native "$libtorch"
}

build_program() {
  find_dotnet
  begin_stamp program
  logged 'building the program' run_dotnet build "$root/src/Gloss.Cli" --configuration Release ||
    fail "the program was not built · log: $log"
  write_stamp program "$dotnet_root"
}

build_tests() {
  find_dotnet
  begin_stamp tests
  begin_stamp program
  logged 'building the program and its tests' run_dotnet build "$root/Gloss.slnx" --configuration Release ||
    fail "the tests were not built · log: $log"
  write_stamp program "$dotnet_root"
  write_stamp tests "$dotnet_root"
}

# The SDK: on the PATH, in DOTNET_ROOT, or where its install script puts it. Sets dotnet and dotnet_root.
find_dotnet() {
  local candidate version hint
  hint='install it from https://dotnet.microsoft.com/download/dotnet/10.0, or into ~/.dotnet without rights:'
  hint+=' curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0'
  dotnet=''
  for candidate in "$(command -v dotnet || true)" "${DOTNET_ROOT:-}/dotnet" "${HOME:-}/.dotnet/dotnet"; do
    [[ $candidate == /* && -x $candidate ]] || continue
    dotnet=$candidate
    # global.json in the root says which SDKs will do.
    version=$(cd -- "$root" && "$dotnet" --version 2>/dev/null 9>&-) || continue
    dotnet_root=$(readlink -f -- "$dotnet")
    dotnet_root=${dotnet_root%/*}
    # A wrapper script is not where the runtime lies.
    [[ -d $dotnet_root/shared ]] || dotnet_root=${DOTNET_ROOT:-/}
    printf '.NET SDK %s in %s\n' "$version" "$dotnet_root" >>"$log"
    return
  done
  [[ -z $dotnet ]] || fail "the .NET SDK 10 is not installed · $dotnet has only other versions" "$hint"
  fail 'the .NET SDK 10 is not installed · looked on the PATH, in DOTNET_ROOT and in ~/.dotnet' "$hint"
}

run_dotnet() {
  DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 \
    "$dotnet" "$@" --nologo --verbosity quiet --disable-build-servers
}

# The program looks for the runtime in DOTNET_ROOT and in a few usual places, not on the PATH.
use_dotnet_root() {
  [[ -z ${DOTNET_ROOT:-} ]] || return 0
  read_stamp program || return 0
  [[ $stamp_value == / ]] || export DOTNET_ROOT=$stamp_value
}

# What the native libraries need, as packages of Debian and Ubuntu. $1: the folder of an own libtorch, or empty.
native_packages() {
  packages=(g++ cmake ninja-build pkg-config libvips-dev libjpeg-dev libsqlite3-0 libdnnl-dev libfaiss-dev)
  [[ -n $1 ]] || packages+=(libtorch-dev libopenblas0-pthread)
}

hint_native_packages() {
  local packages
  native_packages ''
  echo "they need a C++17 compiler, cmake, pkg-config, libvips, libjpeg, SQLite and libtorch" \
    "(Debian: ${packages[*]});" 'GLOSS_LIBTORCH=/path/to/libtorch points at an own libtorch'
}

is_installed() {
  case $1 in
    g++) command -v c++ >/dev/null ;;
    cmake | pkg-config) command -v "$1" >/dev/null ;;
    ninja-build) command -v ninja >/dev/null || command -v make >/dev/null ;;
    libvips-dev) pkg-config --exists vips 2>/dev/null ;;
    libjpeg-dev) [[ -e /usr/include/jpeglib.h ]] || is_package "$1" ;;
    *) is_package "$1" ;;
  esac
}

is_package() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed* ]]; }

install_native_packages() {
  local packages package missing=() sudo=() install
  # On other systems cmake says what it does not find.
  command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || return 0
  native_packages "$1"
  for package in "${packages[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  local hint="sudo apt-get install --no-install-recommends ${missing[*]}"
  [[ -n $1 ]] || hint+=' (instead of libtorch-dev: GLOSS_LIBTORCH=/path/to/libtorch, unpacked from pytorch.org)'
  if [[ $(id -u) != 0 ]]; then
    if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
      for package in "${missing[@]}"; do
        [[ $package == libdnnl-dev || $package == libfaiss-dev || $package == libopenblas0-pthread ]] ||
          fail "missing: ${missing[*]} · you may not install packages" "$hint"
      done
      say "going on without ${missing[*]}, slower · hint: $hint"
      return 0
    fi
    sudo=(sudo -n)
  fi
  install=(${sudo[@]+"${sudo[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
  local wanted=(install --yes --no-install-recommends "${missing[@]}")
  say "installing ${missing[*]} …"
  "${install[@]}" "${wanted[@]}" >>"$log" 2>&1 9>&- && return
  # The lists of packages are absent in a fresh container, and old elsewhere.
  if ! logged 'updating the lists of packages' "${install[@]}" update ||
    ! logged "installing ${missing[*]}" "${install[@]}" "${wanted[@]}"; then
    fail "these packages were not installed: ${missing[*]} · log: $log" "$hint"
  fi
}
