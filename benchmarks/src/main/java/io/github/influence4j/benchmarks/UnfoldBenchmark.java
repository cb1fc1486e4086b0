/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Unfolder;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Rows of a layer as in a ResNet: 64 to 64 channels, kernel 3 x 3, 32 images of 32 x 32. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
public class UnfoldBenchmark {
  private static final Conv2d LAYER = Conv2d.of(64, 64, 3).withPadding(1);
  private static final Conv2d OUTPUT = Conv2d.of(64, 64, 1);

  /** Ours, and the naive twin, which moves element by element in Java. */
  @Param({"cpu", "reference"})
  public String backendName = "cpu";

  /** Threads of the backend. */
  @Param("2")
  public int threads = 2;

  private ComputeBackend backend;
  private Unfolder activations;
  private Unfolder gradients;
  private TensorView images;

  /** Makes the data. */
  @Setup
  public void setUp() {
    backend = LayerState.create(backendName, threads);
    activations = backend.unfolder();
    gradients = backend.unfolder();
    images = TensorView.allocate(ElementType.F32, 32, 64, 32, 32);
    Random random = new Random(1);
    for (int i = 0; i < images.elements(); i++) {
      images.set(i, random.nextGaussian());
    }
  }

  /** Both sides of a batch. */
  @Benchmark
  public int batch() {
    return activations.unfold(LAYER, images).elements()
        + gradients.unfold(OUTPUT, images).elements();
  }

  /** Frees everything. */
  @TearDown
  public void tearDown() {
    activations.close();
    gradients.close();
    backend.close();
  }
}
