#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs on a machine with an NVIDIA GPU what elsewhere runs in emulation, then the sanitizers and the benchmarks, and
# writes benchmarks/results/gpu-<device>.md. See docs/gpu-acceptance.md.
#
# INFLUENCE4J_CUDA_TEST=standins rehearses the script without a GPU; it then writes to target/ only.
set -euo pipefail
cd "$(dirname "$0")/.."

mode=${INFLUENCE4J_CUDA_TEST:-real}
work=$PWD/influence-cuda/target/gpu-acceptance
mkdir -p "$work"

if [[ $mode == real ]]; then
  device=$(nvidia-smi --query-gpu=name --format=csv,noheader --id=0)
  driver=$(nvidia-smi --query-gpu=driver_version --format=csv,noheader --id=0)
  nvcc=$(nvcc --version | tail -1)
  sanitizer=(compute-sanitizer --error-exitcode 86 --target-processes all)
  results=$PWD/benchmarks/results
else
  device=rehearsal driver=none nvcc=none sanitizer=() results=$work
fi
mkdir -p "$results"
report=$results/gpu-$(tr -cs 'A-Za-z0-9\n' '-' <<<"$device" | tr 'A-Z' 'a-z').md

# One JVM at a time: tests of memory fill the device.
tests=(-Dtest.forks=1 -Dinfluence4j.cuda.test="$mode" -Dinfluence4j.test.requireBackend=cuda)

echo "== Tests of the CUDA module"
mvn -B -ntp verify -pl influence-cuda -am "${tests[@]}" | tee "$work/tests.log"
# Maven prints a line of counts for each group of tests.
counts=$(grep -E '^\[(INFO|WARNING)\] Tests run: [0-9]+, Failures: [0-9]+, Errors: [0-9]+, Skipped: [0-9]+$' "$work/tests.log" |
  awk -F'[:,]' '{ run += $2; failed += $4 + $6; skipped += $8 } END { print run " run, " failed " failed, " skipped " skipped" }')

echo "== Sanitizers"
mvn -B -ntp -q test-compile dependency:build-classpath -pl influence-cuda -am \
  -Dmdep.includeScope=test -Dmdep.outputFile="$work/classpath" "${tests[@]}"
classes=influence-cuda/target/test-classes:influence-cuda/target/classes
java=(java "${tests[@]}" -Dinfluence4j.cuda.standins="$PWD/influence-cuda/target/standins"
  -Dorg.bytedeco.javacpp.cachedir="$work/javacpp" -cp "$classes:$(cat "$work/classpath")"
  io.github.influence4j.cuda.SanitizedTests)
declare -A verdict
for tool in memcheck racecheck initcheck synccheck; do
  command=("${java[@]}")
  [[ ${#sanitizer[@]} -eq 0 ]] || command=("${sanitizer[@]}" --tool "$tool" "${java[@]}")
  if "${command[@]}" >"$work/$tool.log" 2>&1; then
    verdict[$tool]=clean
  else
    verdict[$tool]="FAILED, see $tool.log"
  fi
  echo "$tool: ${verdict[$tool]}"
done

echo "== Benchmarks"
mvn -B -ntp -q package -DskipTests -pl benchmarks -am
shapes=128x257x1x256,1024x1025x1x4096,4096x4097x512x8
[[ $mode == real ]] || shapes=4x5x1x2
backends=cpu
[[ $mode == real ]] && backends=cuda,cpu
java -jar benchmarks/target/benchmarks.jar -f 1 -wi 2 -i 5 -w 1 -r 2 \
  -p backendName="$backends" -p shape="$shapes" -rf text -rff "$work/jmh.txt" >"$work/jmh.log"

{
  echo "<!-- SPDX-License-Identifier: Apache-2.0 -->"
  echo "# $device"
  echo
  echo "Written by influence-cuda/gpu-acceptance.sh on $(date -u +%Y-%m-%d), commit $(git rev-parse --short HEAD)."
  echo
  echo "Driver $driver; $nvcc; $(java -version 2>&1 | head -1); mode $mode."
  echo
  echo "| check | result |"
  echo "|---|---|"
  echo "| tests of influence-api and influence-cuda | $counts |"
  for tool in memcheck racecheck initcheck synccheck; do
    echo "| compute-sanitizer $tool | ${verdict[$tool]} |"
  done
  echo
  echo '```'
  cat "$work/jmh.txt"
  echo '```'
} >"$report"
echo "Written: $report"
for tool in "${!verdict[@]}"; do
  [[ ${verdict[$tool]} == clean ]] || exit 1
done
