/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.PartFactors;
import io.github.influence4j.internal.range.OutOfRange;
import io.github.influence4j.internal.rows.ModelLayers;
import java.util.ArrayList;
import java.util.List;

/**
 * A fitted curvature as a preconditioner, EK-FAC as a rule: {@code Q_S [(Q_Sᵀ V Q_A) ⊘ (Λ + λ)]
 * Q_Aᵀ} for every layer, in float64. The same as {@link FittedCurvature#inverseVectorProduct}, for
 * many vectors: 4PM(P+M) operations a layer and vector. Keeps eigenvectors and reciprocals on the
 * Java heap.
 */
public final class CurvaturePreconditioner implements Preconditioner {
  private final ParameterLayout layout;

  /** Layer after layer, one a group. */
  private final List<Part> parts = new ArrayList<>();

  private CurvaturePreconditioner(FittedCurvature curvature, Damping damping) {
    layout = ParameterLayout.of(curvature.layers());
    for (int l = 0; l < layout.layers().size(); l++) {
      LayerSpec layer = layout.layers().get(l);
      List<PartFactors> factors = curvature.factors(layer.name()).parts();
      List<double[]> weights = curvature.reciprocals(layer.name(), damping);
      int offset = layout.offset(l);
      for (int g = 0; g < factors.size(); g++) {
        parts.add(Part.of(layer, offset, factors.get(g), weights.get(g)));
        offset += weights.get(g).length;
      }
    }
  }

  /**
   * The damped inverse of a fitted curvature.
   *
   * @param curvature fitted for the layers of the system
   * @param damping relative or absolute; the system's own, as a rule
   * @return the preconditioner
   */
  public static CurvaturePreconditioner of(FittedCurvature curvature, Damping damping) {
    return new CurvaturePreconditioner(curvature, damping);
  }

  @Override
  public void check(ParameterLayout of, double[][] vectors) {
    ModelLayers.requireSame(of.layers(), layout.layers());
    for (int v = 0; v < vectors.length; v++) {
      for (Part part : parts) {
        part.requireInverse(v, vectors[v]);
      }
    }
  }

  @Override
  public double[][] apply(double[][] vectors) {
    double[][] out = new double[vectors.length][layout.size()];
    for (int v = 0; v < vectors.length; v++) {
      for (Part part : parts) {
        part.apply(v, vectors[v], out[v]);
      }
    }
    return out;
  }

  /** One block of one side of a layer. */
  private record Side(int first, MatrixView vectors, MatrixView transposed) {
    static List<Side> of(List<FactorBlock> blocks) {
      List<Side> sides = new ArrayList<>();
      int first = 0;
      for (FactorBlock block : blocks) {
        int d = block.dimension();
        MatrixView vectors = MatrixView.of(block.eigenvectors().toDoubles(), d, d);
        sides.add(new Side(first, vectors, vectors.transposed()));
        first += d;
      }
      return sides;
    }

    MatrixView towards(boolean eigenbasis) {
      return eigenbasis ? vectors : transposed;
    }
  }

  /** One group of a layer. */
  private record Part(
      LayerSpec layer,
      int offset,
      List<Side> activations,
      List<Side> gradients,
      double[] weights,
      boolean dead) {

    static Part of(LayerSpec layer, int offset, PartFactors factors, double[] weights) {
      boolean dead = true;
      for (double weight : weights) {
        dead &= weight == 0;
      }
      List<Side> activations = Side.of(factors.activations());
      return new Part(layer, offset, activations, Side.of(factors.gradients()), weights, dead);
    }

    void apply(int number, double[] vector, double[] out) {
      int columns = layer.gradientColumns();
      int rows = weights.length / columns;
      MatrixView v = new MatrixView(vector, offset, columns, rows, columns);
      if (dead) {
        return; // and leave zeros
      }
      MatrixView rotated = rotate(v, true);
      double[] scaled = new double[weights.length];
      for (int i = 0; i < scaled.length; i++) {
        scaled[i] = rotated.values()[rotated.offset() + i] * weights[i];
      }
      MatrixView product = rotate(MatrixView.of(scaled, rows, columns), false);
      for (int i = 0; i < weights.length; i++) {
        double value = product.values()[product.offset() + i];
        if (!Double.isFinite(value)) {
          throw OutOfRange.overflow(
              layer.name(), "an element of the preconditioned vector " + number + " is", value);
        }
        out[offset + i] = value;
      }
    }

    void requireInverse(int number, double[] vector) {
      for (int i = offset; dead && i < offset + weights.length; i++) {
        if (vector[i] != 0) {
          throw new IllegalArgumentException(
              "Layer \""
                  + layer.name()
                  + "\": its fitted curvature is 0, for no training example has a gradient there,"
                  + " but right-hand side "
                  + number
                  + " is not; set that part of it to 0, or leave the layer out.");
        }
      }
    }

    /** {@code Q_Sᵀ V Q_A} into the eigenbasis, {@code Q_S V Q_Aᵀ} out of it. */
    private MatrixView rotate(MatrixView v, boolean into) {
      MatrixView right = v;
      if (!activations.isEmpty()) {
        right = MatrixView.of(new double[v.rows() * v.columns()], v.rows(), v.columns());
        for (Side side : activations) {
          int d = side.vectors().rows();
          MatrixView from = v.columns(side.first(), d);
          right.columns(side.first(), d).addProduct(from, side.towards(into));
        }
      }
      if (gradients.isEmpty()) {
        return right;
      }
      MatrixView out = MatrixView.of(new double[v.rows() * v.columns()], v.rows(), v.columns());
      for (Side side : gradients) {
        int d = side.vectors().rows();
        MatrixView from = right.rows(side.first(), d);
        out.rows(side.first(), d).addProduct(side.towards(!into), from);
      }
      return out;
    }
  }
}
