/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The proximal Bregman response: what influence functions approximate (Bae et al. 2022, "If
 * Influence Functions are the Answer, Then What is the Question?"). With
 *
 * <pre>{@code
 * θ(ε) = argmin_θ (1/N) Σ_i D(h(θ,x_i), h(θˢ,x_i)) + ε L(z_m,θ) + (λ/2) ‖θ−θˢ‖²
 * }</pre>
 *
 * the response of a query's measurement f to training example m is {@code (f(θ(ε)) − f(θ(−ε))) /
 * 2ε}. For small ε it is {@code −∇fᵀ (G+λI)⁻¹ ∇L(z_m)}, a score with absolute damping λ, without
 * approximation of G; for a larger ε it says what a real step does.
 *
 * <pre>{@code
 * double[][] truth = ProximalBregmanResponse.of(model, 0.1).responses(0, 1, 2);
 * }</pre>
 *
 * <p>Each example costs two minimisations over the whole training set. Immutable.
 */
public final class ProximalBregmanResponse {
  /** ε‖∇L‖: small enough for the derivative, large enough for float64. */
  private static final double PUSH = 1e-4;

  /** Of the damping: the most that ε may be, so that ε times the loss stays less curved. */
  private static final double SHARE_OF_DAMPING = 1e-2;

  /** Of float64: what a gradient's norm cannot fall below for certain. */
  private static final double ROUNDING = 1e-14;

  /** Norm of the gradient at the minimum, beside that at the start. */
  private static final double RELATIVE_TOLERANCE = 1e-7;

  private static final int MOST_STEPS = 10_000;

  private final ProximalModel model;
  private final double damping;
  private final @Nullable Double epsilon;
  private final Minimizer minimizer;

  private ProximalBregmanResponse(
      ProximalModel model, double damping, @Nullable Double epsilon, Minimizer minimizer) {
    if (!(damping > 0 && damping < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("damping must be positive, got " + damping);
    }
    if (epsilon != null && !(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("epsilon must be positive, got " + epsilon);
    }
    this.model = model;
    this.damping = damping;
    this.epsilon = epsilon;
    this.minimizer = minimizer;
  }

  /**
   * With L-BFGS, and for each example an ε with which its gradient becomes 1e-4 long, or a
   * hundredth of the damping if that is less.
   *
   * @param model trained
   * @param damping λ of the scores to compare with; positive
   * @return the response
   * @throws IllegalArgumentException if the damping is not positive
   */
  public static ProximalBregmanResponse of(ProximalModel model, double damping) {
    return new ProximalBregmanResponse(model, damping, null, new LimitedMemoryBfgs(MOST_STEPS));
  }

  /**
   * With the same ε for all examples.
   *
   * @param value positive; 1/N for one more copy of an example
   * @return a copy
   * @throws IllegalArgumentException if it is not positive
   */
  public ProximalBregmanResponse withEpsilon(double value) {
    return new ProximalBregmanResponse(model, damping, value, minimizer);
  }

  /**
   * With another minimiser.
   *
   * @param value used by several threads at a time
   * @return a copy
   */
  public ProximalBregmanResponse withMinimizer(Minimizer value) {
    return new ProximalBregmanResponse(model, damping, epsilon, value);
  }

  /**
   * Responses to some training examples, on all processors.
   *
   * @param examples their numbers
   * @return [queries, examples]
   * @throws ArithmeticException if the minimiser does not converge
   */
  public double[][] responses(int... examples) {
    double[][] columns;
    try {
      columns = IntStream.of(examples).parallel().mapToObj(this::response).toArray(double[][]::new);
    } catch (ArithmeticException e) { // a copy without text, if it comes from another thread
      throw e.getCause() instanceof ArithmeticException cause ? cause : e;
    }
    double[][] rows = new double[model.measurements(model.trained()).length][columns.length];
    for (int q = 0; q < rows.length; q++) {
      for (int e = 0; e < columns.length; e++) {
        rows[q][e] = columns[e][q];
      }
    }
    return rows;
  }

  /**
   * Of all queries to one example. The second minimum is sought at the mirror image of the first.
   */
  private double[] response(int example) {
    double[] trained = model.trained();
    double[] gradient = new double[trained.length];
    double loss = model.loss(example, trained, gradient);
    double norm = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
    if (norm == 0) {
      return new double[model.measurements(trained).length];
    }
    double weight = epsilon == null ? Math.min(PUSH / norm, SHARE_OF_DAMPING * damping) : epsilon;
    double tolerance = Math.max(RELATIVE_TOLERANCE * weight * norm, ROUNDING);
    double[] up = minimizer.minimize(objective(trained, example, weight, loss), trained, tolerance);
    double[] mirrored = new double[trained.length];
    Arrays.setAll(mirrored, i -> 2 * trained[i] - up[i]);
    double[] down =
        minimizer.minimize(objective(trained, example, -weight, loss), mirrored, tolerance);
    double[] more = model.measurements(up);
    double[] less = model.measurements(down);
    double[] out = new double[more.length];
    Arrays.setAll(out, q -> (more[q] - less[q]) / (2 * weight));
    return out;
  }

  /** Less ε times the loss of the trained model, so that small differences are not rounded off. */
  private Minimizer.Differentiable objective(
      double[] trained, int example, double weight, double loss) {
    return (parameters, gradient) -> {
      double[] ofLoss = new double[parameters.length];
      double value = weight * (model.loss(example, parameters, ofLoss) - loss);
      value += model.divergence(parameters, gradient);
      for (int i = 0; i < parameters.length; i++) {
        double moved = parameters[i] - trained[i];
        value += damping / 2 * moved * moved;
        gradient[i] += weight * ofLoss[i] + damping * moved;
      }
      return value;
    };
  }
}
