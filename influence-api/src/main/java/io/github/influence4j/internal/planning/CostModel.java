/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.planning;

/**
 * Floating point operations and bytes of every operation on one layer (or one group of a grouped
 * convolution), and from them the choice between its forms. One multiply-add counts as two
 * operations.
 *
 * <p>The choices depend on an example's own number of rows, never on the batch it comes in, so that
 * results do not depend on batching.
 *
 * @param inputs M, the bias counted
 * @param outputs P
 * @param blocks diagonal blocks of each covariance, 1 for full ones
 */
public record CostModel(int inputs, int outputs, int blocks) {
  /** Taken by {@link #withoutGradientBelow} for "always". */
  public static final int ALWAYS = Integer.MAX_VALUE;

  private double squaresOfSides() {
    return (double) inputs * inputs + (double) outputs * outputs;
  }

  private double weights() {
    return (double) inputs * outputs;
  }

  /**
   * Covariances by symmetric rank-k updates: T(M² + P²)/O.
   *
   * @param rows T
   * @return operations
   */
  public double covariance(double rows) {
    return rows * squaresOfSides() / blocks;
  }

  /**
   * Eigendecompositions with vectors: about 9n³ each.
   *
   * @return operations
   */
  public double eigendecomposition() {
    double sides = Math.pow(inputs, 3) + Math.pow(outputs, 3);
    return 9 * sides / ((double) blocks * blocks);
  }

  /**
   * A rotated gradient by rotating the rows first: 2T(M² + P²)/O + 2TMP.
   *
   * @param rows T
   * @return operations
   */
  public double rotateRows(double rows) {
    return 2 * rows * squaresOfSides() / blocks + 2 * rows * weights();
  }

  /**
   * A rotated gradient by forming the gradient first: 2TMP + 2MP(M+P)/O.
   *
   * @param rows T
   * @return operations
   */
  public double rotateGradient(double rows) {
    return 2 * rows * weights() + rotation();
  }

  /**
   * Rotating a matrix [P, M] into the eigenbasis or out of it: 2MP(M+P)/O.
   *
   * @return operations
   */
  public double rotation() {
    return 2 * weights() * ((double) inputs + outputs) / blocks;
  }

  /**
   * The break-even T* = MP(M+P)/(M²+P²): examples with fewer rows rotate their rows.
   *
   * @return a number of rows, at least 2 (one row is always rotated)
   */
  public int rotateRowsBelow() {
    double breakEven = weights() * ((double) inputs + outputs) / squaresOfSides();
    return (int) Math.max(2, Math.ceil(breakEven));
  }

  /**
   * Scores of an example by forming its gradient once: 2MP(T + Q).
   *
   * @param rows T
   * @param queries Q
   * @return operations
   */
  public double scoreByGradient(double rows, double queries) {
    return 2 * weights() * (rows + queries);
  }

  /**
   * Scores of an example row by row against dense queries: 2TQMP.
   *
   * @param rows T
   * @param queries Q
   * @return operations
   */
  public double scoreByRows(double rows, double queries) {
    return 2 * weights() * rows * queries;
  }

  /**
   * Scores of an example row by row against queries of low rank: 2TQr(M + P).
   *
   * @param rows T
   * @param queries Q
   * @param rank r
   * @return operations
   */
  public double scoreByLowRank(double rows, double queries, double rank) {
    return 2 * rows * queries * rank * ((double) inputs + outputs);
  }

  /**
   * Below how many rows an example is scored without forming its gradient.
   *
   * @param queries Q
   * @param rank r, 0 for dense queries
   * @return a number of rows; {@link #ALWAYS} if forming the gradient never pays
   */
  public int withoutGradientBelow(int queries, int rank) {
    if (rank == 0) {
      // T + Q < TQ; where both cost the same, nothing need be formed.
      return queries == 1 ? ALWAYS : queries == 2 ? 3 : 2;
    }
    double slack = rank * ((double) inputs + outputs) / weights() - 1.0 / queries;
    if (slack <= 0) {
      return ALWAYS;
    }
    return (int) Math.min(ALWAYS, Math.max(2, Math.ceil(1 / slack)));
  }

  /**
   * Preconditioning one dense query in the eigenbasis and rotating it back: MP + 2MP(M+P)/O.
   *
   * @return operations
   */
  public double precondition() {
    return weights() + rotation();
  }

  /**
   * Truncating one query in the eigenbasis and rotating its thin factors back: about 12MP(r+10) +
   * 2r(M²+P²)/O.
   *
   * @param rank r
   * @return operations
   */
  public double preconditionLowRank(double rank) {
    return 12 * weights() * (rank + 10) + 2 * rank * squaresOfSides() / blocks;
  }

  /**
   * Whether a rank truncates this layer at all.
   *
   * @param rank r, 0 for none
   * @return true if r is below min(M, P)
   */
  public boolean truncates(int rank) {
    return rank > 0 && rank < Math.min(inputs, outputs);
  }

  /**
   * Whether factors of a rank are smaller than the full matrix: r(M + P) &lt; MP.
   *
   * @param rank r
   * @return true if so; then r is below min(M, P), too
   */
  public boolean truncationSaves(int rank) {
    return (double) rank * ((double) inputs + outputs) < weights();
  }

  /**
   * Memory of one preconditioned query.
   *
   * @param rank r, 0 for dense
   * @param elementBytes 4 or 8
   * @return bytes
   */
  public long queryBytes(int rank, int elementBytes) {
    long elements = truncates(rank) ? (long) rank * (inputs + outputs) : (long) inputs * outputs;
    return elements * elementBytes;
  }

  /**
   * Elements of both eigenvector matrices: (M² + P²)/O.
   *
   * @return a number of elements
   */
  public double basisElements() {
    return squaresOfSides() / blocks;
  }

  /**
   * Memory of the fitted factors: covariances in float64, eigenvectors, squares in float64.
   *
   * @param elementBytes of the eigenvectors, 4 or 8
   * @return bytes
   */
  public long factorBytes(int elementBytes) {
    double sides = squaresOfSides() / blocks;
    return (long) (sides * (8 + elementBytes) + 8 * weights());
  }
}
