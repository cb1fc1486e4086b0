/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.internal.rows.ModelLayers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Keeps a fitted curvature in one safetensors file, so that it is fitted once and scored with
 * often. What is loaded equals what was saved bit for bit, and so do the scores.
 *
 * <pre>{@code
 * FactorStore.save(Path.of("factors.safetensors"), curvature);
 * FittedCurvature again = FactorStore.load(Path.of("factors.safetensors"), layers);
 * }</pre>
 *
 * <p>For a layer L with P outputs and M inputs (the bias, if any, is the last) the file holds, as
 * the strategy needs them and named as kronfluence names its own:
 *
 * <table>
 * <caption>Tensors of a layer</caption>
 * <tr><th>name</th><th>type, shape</th><th>content</th></tr>
 * <tr><td>{@code activation_covariance.L}, {@code gradient_covariance.L}</td>
 * <td>F64 [M, M], [P, P]</td><td>sums over rows, not divided by their number</td></tr>
 * <tr><td>{@code num_activation_covariance_processed.L}, {@code
 * num_gradient_covariance_processed.L}</td><td>I64 [1]</td><td>rows</td></tr>
 * <tr><td>{@code num_covariance_examples.L}</td><td>I64 [1]</td><td>examples those rows belong
 * to</td></tr>
 * <tr><td>{@code activation_eigenvalues.L}, {@code gradient_eigenvalues.L}</td><td>F64 [M],
 * [P]</td><td>of the mean over rows, ascending</td></tr>
 * <tr><td>{@code activation_eigenvectors.L}, {@code gradient_eigenvectors.L}</td><td>F32 or F64
 * [M, M], [P, P]</td><td>in columns</td></tr>
 * <tr><td>{@code lambda_matrix.L}</td><td>F64 [P, M]</td><td>sum over examples of the squared
 * gradients, in the eigenbasis for EKFAC; groups on top of each other</td></tr>
 * <tr><td>{@code num_lambda_processed.L}</td><td>I64 [1]</td><td>examples in that sum</td></tr>
 * </table>
 *
 * <p>Covariances, eigenvalues and eigenvectors of a grouped convolution have {@code .group0},
 * {@code .group1}, ... after the layer's name, and those of a side that is split into several
 * blocks have {@code .block0}, {@code .block1}, ... after that: {@code
 * activation_covariance.L.group0.block1}. A layer that shares the input of another has no
 * activation tensors; the other's serve both.
 *
 * <p>The metadata in the header name the format ({@code influence4j.format}), the version of the
 * library, the strategy with its blocks, each layer with its sizes, and the CRC-32C of each tensor
 * ({@code influence4j.crc32c.lambda_matrix.L}) and of the header itself ({@code
 * influence4j.crc32c}).
 */
public final class FactorStore {
  private FactorStore() {}

  /**
   * Saves a curvature. The file appears complete or not at all, see {@link
   * SafetensorsWriter#write}.
   *
   * @param file created or replaced; its folder must exist
   * @param curvature of any strategy
   * @throws IOException if writing fails; a file that was there before is unchanged
   * @throws IllegalArgumentException if the curvature holds numbers that no fit leaves, such as
   *     NaN; nothing is written
   */
  public static void save(Path file, FittedCurvature curvature) throws IOException {
    new FactorSaver(curvature).save(file);
  }

  /**
   * Loads a curvature into private memory, which no later change of the file reaches: direct memory
   * of the size of the file, whose limit is the heap's unless {@code -XX:MaxDirectMemorySize} sets
   * it. Everything is compared with its checksum, and every number with what a fit can leave:
   * finite, symmetric covariances, eigenvalues and squares that are not negative, orthonormal
   * eigenvectors.
   *
   * @param file written by {@link #save}
   * @param layers the model's layers, in the order wanted; they must be those of the fit
   * @return the curvature, which needs no closing
   * @throws InvalidSafetensorsException if the file is damaged, holds no factors, was written in
   *     another format, or holds values that no fit leaves; the text names the tensor and the
   *     remedy
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if the factors belong to another model; the text names the
   *     layer and the difference
   */
  public static FittedCurvature load(Path file, List<LayerSpec> layers) throws IOException {
    List<LayerSpec> model = ModelLayers.checked(layers);
    try (Safetensors tensors = Safetensors.open(file)) {
      FactorMetadata metadata = new FactorMetadata(tensors);
      metadata.requireFormat();
      VerifiedTensors checksums = new VerifiedTensors(tensors);
      checksums.verifyHeader();
      CurvatureStrategy strategy = metadata.strategy();
      metadata.requireModel(model);
      return new FactorLoader(tensors, checksums, strategy, model).load();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
