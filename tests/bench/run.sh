#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# ./dev bench [exchange|door|log|walk|seal]: builds the release preset and the stop-watches, then measures.
# Figures go to the terminal and to build/bench/<name>.json. Loopback only; nothing stays behind.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
build=build/release
what=${1:-all}

case $what in
all | exchange | door | log | walk | seal) ;;
*)
    echo "usage: ./dev bench [exchange|door|log|walk|seal]" >&2
    exit 2
    ;;
esac

mkdir -p build/bench/tmp
[ -f "$build/build.ninja" ] || cmake --preset release >build/bench/build.log 2>&1
if ! ninja -C "$build" all load bench_door bench_log bench_walk bench_seal >build/bench/build.log 2>&1; then
    tail -n 40 build/bench/build.log >&2
    exit 1
fi

# the log of the bench lies on the disk of the repository: /tmp may be memory (to leave the disk out,
# say PT_BENCH_TMP=/dev/shm)
TMPDIR="${PT_BENCH_TMP:-$top/build/bench/tmp}"
PT_BIN="$top/$build/bin"
export TMPDIR PT_BIN

status=0
[ "$what" = all ] && what="door log exchange"
for name in $what; do
    case $name in
    log) "$PT_BIN/bench_log" "$TMPDIR" "${PT_BENCH_SECONDS:-2}" build/bench/log.json || status=1 ;;
    walk) "$PT_BIN/bench_walk" || status=1 ;;
    seal) "$PT_BIN/bench_seal" "${PT_BENCH_SECONDS:-0.5}" build/bench/seal.json || status=1 ;;
    *) node tests/bench/bench.mjs "$name" || status=1 ;;
    esac
done
exit "$status"
