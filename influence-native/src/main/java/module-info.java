/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** The CPU backend: C++ kernels over OpenBLAS. */
module io.github.influence4j.cpu {
  requires io.github.influence4j.api;
  requires static org.jspecify;
  requires org.bytedeco.openblas;

  // Holds only native libraries, which nothing else would put on the module path.
  requires org.bytedeco.javacpp.linux.x86_64;
  requires org.bytedeco.openblas.linux.x86_64;

  provides io.github.influence4j.spi.BackendProvider with
      io.github.influence4j.cpu.CpuBackendProvider;
}
