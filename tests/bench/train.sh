#!/bin/sh
# train.sh FOLDER: the program built in FOLDER, with b_pgo=generate, reads
# typical traffic and all shipped captures; GCC's profile stays in FOLDER.
set -eu
cd "$(dirname "$0")/../.."
folder=$1
program=$folder/src/app/wirecert
maker=$folder/trace_make
trace=$folder/training.pcap

cc -O1 -std=gnu17 -D_GNU_SOURCE -o "$maker" tests/bench/trace_*.c -lcrypto
find "$folder" -name '*.gcda' -delete
for kind in 'handshakes -n 300' 'mixed -s 6' 'quic -n 150'; do
	# shellcheck disable=SC2086
	"$maker" -t tests/bench/training ${kind#* } "${kind%% *}" "$trace"
	for workers in 1 2; do
		"$program" -t tests/bench/training/root.pem -o /dev/null \
			-w "$workers" -r "$trace"
	done
done
"$program" -o /dev/null -r pcaps
rm "$trace"
