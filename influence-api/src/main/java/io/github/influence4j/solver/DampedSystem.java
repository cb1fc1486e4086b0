/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy.Kind;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.LayerFactors;
import io.github.influence4j.internal.rows.ModelLayers;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The linear system {@code (G + λI) x = v}: G the mean over examples of {@link
 * GaussNewtonOperator}, λ one number a layer. In the units of {@link FittedCurvature}, so that
 * solutions can stand beside EK-FAC's.
 */
public final class DampedSystem {
  private static final int EXAMPLES_AT_ONCE = 256;

  private final GaussNewtonOperator operator;
  private final ParameterLayout layout;
  private final double[] lambdas;
  private final int examplesAtOnce;
  private final BooleanSupplier cancelled;

  private DampedSystem(
      GaussNewtonOperator operator,
      double[] lambdas,
      int examplesAtOnce,
      BooleanSupplier cancelled) {
    this.operator = operator;
    this.layout = ParameterLayout.of(operator.layers());
    this.lambdas = lambdas;
    this.examplesAtOnce = examplesAtOnce;
    this.cancelled = cancelled;
    if (operator.examples() < 1) {
      throw new IllegalArgumentException(
          "The Gauss-Newton operator has "
              + operator.examples()
              + " examples, expected 1 or more.");
    }
    if (examplesAtOnce < 1) {
      throw new IllegalArgumentException("examplesAtOnce must be 1 or more, got " + examplesAtOnce);
    }
  }

  /**
   * With the same λ in all layers.
   *
   * @param operator the model's products
   * @param lambda 0 or more; 0 where G itself has an inverse
   * @return the system
   */
  public static DampedSystem of(GaussNewtonOperator operator, double lambda) {
    if (!(lambda >= 0) || Double.isInfinite(lambda)) {
      throw new IllegalArgumentException("λ must be finite and 0 or more, got " + lambda + ".");
    }
    double[] lambdas = new double[operator.layers().size()];
    Arrays.fill(lambdas, lambda);
    return new DampedSystem(operator, lambdas, EXAMPLES_AT_ONCE, () -> false);
  }

  /**
   * With the λ that a damping means for a fitted curvature.
   *
   * @param operator the model's products
   * @param curvature fitted for the same layers
   * @param damping relative ones are relative to the mean eigenvalues of the curvature
   * @return the system
   * @throws IllegalArgumentException if the curvature is of other layers, or IDENTITY
   */
  public static DampedSystem of(
      GaussNewtonOperator operator, FittedCurvature curvature, Damping damping) {
    ModelLayers.requireSame(operator.layers(), curvature.layers());
    if (curvature.strategy().kind() == Kind.IDENTITY) {
      throw new IllegalArgumentException(
          "IDENTITY has no eigenvalues that a damping could be relative to; fit EKFAC, or give λ"
              + " itself.");
    }
    double[] lambdas =
        operator.layers().stream().mapToDouble(l -> lambda(curvature, l, damping)).toArray();
    return new DampedSystem(operator, lambdas, EXAMPLES_AT_ONCE, () -> false);
  }

  /** Per example: KFAC's eigenvalues are per row. */
  private static double lambda(FittedCurvature curvature, LayerSpec layer, Damping damping) {
    if (!damping.relative()) {
      return damping.value();
    }
    LayerFactors factors = curvature.factors(layer.name());
    boolean perRow = curvature.strategy().kind() == Kind.KFAC;
    double rows = perRow ? (double) factors.rows() / factors.covarianceExamples() : 1;
    return curvature.lambda(layer.name(), damping) * rows;
  }

  /**
   * Changes how many examples the operator is asked for in one call.
   *
   * @param count 1 or more; 256 by default
   * @return a copy
   */
  public DampedSystem withExamplesAtOnce(int count) {
    return new DampedSystem(operator, lambdas, count, cancelled);
  }

  /**
   * How to stop in the middle of a product, for solvers that run for long. A run that is stopped so
   * is where it was before the step.
   *
   * @param value asked before each call of the operator; true, or an interrupt of the thread, ends
   *     the product with a {@link CancellationException}
   * @return a copy
   */
  public DampedSystem cancelWhen(BooleanSupplier value) {
    return new DampedSystem(operator, lambdas, examplesAtOnce, value);
  }

  /**
   * The model's products.
   *
   * @return the operator
   */
  public GaussNewtonOperator operator() {
    return operator;
  }

  /**
   * Where the layers lie in vectors.
   *
   * @return the layout
   */
  public ParameterLayout layout() {
    return layout;
  }

  /**
   * The damping of a layer.
   *
   * @param layer its number
   * @return λ
   */
  public double lambda(int layer) {
    return lambdas[layer];
  }

  /**
   * The product {@code (G + λI) v} over all examples.
   *
   * @param vectors [vectors][weights]
   * @return [vectors][weights]
   * @throws IllegalArgumentException if a vector has another length or is not finite
   * @throws ArithmeticException if the operator gives what is not finite; layer and vector are
   *     named
   */
  public double[][] multiply(double[][] vectors) {
    layout.check("Vector", vectors);
    int[] all = new int[vectors.length];
    Arrays.setAll(all, i -> i);
    return multiply(null, vectors, all);
  }

  /**
   * Products of some vectors.
   *
   * @param examples those to take the mean over; null for all
   * @param vectors [right-hand sides][weights]
   * @param numbers which of them
   * @return a product for each of the numbers
   */
  double[][] multiply(long @Nullable [] examples, double[][] vectors, int[] numbers) {
    double[][] some = new double[numbers.length][];
    double[][] products = new double[numbers.length][layout.size()];
    for (int i = 0; i < numbers.length; i++) {
      some[i] = vectors[numbers[i]];
    }
    long count = examples == null ? operator.examples() : examples.length;
    for (long first = 0; first < count; first += examplesAtOnce) {
      if (cancelled.getAsBoolean() || Thread.currentThread().isInterrupted()) {
        throw new CancellationException(
            "Cancelled after " + first + " of " + count + " examples of a Gauss-Newton product.");
      }
      int size = (int) Math.min(examplesAtOnce, count - first);
      operator.addProducts(numbers(examples, first, size), some, products);
    }
    for (int i = 0; i < numbers.length; i++) {
      damp(products[i], some[i], count);
      int bad = ParameterLayout.firstNotFinite(products[i]);
      if (bad >= 0) {
        throw new ArithmeticException(
            "Right-hand side "
                + numbers[i]
                + ": its product with the Gauss-Newton Hessian is "
                + products[i][bad]
                + " in "
                + layout.describe(bad)
                + "; look for what is not finite in the model, or scale the loss down.");
      }
    }
    return products;
  }

  private static long[] numbers(long @Nullable [] examples, long first, int size) {
    if (examples != null) {
      return Arrays.copyOfRange(examples, (int) first, (int) first + size);
    }
    long[] numbers = new long[size];
    Arrays.setAll(numbers, i -> first + i);
    return numbers;
  }

  /** The mean over examples, and λv. */
  private void damp(double[] sum, double[] vector, long examples) {
    for (int l = 0; l < lambdas.length; l++) {
      for (int i = layout.offset(l); i < layout.offset(l + 1); i++) {
        sum[i] = sum[i] / examples + lambdas[l] * vector[i];
      }
    }
  }
}
