/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.internal.range.OutOfRange;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A Hessian approximation with all its factors, as {@link CurvatureFitter} leaves it and {@code
 * FactorStore} keeps it. Immutable and safe to share between threads; the factors lie in private
 * host memory that nothing can change and that is freed with the object.
 */
public final class FittedCurvature implements HessianApproximation {
  private final CurvatureStrategy strategy;
  private final InverseFilter filter;
  private final Map<String, LayerFactors> factors = new LinkedHashMap<>();

  /**
   * From factors that were fitted or loaded.
   *
   * @param strategy the structure
   * @param factors one entry a layer, in the order of the model
   */
  public FittedCurvature(CurvatureStrategy strategy, List<LayerFactors> factors) {
    this(strategy, factors, InverseFilter.TIKHONOV);
  }

  private FittedCurvature(
      CurvatureStrategy strategy, List<LayerFactors> factors, InverseFilter filter) {
    this.strategy = strategy;
    this.filter = filter;
    for (LayerFactors layer : factors) {
      FactorShapes.check(strategy, layer);
      this.factors.put(layer.layer().name(), layer);
    }
  }

  /**
   * The same factors with another function of the eigenvalues in the place of the damped inverse:
   * in scores, self-influence and inverse-vector products alike. Factors are saved without it.
   *
   * @param value the function
   * @return a curvature that shares the factors
   * @throws IllegalArgumentException for IDENTITY, which has no eigenvalues
   */
  public FittedCurvature withFilter(InverseFilter value) {
    if (strategy.kind() == CurvatureStrategy.Kind.IDENTITY) {
      throw new IllegalArgumentException("IDENTITY has no eigenvalues to filter; fit EKFAC.");
    }
    return new FittedCurvature(strategy, List.copyOf(factors.values()), value);
  }

  @Override
  public CurvatureStrategy strategy() {
    return strategy;
  }

  @Override
  public List<LayerSpec> layers() {
    return factors.values().stream().map(LayerFactors::layer).toList();
  }

  /**
   * What was fitted for a layer.
   *
   * @param layer its name
   * @return its factors
   */
  public LayerFactors factors(String layer) {
    LayerFactors found = factors.get(layer);
    if (found == null) {
      throw new IllegalArgumentException(
          "No factors for layer \"" + layer + "\"; there are some for " + factors.keySet() + ".");
    }
    return found;
  }

  /**
   * The factors {@code 1/(Λ+λ)} of a layer's inverse in its eigenbasis, or what a filter puts in
   * their place.
   *
   * @param layer its name
   * @param damping relative or absolute
   * @return one array a group, [P/groups, M] row-major; zeros for a layer whose gradients were all
   *     0, ones for IDENTITY
   */
  public List<double[]> reciprocals(String layer, Damping damping) {
    LayerFactors found = factors(layer);
    DampedSpectrum spectrum = new DampedSpectrum(strategy, found);
    double[][] parts = new double[found.parts().size()][];
    Arrays.setAll(parts, part -> spectrum.weights(part, damping, filter));
    return List.of(parts);
  }

  @Override
  public double[] eigenvalues(String layer) {
    LayerFactors found = factors(layer);
    DampedSpectrum spectrum = new DampedSpectrum(strategy, found);
    int size = found.layer().outputs() * found.layer().gradientColumns();
    double[] out = new double[size];
    int each = size / found.parts().size();
    for (int part = 0; part < found.parts().size(); part++) {
      System.arraycopy(spectrum.eigenvalues(part), 0, out, part * each, each);
    }
    return out;
  }

  @Override
  public double lambda(String layer, Damping damping) {
    return new DampedSpectrum(strategy, factors(layer)).lambda(damping);
  }

  @Override
  public double[] inverseVectorProduct(String layer, double[] vector, Damping damping) {
    LayerFactors found = factors(layer);
    int columns = found.layer().gradientColumns();
    int rows = found.layer().outputs() / found.parts().size();
    if (vector.length != found.layer().outputs() * columns) {
      throw new IllegalArgumentException(
          "Layer \""
              + layer
              + "\": the vector has "
              + vector.length
              + " elements, expected "
              + found.layer().outputs()
              + " x "
              + columns
              + " (outputs x inputs, bias last).");
    }
    for (int i = 0; i < vector.length; i++) {
      if (!Double.isFinite(vector[i])) {
        throw new IllegalArgumentException(
            "Layer \"" + layer + "\": element " + i + " of the vector is " + vector[i] + ".");
      }
    }
    double[] out = new double[vector.length];
    List<double[]> reciprocals = reciprocals(layer, damping);
    for (int p = 0; p < found.parts().size(); p++) {
      PartFactors part = found.parts().get(p);
      double[] v = Arrays.copyOfRange(vector, p * rows * columns, (p + 1) * rows * columns);
      v = rotate(v, rows, columns, part, true);
      for (int i = 0; i < v.length; i++) {
        v[i] *= reciprocals.get(p)[i];
      }
      v = rotate(v, rows, columns, part, false);
      for (double value : v) {
        if (!Double.isFinite(value)) {
          throw OutOfRange.overflow(layer, "an element of the product is", value);
        }
      }
      System.arraycopy(v, 0, out, p * rows * columns, v.length);
    }
    return out;
  }

  /** {@code Q_Sᵀ V Q_A} into the eigenbasis, {@code Q_S V Q_Aᵀ} out of it. */
  private static double[] rotate(
      double[] v, int rows, int columns, PartFactors part, boolean into) {
    double[] right = part.activations().isEmpty() ? v : new double[v.length];
    int first = 0;
    for (FactorBlock block : part.activations()) {
      int d = block.dimension();
      double[] q = block.eigenvectors().toDoubles();
      for (int i = 0; i < rows; i++) {
        for (int k = 0; k < d; k++) {
          double factor = v[i * columns + first + k];
          for (int j = 0; j < d; j++) {
            right[i * columns + first + j] += factor * (into ? q[k * d + j] : q[j * d + k]);
          }
        }
      }
      first += d;
    }
    double[] out = part.gradients().isEmpty() ? right : new double[v.length];
    first = 0;
    for (FactorBlock block : part.gradients()) {
      int d = block.dimension();
      double[] q = block.eigenvectors().toDoubles();
      for (int i = 0; i < d; i++) {
        for (int k = 0; k < d; k++) {
          double factor = into ? q[k * d + i] : q[i * d + k];
          for (int j = 0; j < columns; j++) {
            out[(first + i) * columns + j] += factor * right[(first + k) * columns + j];
          }
        }
      }
      first += d;
    }
    return out;
  }
}
