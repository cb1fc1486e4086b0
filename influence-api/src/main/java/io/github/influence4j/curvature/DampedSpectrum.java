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
   * {@code 1 / (Λ + λ)}. K-FAC's eigenvalues are per row: an absolute damping, which is per
   * example, is divided by the rows of an example to compare with them, and so is the result to be
   * per example again. A relative damping follows whatever unit the eigenvalues have.
   */
  double[] reciprocals(int part, Damping damping) {
    double[] values = parts.get(part);
    double[] out = new double[values.length];
    if (identity) {
      Arrays.fill(out, 1);
    } else if (mean > 0) {
      double lambda = lambda(damping);
      double unit = damping.relative() ? 1 : rowsPerExample;
      for (int i = 0; i < out.length; i++) {
        out[i] = 1 / ((values[i] + lambda) * unit);
        requireNormal(out[i], damping, "a weight 1/(Λ+λ)");
      }
    }
    return out;
  }
}
