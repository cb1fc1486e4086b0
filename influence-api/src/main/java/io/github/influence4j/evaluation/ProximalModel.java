/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

/**
 * A trained model as the proximal Bregman objective sees it. Called by several threads at a time;
 * parameters are one flat list. Gradients that are handed in are overwritten.
 */
public interface ProximalModel {
  /**
   * What the model was trained to.
   *
   * @return θˢ, [parameters]; a copy
   */
  double[] trained();

  /**
   * How far the model's outputs on the training set are from what they were: {@code (1/N) Σ_i
   * D(h(θ, x_i), h(θˢ, x_i))}. For softmax and cross-entropy D is {@code KL(p_θˢ ‖ p_θ)}, for
   * {@code ½(f−y)²} it is {@code ½(f−fˢ)²}.
   *
   * @param parameters θ
   * @param gradient of the value at θ, [parameters]
   * @return the value; 0 at θˢ
   */
  double divergence(double[] parameters, double[] gradient);

  /**
   * The loss of one training example.
   *
   * @param example its number
   * @param parameters θ
   * @param gradient of the loss at θ, [parameters]
   * @return the loss
   */
  double loss(int example, double[] parameters, double[] gradient);

  /**
   * What scores are about, larger where positive scores say so: log-likelihoods, or minus losses.
   *
   * @param parameters θ
   * @return [queries]
   */
  double[] measurements(double[] parameters);
}
