/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.LayerSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Gradients that were captured anywhere, in Python or in another JVM, and handed over in one
 * safetensors file: {@code train.act.L}, {@code train.grad.L}, {@code query.act.L}, {@code
 * query.grad.L} for each layer L; docs/captured-format.md tells the rest.
 *
 * <pre>{@code
 * try (CapturedGradients captures = CapturedGradients.open(Path.of("captures.safetensors"));
 *     Influence influence = Influence.builder().layers(captures.layers()).build()) {
 *   FittedCurvature curvature = influence.fit(captures.curvature());
 *   InfluenceScores scores = influence.score(
 *       curvature, captures.queries().orElseThrow(), captures.training(), ScoreOptions.topK(10));
 * }
 * }</pre>
 *
 * <p>Opening reads and checks everything, down to the last number, so that a run does not fail
 * after hours; the text of an error names the tensor, what was expected and the fix. Afterwards the
 * file is read batch by batch at each replay, so it may be larger than the memory. Do not write to
 * it meanwhile.
 *
 * <p>Instances may be shared between threads.
 */
public final class CapturedGradients implements AutoCloseable {
  private final Safetensors file;
  private final CaptureNames names;
  private final LinearLayers linear;
  private final List<LayerSpec> layers;
  private final CapturedExamples training;
  private final CapturedExamples curvature;
  private final Optional<CapturedExamples> queries;

  private CapturedGradients(Safetensors file, CaptureOptions options) {
    this.file = file;
    TiedLayers tied = options.tied().orElse(file.metadata().get("tied"));
    names = new CaptureNames(file.names(), options.pseudoGradients(), tied);
    linear = options.linear().orElse(file.metadata());
    layers = CaptureLayers.read(file, names, linear, tied, options);
    training = examples(CaptureSide.TRAIN, CaptureKind.GRAD);
    curvature =
        options.pseudoGradients() ? examples(CaptureSide.TRAIN, CaptureKind.PSEUDOGRAD) : training;
    queries =
        names.hasQueries()
            ? Optional.of(examples(CaptureSide.QUERY, CaptureKind.GRAD))
            : Optional.empty();
  }

  private CapturedExamples examples(CaptureSide side, CaptureKind gradient) {
    return new CapturedExamples(file, names, linear, layers, side, gradient);
  }

  /**
   * Opens captures of linear layers with a bias; where tensors have three dimensions, the file's
   * metadata must say what they are.
   *
   * @param file a regular file of any size
   * @return the open captures
   * @throws IllegalArgumentException if a tensor is missing, or has a shape, type or number that it
   *     should not have
   * @throws IOException if the file cannot be read, or is no safetensors file
   */
  public static CapturedGradients open(Path file) throws IOException {
    return open(file, CaptureOptions.defaults());
  }

  /**
   * Opens captures.
   *
   * @param file a regular file of any size
   * @param options what the file does not tell
   * @return the open captures
   * @throws IllegalArgumentException if a tensor is missing, or has a shape, type or number that it
   *     should not have, or the options name layers that are not there
   * @throws IOException if the file cannot be read, or is no safetensors file
   */
  public static CapturedGradients open(Path file, CaptureOptions options) throws IOException {
    Safetensors opened = Safetensors.open(file);
    try {
      return new CapturedGradients(opened, options);
    } catch (RuntimeException | Error e) {
      try {
        opened.close();
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  /**
   * What the library must know about the layers.
   *
   * @return in natural order of their names: {@code block.2} before {@code block.10}
   */
  public List<LayerSpec> layers() {
    return layers;
  }

  /**
   * The training examples, with the gradients of their own labels.
   *
   * @return a source, to be scored
   */
  public CapturedExamples training() {
    return training;
  }

  /**
   * What the curvature is fitted to: the training examples with gradients of sampled labels, where
   * the options say so, else {@link #training}, which makes the empirical Fisher.
   *
   * @return a source, to be fitted
   */
  public CapturedExamples curvature() {
    return curvature;
  }

  /**
   * The queries.
   *
   * @return a source, empty if the file has none and so serves self-influence only
   */
  public Optional<CapturedExamples> queries() {
    return queries;
  }

  /**
   * Tensors of the file that are not used.
   *
   * @return their names in the order of the file
   */
  public List<String> unused() {
    return names.unused();
  }

  /**
   * Closes the file; sources can then be replayed no more. Closing again does nothing.
   *
   * @throws IOException if the operating system reports an error
   */
  @Override
  public void close() throws IOException {
    file.close();
  }
}
