/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

/**
 * How the Gauss-Newton Hessian G of one layer's weights is approximated. Layers are independent of
 * each other, and so are the groups of a grouped convolution.
 *
 * @param kind the structure
 * @param blocks for KFAC and EKFAC: into how many contiguous blocks of features both covariances
 *     are split (Grosse et al. 2023, appendix A); factor memory falls by this number, the cost of
 *     the eigendecompositions by its square. 1 is the full factorisation
 */
public record CurvatureStrategy(Kind kind, int blocks) {
  /** The structure of the approximation. */
  public enum Kind {
    /** G = I: scores are gradient dot products. */
    IDENTITY,
    /** G = diag(Λ), Λ the mean of the squared gradients. */
    DIAGONAL,
    /** G = A ⊗ S (Martens and Grosse 2015). */
    KFAC,
    /** G = Q diag(Λ) Qᵀ with Q = Q_A ⊗ Q_S and corrected eigenvalues (George et al. 2018). */
    EKFAC
  }

  /** Gradient dot product. */
  public static final CurvatureStrategy IDENTITY = new CurvatureStrategy(Kind.IDENTITY, 1);

  /** Diagonal Fisher. */
  public static final CurvatureStrategy DIAGONAL = new CurvatureStrategy(Kind.DIAGONAL, 1);

  /** Kronecker-factored curvature. */
  public static final CurvatureStrategy KFAC = new CurvatureStrategy(Kind.KFAC, 1);

  /** Eigenvalue-corrected Kronecker-factored curvature, the default. */
  public static final CurvatureStrategy EKFAC = new CurvatureStrategy(Kind.EKFAC, 1);

  /** Checks the number of blocks. */
  public CurvatureStrategy {
    if (blocks < 1) {
      throw new IllegalArgumentException("blocks must be at least 1, got " + blocks);
    }
    if (blocks > 1 && (kind == Kind.IDENTITY || kind == Kind.DIAGONAL)) {
      throw new IllegalArgumentException(kind + " has no blocks; use KFAC or EKFAC.");
    }
  }

  /**
   * EK-FAC with block-diagonal covariances.
   *
   * @param blocks O, at least 1; a layer with fewer features on a side uses one block a feature
   *     there
   * @return the strategy
   */
  public static CurvatureStrategy blockDiagonalEkfac(int blocks) {
    return new CurvatureStrategy(Kind.EKFAC, blocks);
  }

  /**
   * Whether covariances and eigenvectors are needed.
   *
   * @return true for KFAC and EKFAC
   */
  public boolean factored() {
    return kind == Kind.KFAC || kind == Kind.EKFAC;
  }

  /**
   * Whether squared gradients are needed.
   *
   * @return true for DIAGONAL and EKFAC
   */
  public boolean corrected() {
    return kind == Kind.DIAGONAL || kind == Kind.EKFAC;
  }

  /**
   * How features are split into contiguous blocks, whose sizes differ by at most one.
   *
   * @param features of one side of a layer
   * @return the first feature of each block, then the number of features
   */
  public int[] blockOffsets(int features) {
    int count = Math.min(blocks, features);
    int[] offsets = new int[count + 1];
    for (int b = 0; b <= count; b++) {
      offsets[b] = (int) ((long) features * b / count);
    }
    return offsets;
  }
}
