/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy.Kind;
import io.github.influence4j.internal.range.Exponents;
import io.github.influence4j.internal.range.OutOfRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Eigenvalues of the parts of a layer, and their damped reciprocals; all in float64. */
final class DampedSpectrum {
  private final List<double[]> parts = new ArrayList<>();
  private final double mean;

  /** Rows an example has on average where the eigenvalues are per row, else 1. */
  private final double rowsPerExample;

  private final boolean identity;
  private final String layer;

  DampedSpectrum(CurvatureStrategy strategy, LayerFactors factors) {
    identity = strategy.kind() == Kind.IDENTITY;
    layer = factors.layer().name();
    int rows = factors.layer().outputs() / factors.layer().groups();
    int columns = factors.layer().gradientColumns();
    double sum = 0;
    boolean none = true;
    for (PartFactors part : factors.parts()) {
      double[] values = new double[rows * columns];
      if (identity) {
        Arrays.fill(values, 1);
      } else if (strategy.corrected()) {
        double[] squares = Objects.requireNonNull(part.squares()).toDoubles();
        for (int i = 0; i < values.length; i++) {
          values[i] = squares[i] / factors.squaresExamples();
        }
        none &= Exponents.ofLargest(squares) == Exponents.OF_ZERO;
      } else {
        double[] gradients = joined(part.gradients());
        double[] activations = joined(part.activations());
        products(gradients, activations, values);
        none &=
            Exponents.ofLargest(gradients) == Exponents.OF_ZERO
                || Exponents.ofLargest(activations) == Exponents.OF_ZERO;
      }
      parts.add(values);
      sum += Arrays.stream(values).sum();
    }
    mean = sum / ((double) rows * columns * factors.parts().size());
    requireInRange(none);
    rowsPerExample =
        strategy.kind() == Kind.KFAC ? (double) factors.rows() / factors.covarianceExamples() : 1;
  }

  private void requireInRange(boolean none) {
    String what = "the mean eigenvalue is";
    if (!Double.isFinite(mean)) {
      throw OutOfRange.overflow(layer, what, mean);
    }
    if (!identity && !none && mean < Double.MIN_NORMAL) {
      throw OutOfRange.underflow(layer, what);
    }
  }

  private static void products(double[] gradients, double[] activations, double[] out) {
    for (int i = 0; i < gradients.length; i++) {
      for (int j = 0; j < activations.length; j++) {
        out[i * activations.length + j] = gradients[i] * activations[j];
      }
    }
  }

  private static double[] joined(List<FactorBlock> blocks) {
    return blocks.stream()
        .map(FactorBlock::eigenvalues)
        .map(TensorView::toDoubles)
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  double[] eigenvalues(int part) {
    return parts.get(part);
  }

  double lambda(Damping damping) {
    if (identity || mean == 0) {
      return 0;
    }
    double lambda = damping.relative() ? damping.value() * mean : damping.value() / rowsPerExample;
    requireNormal(lambda, damping, "λ");
    return lambda;
  }

  private void requireNormal(double value, Damping damping, String what) {
    if (!(value >= Double.MIN_NORMAL && value <= Double.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "Layer \""
              + layer
              + "\": with damping "
              + damping
              + " "
              + what
              + " is "
              + value
              + ", outside of what a double holds; choose a damping nearer to the mean eigenvalue "
              + mean
              + ".");
    }
  }

  /**
   * {@code 1 / (Λ + λ)}, or what a filter puts in its place. K-FAC's eigenvalues are per row: where
   * the damping is absolute, which is per example, they are brought to an example. A relative
   * damping follows whatever unit the eigenvalues have.
   */
  double[] weights(int part, Damping damping, InverseFilter filter) {
    double[] values = parts.get(part);
    double[] out = new double[values.length];
    if (identity) {
      Arrays.fill(out, 1);
    } else if (mean > 0) {
      double unit = damping.relative() ? 1 : rowsPerExample;
      double lambda = lambda(damping) * unit;
      for (int i = 0; i < out.length; i++) {
        out[i] = weight(filter, values[i] * unit, lambda, damping);
      }
      requireAny(out, damping);
    }
    return out;
  }

  private double weight(InverseFilter filter, double sigma, double lambda, Damping damping) {
    double weight = filter.weight(sigma, lambda);
    if (filter == InverseFilter.TIKHONOV) {
      requireNormal(weight, damping, "a weight 1/(Λ+λ)");
    } else if (weight >= 0 && weight < Double.MIN_NORMAL) {
      return 0;
    } else {
      requireNormal(weight, damping, "a weight of the filter");
    }
    return weight;
  }

  private void requireAny(double[] weights, Damping damping) {
    if (Arrays.stream(weights).allMatch(weight -> weight == 0)) {
      throw new IllegalArgumentException(
          "Layer \""
              + layer
              + "\": with damping "
              + damping
              + " the filter leaves no direction; choose a damping below the largest eigenvalue, the"
              + " mean is "
              + mean
              + ".");
    }
  }
}
