#!/bin/sh
# Fuzzes each target for SECONDS (60): tests/fuzz/run.sh [-s SECONDS] [TARGET]...
# Builds with clang, libFuzzer, ASan and UBSan in build-fuzz/; what it finds is
# left in fuzz-out/TARGET/ and told. Seeds: tests/fuzz/corpus/TARGET.
set -eu
cd "$(dirname "$0")/../.."
seconds=60
if [ "${1:-}" = -s ]; then
	seconds=$2
	shift 2
fi
if [ ! -d build-fuzz ]; then
	CC=clang meson setup build-fuzz -Dfuzz=true -Dbuildtype=debugoptimized \
		-Db_sanitize=address,undefined -Db_lundef=false -Db_lto=false \
		-Dc_args=-fsanitize=fuzzer-no-link >/dev/null
fi
ninja -C build-fuzz >build-fuzz/log || {
	tail -n 20 build-fuzz/log
	exit 1
}
[ $# -gt 0 ] || set -- build-fuzz/tests/fuzz/fuzz_*
passed=0 failed=0
for target; do
	name=${target##*/fuzz_}
	case $name in *.p) continue ;; esac
	exe=build-fuzz/tests/fuzz/fuzz_$name
	out=fuzz-out/$name
	mkdir -p "$out/corpus"
	seeds=tests/fuzz/corpus/$name
	if [ ! -d "$seeds" ]; then
		seeds=$out/seeds
		mkdir -p "$seeds"
		for case in pcaps/*/capture.pcap; do
			folder=${case%/*}
			cp "$case" "$seeds/${folder##*/}"
		done
	fi
	dict=tests/fuzz/$name.dict
	if UBSAN_OPTIONS=halt_on_error=1 "$exe" -max_total_time="$seconds" \
		-rss_limit_mb=2048 -timeout=20 -print_final_stats=1 \
		-artifact_prefix="$out/" ${dict:+$([ -f "$dict" ] && \
		echo "-dict=$dict")} "$out/corpus" "$seeds" \
		>"$out/log" 2>&1; then
		passed=$((passed + 1))
		runs=$(sed -n 's/stat::number_of_executed_units: *//p' "$out/log")
		echo "ok fuzz_$name: $runs runs"
	else
		failed=$((failed + 1))
		echo "not ok fuzz_$name: see $out/log"
		grep -E 'ERROR|runtime error|Test unit written' "$out/log" || :
	fi
done
echo "fuzz: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
