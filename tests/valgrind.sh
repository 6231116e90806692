#!/usr/bin/env bash
# valgrind.sh BUILD_DIR - unit tests and a short soak of the daemon under memcheck, in a
# build without sanitizers.
#
# Any error and any block that is lost, or may be, is a failure. The tests left out spend
# minutes on training or on every split of a request, and have nothing that AddressSanitizer
# does not see as well. Ends with "N passed, N failed".
set -u -o pipefail
build=$1
slow='test_(http_in|lean|ability|kinds|isotonic|shard|svm|model|platt|sandbox|conversation|bench_.*)$'
check=(valgrind --quiet --error-exitcode=9 --leak-check=full
  --errors-for-leak-kinds=definite,indirect,possible)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0

# try LABEL COMMAND...: prints how it went and, where it failed, what it said.
try() {
  local label=$1
  shift
  if timeout 300 "$@" >"$log" 2>&1 </dev/null; then
    passed=$((passed + 1))
    printf 'ok    %s\n' "$label"
  else
    failed=$((failed + 1))
    printf 'FAIL  %s\n' "$label"
    sed 's/^/  | /' "$log"
  fi
}

for test in "$build"/tests/test_*; do
  name=$(basename "$test")
  [ -x "$test" ] && [ -f "$test" ] && [[ ! $name =~ $slow ]] || continue
  try "$name" "${check[@]}" "$test"
done
try "daemon, 2,000 requests" python3 tests/soak/run.py --build "$build" --requests 2000 \
  --under "${check[*]}"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
