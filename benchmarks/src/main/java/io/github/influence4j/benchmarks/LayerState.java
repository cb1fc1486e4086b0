/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;
import java.util.ServiceLoader;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One backend and one layer on it. */
@State(Scope.Benchmark)
public class LayerState {
  /** The backend: ours, or its naive twin {@code reference}, which takes minutes a large layer. */
  @Param("cpu")
  public String backendName = "cpu";

  /** Outputs x inputs x rows of an example x examples. */
  @Param({
    "512x128x256x64",
    "768x768x256x64",
    "3072x768x256x64",
    "2304x768x256x64",
    "256x64+1x1x1437",
    "128x256+1x1x1437",
    "10x128+1x1x1437"
  })
  public String shape = "512x128x256x64";

  /** Threads of the backend. */
  @Param("2")
  public int threads = 2;

  Layer layer;
  double peak = Double.NaN;

  /** Makes the data. */
  @Setup(Level.Trial)
  public void setUp() {
    layer = new Layer(create(backendName, threads), shape);
  }

  /** Measures what the machine's GEMM does now. */
  @Setup(Level.Trial)
  public void measurePeak() {
    peak = GemmPeak.measure(Precision.F32, threads);
  }

  static ComputeBackend create(String name, int threads) {
    return ServiceLoader.load(BackendProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No backend " + name))
        .create(BackendOptions.of(Precision.F32, threads));
  }

  /** Frees everything. */
  @TearDown(Level.Trial)
  public void tearDown() {
    layer.close();
    layer.backend.close();
  }
}
