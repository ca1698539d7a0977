#!/bin/sh
# What README.md's commands call, step by step: ./do STEP...
#   packages        what building needs, by apt-get (Debian 12; as root)
#   build           an optimized wirecert in build/
#   test-packages   what the tests need on top
#   test            all of them, with gcc and with clang's sanitizers
set -eu
cd "$(dirname "$0")"

build_packages='gcc libc6-dev meson ninja-build pkg-config libpcap-dev
	libssl-dev libevent-dev zlib1g-dev libzstd-dev libbrotli-dev
	libjansson-dev libinih-dev libpsl-dev libsqlite3-dev
	ca-certificates'
test_packages='g++ clang libclang-rt-14-dev check python3 iproute2 curl dnsmasq-base
	openssl nginx-light zstd gzip procps logrotate jq rsyslog
	python3-jsonschema caddy chromium ngtcp2-client knot knot-dnsutils'

# Only what is missing, so that a machine that has all needs no network.
install_packages() {
	missing=
	for package; do
		case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
		*' installed') ;;
		*) missing="$missing $package" ;;
		esac
	done
	[ -n "$missing" ] || return 0
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -q
	# shellcheck disable=SC2086
	apt-get install -qy --no-install-recommends \
		-o DPkg::Lock::Timeout=600 $missing
}

# configure FOLDER OPTION...: anew where it is there, so that a package that
# came since is found.
configure() {
	folder=$1
	shift
	if [ -f "$folder/build.ninja" ]; then
		# setup --reconfigure leaves base options as they were
		[ $# -eq 0 ] || meson configure "$folder" "$@"
		meson setup --reconfigure "$folder"
	else
		meson setup "$folder" "$@"
	fi
}

# build_trained FOLDER OPTION...: from a run GCC learns what is hot and what is
# cold, which is worth 10 % of the CPU and more (tests/bench/README.md).
build_trained() {
	folder=$1
	shift
	case ${CC:-cc} in
	*clang*)
		configure "$folder" -Db_pgo=off "$@"
		ninja -C "$folder"
		return
		;;
	esac
	configure "$folder" -Db_pgo=generate "$@"
	ninja -C "$folder" src/app/wirecert
	if ! sh tests/bench/train.sh "$folder" >"$folder/training.log" 2>&1
	then
		cat "$folder/training.log"
		return 1
	fi
	configure "$folder" -Db_pgo=use "$@"
	ninja -C "$folder"
}

# run_tests FOLDER NAME MESON-TEST-OPTION...: results go to results.txt. Time
# limits are for what hangs, not for a machine that does something else, too;
# of the suites that depend on time what failed is repeated once, alone, and
# told: it may lose once to a machine that pauses, never twice.
run_tests() {
	folder=$1 name=$2 status=0
	shift 2
	echo "== $name"
	meson test -C "$folder" --no-rebuild --num-processes 2 \
		--timeout-multiplier 4 --print-errorlogs "$@" \
		>"$folder/test.log" 2>&1 || status=$?
	rm -f "$folder"/meson-logs/again.*
	failed=$(python3 tests/summary.py --failed "$folder")
	if [ "$status" -ne 0 ] && [ -n "$failed" ]; then
		status=0
		# shellcheck disable=SC2086
		meson test -C "$folder" --no-rebuild --num-processes 1 \
			--timeout-multiplier 4 --print-errorlogs \
			--logbase again $failed >>"$folder/test.log" 2>&1 || status=$?
	fi
	python3 tests/summary.py "$name" "$folder" "$status" >>build/results.txt
	tail -n 1 build/results.txt
	if [ "$status" -ne 0 ]; then
		grep -aE '(FAIL|ERROR|TIMEOUT) ' "$folder/test.log" || :
		grep -a -A 12 '^not ok' "$folder/test.log" | head -n 200 || :
	fi
}

step_test() {
	build_trained build -Dwerror=true -Dtests=enabled
	: >build/results.txt
	run_tests build 'gcc, release'
	export CC=clang ASAN_OPTIONS=detect_leaks=1 CK_FORK=no
	export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
	configure build-asan -Dbuildtype=debugoptimized -Db_lundef=false \
		-Db_lto=false -Db_sanitize=address,undefined \
		-Dwerror=true -Dtests=enabled
	ninja -C build-asan
	run_tests build-asan 'clang, ASan and UBSan' --no-suite lint \
		--no-suite live --no-suite sink --no-suite api --no-suite shape --no-suite schema
	python3 tests/summary.py --total build/results.txt
}

step_build() {
	build_trained build
}

# The lists are words to be split.
step_packages() {
	# shellcheck disable=SC2086
	install_packages $build_packages
}

step_test_packages() {
	# shellcheck disable=SC2086
	install_packages $build_packages $test_packages
}

[ $# -gt 0 ] || set -- help
for step; do
	case $step in
	packages) step_packages ;;
	build) step_build ;;
	test-packages) step_test_packages ;;
	test) step_test ;;
	*)
		sed -n '2,6s/^# \{0,1\}//p' "$0"
		exit 2
		;;
	esac
done
