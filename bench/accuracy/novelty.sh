#!/usr/bin/env bash
# novelty.sh - does the shipped recipe notice what it was not trained on?
#
#   bench/accuracy/novelty.sh [BUILD] [DATA] [OUT]
#
# Trains once for each kind that is left out of DATA/train, and prints what tier-bench
# novelty says of it beside held-out rows of the kinds that stayed; then the same for
# DATA/bench/tiers, which has languages that DATA/train lacks. A fit takes a minute.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
build=${1:-build} data=${2:-../shared/data} out=${3:-build/novelty}

code='code|crux|mbpp|human_eval|debugging|test_generation|uncommonroute/testing'
grids='zebra-grid|logicgrid'

# fit NAME HOW...: HOW is leave_out.py's option that says what is left out.
fit() {
  local name=$1
  shift
  rm -rf "${out:?}/$name"
  python3 bench/accuracy/leave_out.py --data "$data"/train/*.jsonl --out "$out/$name" "$@"
  "$build/tier-train" fit -q --tiers models/training-tiers.json --out "$out/$name/model.tier" \
    --data "$out/$name"/train/*.jsonl
}

# compare NAME UNSEEN...
compare() {
  local name=$1
  shift
  "$build/tier-bench" novelty --model "$out/$name/model.tier" \
    --known "$out/$name"/known/*.jsonl --unseen "$@"
}

measure() {
  fit "$@"
  echo "== without $1"
  compare "$1" "$out/$1"/unseen/*.jsonl
}

measure zh --lang zh
measure ru --lang ru
measure non-latin --script non-latin
measure code --task "$code"
measure logic-grids --task "$grids"

fit nothing --nothing
echo "== all of train, against bench/tiers"
compare nothing "$data/bench/tiers.jsonl"
