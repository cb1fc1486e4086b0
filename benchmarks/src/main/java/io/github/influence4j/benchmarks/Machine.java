/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

/**
 * What a machine sustains.
 *
 * @param gemm32 operations a second in float32
 * @param gemm64 operations a second in float64, for eigendecompositions
 * @param model operations a second of the model's own passes
 * @param bandwidth bytes a second of its memory; infinite where arithmetic alone is counted
 */
record Machine(double gemm32, double gemm64, double model, double bandwidth) {
  /** H100 SXM, NVIDIA's data sheet: dense peaks in operations a second. */
  static final double H100_FP32 = 67e12;

  static final double H100_FP64_TENSOR = 67e12;
  static final double H100_BF16_TENSOR = 989e12;

  /** Bytes a second. */
  static final double H100_BANDWIDTH = 3.35e12;

  /** A CPU, by the GEMM rates that were measured on it. */
  static Machine cpu(double gemm32, double gemm64) {
    return new Machine(gemm32, gemm64, gemm32, Double.POSITIVE_INFINITY);
  }

  /** An H100 on paper, that sustains a share of every published figure. */
  static Machine h100(double share) {
    return new Machine(
        share * H100_FP32,
        share * H100_FP64_TENSOR,
        share * H100_BF16_TENSOR,
        share * H100_BANDWIDTH);
  }

  /** The longer of computing and of moving. */
  double seconds(ScalingEstimate.Stage stage) {
    double rate =
        switch (stage.kind()) {
          case FLOAT32 -> gemm32;
          case FLOAT64 -> gemm64;
          case MODEL -> model;
        };
    return Math.max(stage.operations() / rate, stage.bytesMoved() / bandwidth);
  }
}
