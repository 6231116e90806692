#!/bin/sh
# Makes the shards of one log with GNU parallel (Debian: parallel), one job a part.
#
#   bench/shards/parallel.sh TIER-TRAIN LOG TIERS DIRECTORY PARTS JOBS
#
# DIRECTORY gets part-1.svm, part-1.meta, part-1.shard and so on. A job that fails is
# tried once more. Given absolute paths, the jobs may run on any machines that see the same
# files: PARALLEL='--sshlogin A,B' says where.
set -eu
if [ $# -ne 6 ]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
train=$1 log=$2 tiers=$3 directory=$4 parts=$5 jobs=$6
mkdir -p "$directory"
seq "$parts" | parallel --jobs "$jobs" --retries 2 --halt now,fail=1 \
  "$train" features -q --data "$log" --tiers "$tiers" --part "{}/$parts" --out "$directory/part-{}"
