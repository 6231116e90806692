#!/bin/sh
# Makes one part of a log's shards, the part being this process's rank: for mpirun, srun
# and whatever else starts the same command N times.
#
#   mpirun -n N bench/shards/mpi.sh TIER-TRAIN LOG TIERS DIRECTORY
#   srun   -n N bench/shards/mpi.sh TIER-TRAIN LOG TIERS DIRECTORY
#
# The ranks need not talk to each other, so the program is no MPI program; rank and size
# stand in the environment. DIRECTORY, which all see, gets part-1.svm and so on.
set -eu
if [ $# -ne 4 ]; then
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
# Open MPI's names, then those of MPICH and other PMI launchers, then Slurm's.
rank=${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-${SLURM_PROCID:-}}}
size=${OMPI_COMM_WORLD_SIZE:-${PMI_SIZE:-${SLURM_NTASKS:-}}}
if [ -z "$rank" ] || [ -z "$size" ]; then
  echo "mpi.sh: no rank in the environment; start it with mpirun or srun" >&2
  exit 2
fi
mkdir -p "$4"
exec "$1" features -q --data "$2" --tiers "$3" --part "$((rank + 1))/$size" \
  --out "$4/part-$((rank + 1))"
