/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import io.github.influence4j.capture.LayerSpec;
import java.util.List;

/**
 * Products of a model's Gauss-Newton Hessian with many vectors at once, as the model's owner
 * computes them. Of example e the Hessian is {@code G_e = Jᵀ H J}: J the Jacobian of the outputs by
 * the tracked weights, H the Hessian of the loss, summed over the example's rows, by the outputs
 * ({@code diag(p) - p pᵀ} for softmax and cross-entropy, I for half squared errors).
 *
 * <pre>{@code
 * public void addProducts(long[] examples, double[][] vectors, double[][] products) {
 *   Pass pass = model.forward(examples);                  // once for all vectors
 *   for (int i = 0; i < vectors.length; i++) {
 *     Tensor tangent = pass.jacobianTimes(vectors[i]);    // forward mode, or two backward passes
 *     add(pass.backward(pass.lossCurvature(tangent)), products[i]);
 *   }
 * }
 * }</pre>
 *
 * <p>A vector holds one number a weight: layer after layer, each [P, M] row-major (outputs by
 * inputs, the bias in the last column), as {@link ParameterLayout} says. Sums over examples, never
 * means: solvers divide. {@link FeedForwardOperator} is one for multilayer perceptrons.
 */
public interface GaussNewtonOperator {
  /**
   * The tracked layers.
   *
   * @return in the order of the model
   */
  List<LayerSpec> layers();

  /**
   * Number of training examples.
   *
   * @return N, at least 1; examples are numbered from 0 to N - 1
   */
  long examples();

  /**
   * Adds {@code Σ G_e v} over some examples to the product of every vector. The same arguments must
   * give the same bits. A solver asks for few examples at a time ({@link
   * DampedSystem#withExamplesAtOnce}).
   *
   * @param examples their numbers, each once
   * @param vectors [vectors][weights], not to be changed
   * @param products [vectors][weights], to be added to
   */
  void addProducts(long[] examples, double[][] vectors, double[][] products);
}
