/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** The CUDA backend. */
module io.github.influence4j.cuda {
  requires io.github.influence4j.api;
  requires static org.jspecify;
  requires org.bytedeco.cuda;

  // Hold only native libraries, which nothing else would put on the module path.
  requires org.bytedeco.cuda.linux.x86_64;
  requires org.bytedeco.javacpp.linux.x86_64;

  provides io.github.influence4j.spi.BackendProvider with
      io.github.influence4j.cuda.CudaBackendProvider;
}
