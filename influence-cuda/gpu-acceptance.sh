#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds what runs the tests of the CUDA backend, the sanitizers and the benchmarks on a machine with an NVIDIA GPU, then
# either runs it here and writes benchmarks/results/gpu-<device>.md, or packs it for another machine:
#
#   gpu-acceptance.sh [--peer FILE] [--bundle FILE]
#
# FILE of --peer is the script bench_torch.py that times PyTorch; FILE of --bundle the archive to write, a .tar.gz.
# See docs/gpu-acceptance.md. INFLUENCE4J_CUDA_TEST=standins rehearses a run here without a GPU; it then writes to target/.
set -euo pipefail

usage() {
  sed -n '3,9s/^# \{0,1\}//p' "$0" >&2
  exit 2
}
bundle='' peer=''
while [[ $# -gt 0 ]]; do
  [[ $# -ge 2 ]] || usage
  case $1 in
    --bundle) bundle=$(realpath "$2") ;;
    --peer) peer=$(realpath -e "$2") ;;
    *) usage ;;
  esac
  shift 2
done
cd "$(dirname "$0")/.."

most=$((60 << 20)) # bytes of the archive
work=$PWD/influence-cuda/target/gpu-acceptance
folder=$work/influence4j-gpu-acceptance
classes=io/github/influence4j/cuda
rm -rf "$folder"
mkdir -p "$folder"/lib/tests "$folder"/lib/benchmarks "$work/natives"

echo "== Building"
mvn -B -ntp -q package dependency:build-classpath -DskipTests -Djacoco.skip -pl influence-cuda -am \
  -Dmdep.includeScope=test -Dmdep.outputFile="$work/classpath"
mvn -B -ntp -q package -DskipTests -Djacoco.skip -pl benchmarks -am

# What both need goes to lib, the rest beside it.
jar=(influence-cuda/target/influence-cuda-[0-9]*.jar)
for file in "${jar[@]}"; do
  [[ $file == *-sources.jar || $file == *-javadoc.jar || $file == *-tests.jar ]] || cp "$file" "$folder/lib"
done
jar --list --file "$folder"/lib/influence-cuda-*.jar | grep -q libinfluence_cuda.so ||
  { echo "influence-cuda was built without kernels: no nvcc was found, see docs/cuda-kernels.md" >&2 && exit 1; }
while IFS= read -r -d : file; do
  case $file in
    *-linux-x86_64.jar) ;; # of which few libraries are used
    *-tests.jar | */org/junit/* | */org/assertj/* | */org/opentest4j/* | */org/apiguardian/* | */net/bytebuddy/*)
      cp "$file" "$folder/lib/tests" ;;
    */com/tngtech/* | */org/slf4j/*) ;; # for ArchitectureTest
    *) cp "$file" "$folder/lib" ;;
  esac
done < <(cat "$work/classpath" && echo :)
jar --create --file "$folder/lib/tests/influence-cuda-tests.jar" -C influence-cuda/target/test-classes .
for file in benchmarks/target/benchmarks.jar benchmarks/target/lib/*.jar; do
  [[ $file == *-linux-x86_64.jar || $file == *-tests.jar || -e $folder/lib/${file##*/} ]] ||
    cp "$file" "$folder/lib/benchmarks"
done

# JavaCPP's libraries.
natives() { # FOLDER-OF-THE-BUNDLE JAR LIBRARY...
  local to=$1 from package
  from=$(realpath -e "$2")
  shift 2
  package=$(jar --list --file "$from" | grep -m 1 -E '^org/bytedeco/.*/linux-x86_64/.*\.so')
  rm -rf "$work/natives"
  mkdir -p "$work/natives"
  (cd "$work/natives" && jar --extract --file "$from" "${@/#/${package%/*}/}")
  jar --create --file "$folder/$to/$(basename "$from")" -C "$work/natives" .
}
named() { tr : '\n' <"$work/classpath" | grep -E "/$1-[^/]*-linux-x86_64.jar$"; }
natives lib "$(named javacpp)" libjnijavacpp.so
natives lib "$(named cuda)" libjnicudart.so libjnicublas.so libjnicusparse.so libjnicusolver.so
natives lib/benchmarks benchmarks/target/lib/openblas-*-linux-x86_64.jar \
  libopenblas.so.0 libjniopenblas.so libjniopenblas_nolapack.so libgfortran.so.5 libquadmath.so.0 libgcc_s.so.1

# All but tests of the source tree and of what stand-ins answer.
(cd influence-cuda/target/test-classes/$classes && printf '%s\n' *Test.class) | sed 's/\.class$//' |
  grep -vxE 'ArchitectureTest|MainJarTest|SortedJniTest|StandInCoverageTest|UnavailableTest|DriverAnswerTest' \
    >"$folder/tests"

java_home=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')
"$java_home/bin/jlink" --output "$folder/runtime" --strip-java-debug-attributes --no-header-files --no-man-pages \
  --compress=2 \
  --add-modules java.base,java.instrument,java.logging,java.management,jdk.jfr,jdk.management,jdk.unsupported
cp influence-cuda/src/acceptance/run "$folder"
[[ -z $peer ]] || cp "$peer" "$folder/bench_torch.py"
git describe --always --dirty >"$folder/commit"

if [[ -n $bundle ]]; then
  tar -C "$work" --owner=0 --group=0 --sort=name -czf "$bundle" "${folder##*/}"
  bytes=$(stat -c %s "$bundle")
  glibc=$(find "$folder/runtime" -type f \( -name '*.so' -o -name java \) -exec objdump -T {} + |
    grep -oE 'GLIBC_2\.[0-9]+' | sort -uV | tail -1)
  echo "Written: $bundle, $(((bytes + (1 << 20) - 1) >> 20)) MiB; its runtime asks for $glibc"
  [[ $bytes -le $most ]] || { echo "That is more than $((most >> 20)) MiB" >&2 && exit 1; }
  exit
fi

export INFLUENCE4J_CUDA_STANDINS=''
if [[ ${INFLUENCE4J_CUDA_TEST:-real} != real ]]; then
  mvn -B -ntp -q process-test-classes -Djacoco.skip -pl influence-cuda -am
  INFLUENCE4J_CUDA_STANDINS=$PWD/influence-cuda/target/standins
fi
"$folder/run" everything && code=0 || code=$?
if [[ ${INFLUENCE4J_CUDA_TEST:-real} == real ]]; then
  device=$(sed -n 's/^# //p;T;q' "$folder/results/summary.md")
  report=benchmarks/results/gpu-$(tr -cs 'A-Za-z0-9\n' '-' <<<"$device" | tr 'A-Z' 'a-z').md
  cp "$folder/results/summary.md" "$report"
  echo "Written: $report"
fi
exit "$code"
