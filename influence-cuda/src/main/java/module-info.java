/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** The CUDA backend. */
module io.github.influence4j.cuda {
  requires io.github.influence4j.api;
  requires org.bytedeco.javacpp;

  provides io.github.influence4j.spi.BackendProvider with
      io.github.influence4j.cuda.CudaBackendProvider;
}
