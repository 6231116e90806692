#!/usr/bin/env bash
# analyze.sh BUILD_DIR - gcc -fanalyzer, cppcheck and clang-tidy over the C sources of
# daemon/ and classifier/, by the compile commands of a configured build.
#
# Prints what they report beyond tests/analyze.exceptions, each of which has its reason
# there, and beyond .clang-tidy. TOOLS="gcc cppcheck" leaves the slow clang-tidy out.
# Ends with "N passed, N failed".
set -u -o pipefail
cd "$(dirname "$0")/.."
build=$(realpath "$1")
tools=${TOOLS:-gcc cppcheck clang-tidy}
top=$PWD
passed=0 failed=0

# The compile commands, a line each, that write nothing.
commands() {
  python3 - "$build/compile_commands.json" "$top" <<'END'
import json, sys
for entry in json.load(open(sys.argv[1])):
    if entry["file"].startswith((sys.argv[2] + "/daemon/", sys.argv[2] + "/classifier/")):
        command = entry["command"].removeprefix("/usr/bin/ccache ")
        print(f"cd {entry['directory']} && {command[:command.index(' -o ')]} -O1 -fanalyzer "
              f"-o /dev/null -c {entry['file']}")
END
}

run_gcc() { commands | xargs -d '\n' -P2 -I{} sh -c '{}' 2>&1; }

run_cppcheck() {
  cppcheck -q -j2 --enable=warning,portability --std=c11 -D_GNU_SOURCE -I. \
    --template='{file}:{line}:{column}: warning: {message} [{id}]' classifier daemon bench 2>&1
}

run_clang-tidy() {
  git ls-files 'daemon/*.c' 'classifier/*.c' | grep -v vocabulary_gen |
    xargs -P2 -n4 clang-tidy --quiet -p "$build" 2>&1
}

# Paths from the top of the tree, headers by their own place; findings alone, each once.
findings() {
  grep -E '(warning|error): .*\[.*\]$' | sed -E "s|$top/||; s|^.*include/[a-z_]+/||" | sort -u |
    grep -v -E -f <(grep -v -e '^#' -e '^$' tests/analyze.exceptions)
}

for tool in $tools; do
  if found=$("run_$tool" | findings); then
    failed=$((failed + 1))
    printf 'FAIL  %s\n%s\n' "$tool" "$found"
  else
    passed=$((passed + 1))
    printf 'ok    %s\n' "$tool"
  fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
