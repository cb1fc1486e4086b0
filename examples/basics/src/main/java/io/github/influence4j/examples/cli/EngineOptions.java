/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.cli;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of all examples: how influence is computed. */
public final class EngineOptions {
  @Option(
      names = "--strategy",
      paramLabel = "NAME",
      defaultValue = "ekfac",
      description = "identity, diagonal, kfac or ekfac (default: ekfac).")
  private CurvatureStrategy.Kind strategy = CurvatureStrategy.Kind.EKFAC;

  @Option(
      names = "--blocks",
      paramLabel = "O",
      defaultValue = "1",
      description = "Diagonal blocks of the covariances in kfac and ekfac (default: 1).")
  private int blocks = 1;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      defaultValue = "f32",
      description = "f32 or f64 (default: f32).")
  private Precision precision = Precision.F32;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description =
          "cpu, reference, or cuda with influence-cuda on the class path (default: the best).")
  private @Nullable String backend;

  @Option(
      names = "--device",
      paramLabel = "N",
      split = ",",
      description =
          "GPU of backend cuda, or several such as 0,1; needs influence-cuda on the class path.")
  private int[] devices = {};

  @Option(
      names = "--max-memory",
      paramLabel = "SIZE",
      converter = MemorySize.class,
      description =
          "Memory of the computation, such as 800m or 4g, without Java's heap and the model; what"
              + " does not fit takes more passes (default: what the machine has room for).")
  private @Nullable Long maxMemory;

  /**
   * Everything, for some layers.
   *
   * @param layers the tracked layers
   * @return an engine to close
   */
  public Influence build(List<LayerSpec> layers) {
    return builder(layers).build();
  }

  /**
   * Everything, to be added to.
   *
   * @param layers the tracked layers
   * @return not yet built
   */
  public Influence.Builder builder(List<LayerSpec> layers) {
    Influence.Builder builder =
        Influence.builder()
            .layers(layers)
            .strategy(strategy())
            .precision(precision)
            .backend(backend)
            .devices(devices);
    return maxMemory == null ? builder : builder.maxMemory(maxMemory);
  }

  /**
   * How the Hessian is approximated.
   *
   * @return the structure
   */
  public CurvatureStrategy strategy() {
    return new CurvatureStrategy(strategy, blocks);
  }

  /**
   * Of the computation.
   *
   * @return F32 or F64
   */
  public Precision precision() {
    return precision;
  }

  /**
   * As on the command line.
   *
   * @return a word or two to print
   */
  public String strategyName() {
    return blocks == 1 ? strategy.toString() : strategy + " in " + blocks + " blocks";
  }
}
