/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

import io.github.influence4j.capture.LayerSpec;
import java.util.List;

/**
 * An approximate Gauss-Newton Hessian G of the training loss, one independent block a layer. In
 * units of one example: the mean over examples of the curvature of the loss summed over an
 * example's rows.
 *
 * <p>A layer's gradients are matrices [P, M], row-major: outputs by inputs, the bias in the last
 * column.
 */
public interface HessianApproximation {
  /**
   * The structure.
   *
   * @return the strategy
   */
  CurvatureStrategy strategy();

  /**
   * The layers, in the order of the model.
   *
   * @return an immutable list
   */
  List<LayerSpec> layers();

  /**
   * The eigenvalues of a layer's block.
   *
   * @param layer its name
   * @return [P, M] row-major; of IDENTITY all ones. Of DIAGONAL in the basis of the weights, else
   *     in the eigenbasis. KFAC's are products of eigenvalues per row, the others are per example
   */
  double[] eigenvalues(String layer);

  /**
   * The λ that a damping means for a layer.
   *
   * @param layer its name
   * @param damping relative or absolute
   * @return λ, in the units of the eigenvalues; 0 for IDENTITY and for a layer whose gradients were
   *     all 0
   */
  double lambda(String layer, Damping damping);

  /**
   * The inverse-Hessian-vector product {@code (G + λI)⁻¹ v}, in float64: {@code Q_S [(Q_Sᵀ V Q_A) ⊘
   * (Λ + λ)] Q_Aᵀ} (Grosse et al. 2023, equation 20, with its transposes put right). Meant for one
   * vector at a time; scoring does the same for many on a backend. Cost: 4PM(P+M) operations.
   *
   * @param layer its name
   * @param vector [P, M] row-major
   * @param damping relative or absolute; IDENTITY ignores it
   * @return [P, M] row-major; all zeros for a layer whose gradients were all 0
   * @throws IllegalArgumentException if the vector has another length or an element that is NaN or
   *     infinite
   */
  double[] inverseVectorProduct(String layer, double[] vector, Damping damping);
}
