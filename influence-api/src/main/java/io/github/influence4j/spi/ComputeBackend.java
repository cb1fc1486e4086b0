/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.BackendDescription;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The operations that curvature and scoring are made of, each on a whole batch of one layer.
 *
 * <p>Notation: M inputs counting the homogeneous one, P outputs, T rows of an example, {@code g}
 * its gradient [P, M], {@code g̃ = Q_Sᵀ g Q_A}. Arguments were validated by the caller (shapes,
 * bounds, finite values); a backend validates only what belongs to it.
 *
 * <p><b>Memory.</b> Memory in arguments is borrowed for the call; that of a GPU as {@link
 * TensorView#onDevice} says. Tensors, accumulators and unfolders belong to the caller, which closes
 * them before the backend.
 *
 * <p><b>Determinism.</b> What is computed for an example (or for a pair of a query and an example)
 * depends on that example, that query and the operation's scalar arguments alone, bit for bit: not
 * on the batch it comes in, its place there, the queries beside its own or the number of threads.
 * Sums over examples are taken in the order of the examples, however they are cut into calls.
 *
 * <p><b>Threads.</b> One operation at a time on a device: a backend serialises concurrent calls.
 *
 * <p>After {@link #close} every method but close and description throws {@link
 * IllegalStateException}.
 */
public interface ComputeBackend extends AutoCloseable {
  /**
   * What this backend runs on.
   *
   * @return the description
   */
  BackendDescription description();

  /**
   * Whether arguments may lie on a GPU ({@link TensorView#device}). Callers hand such tensors to no
   * backend that says no.
   *
   * @return true if all operations take them
   */
  default boolean readsDeviceMemory() {
    return false;
  }

  /**
   * Brings a tensor to where the host can read it.
   *
   * @param tensor borrowed for the call
   * @return the tensor itself if it is in host memory, else a copy of the same type and shape
   */
  default TensorView toHost(TensorView tensor) {
    return tensor;
  }

  /**
   * Allocates a tensor in the backend's precision.
   *
   * @param shape the sizes
   * @return a tensor of zeros
   */
  BackendTensor zeros(long... shape);

  /**
   * Copies a tensor to the backend, in the backend's precision.
   *
   * @param tensor borrowed for the call
   * @return a tensor of the same shape
   */
  BackendTensor upload(TensorView tensor);

  /**
   * Allocates a float64 tensor whatever the precision: the master of a sum over examples.
   *
   * @param shape the sizes
   * @return a tensor of zeros
   */
  BackendTensor accumulator(long... shape);

  /**
   * Copies tensors one after the other along their first dimension.
   *
   * @param parts of one backend, alike in all other dimensions; not changed
   * @return a new tensor, owned by the caller
   */
  BackendTensor concatenate(List<BackendTensor> parts);

  /**
   * Makes what turns the input of convolutions into rows.
   *
   * @return without memory yet
   */
  Unfolder unfolder();

  /**
   * Looks at rows before they are used: rows that are not finite are refused, and rows whose
   * squares would leave the range of the backend's precision are scaled.
   *
   * @param rows the rows to look at
   * @return of each row the largest absolute value of its stored columns, exactly, whatever the
   *     backend's precision; infinity or NaN for a row that holds one. 0 where there are no columns
   */
  double[] magnitudes(Rows rows);

  /**
   * Makes an empty covariance.
   *
   * @param blockOffsets first column of each block, then the dimension; {@code {0, d}} for a full
   *     covariance
   * @return an accumulator of zeros
   */
  CovarianceAccumulator covariance(int... blockOffsets);

  /**
   * {@code C += Σ x xᵀ} for several layers at once.
   *
   * @param updates what to add where; an accumulator may appear once
   */
  void accumulateCovariances(List<CovarianceUpdate> updates);

  /**
   * Eigendecompositions in float64, whose eigenvectors stay where they are computed.
   *
   * @param matrices symmetric and finite, row-major, each of its own dimension
   * @return one result a matrix, in order, owned by the caller
   * @throws ArithmeticException if one does not converge
   */
  List<SymmetricEigen> eigendecompose(List<double[]> matrices);

  /**
   * The eigenvalue correction: {@code sum += Σ_examples g̃∘g̃}.
   *
   * @param rows the examples
   * @param rotation the basis; the identity gives the diagonal Fisher
   * @param rotateRowsBelow examples with fewer rows than this rotate their rows and then form g̃;
   *     others form g and then rotate it
   * @param sum float64 [P, M]
   */
  void accumulateSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, BackendTensor sum);

  /**
   * Self-influence: {@code out[d][e] = Σ_ij weights[d]_ij g̃_ij²}.
   *
   * @param rows the examples
   * @param rotation the basis
   * @param rotateRowsBelow as in {@link #accumulateSquares}
   * @param weights one tensor [P, M] a damping: reciprocals of the damped eigenvalues
   * @return one array of one value an example for each of the weights
   */
  double[][] weightedSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, List<BackendTensor> weights);

  /**
   * {@code gradients[targets[e]] += g̃_e}.
   *
   * @param rows the examples
   * @param rotation the basis
   * @param rotateRowsBelow as in {@link #accumulateSquares}
   * @param targets for each example the index to add to, or -1 to skip it
   * @param gradients [Q, P, M] in the backend's precision
   */
  void accumulateGradients(
      ExampleRows rows,
      Rotation rotation,
      int rotateRowsBelow,
      int[] targets,
      BackendTensor gradients);

  /**
   * {@code V_q = Q_S (weights ∘ g̃_q) Q_Aᵀ}.
   *
   * @param rotated [Q, P, M] in the eigenbasis; not changed
   * @param weights [P, M]
   * @param rotation the basis
   * @return Q dense preconditioned queries, owned by the caller
   */
  QueryFactors.Dense precondition(BackendTensor rotated, BackendTensor weights, Rotation rotation);

  /**
   * The same, truncated in the eigenbasis so that only thin factors are rotated back.
   *
   * @param rotated [Q, P, M] in the eigenbasis; not changed
   * @param weights [P, M]
   * @param rotation the basis
   * @param truncation rank and method
   * @return Q truncated preconditioned queries, owned by the caller
   */
  QueryFactors.LowRank preconditionLowRank(
      BackendTensor rotated, BackendTensor weights, Rotation rotation, Truncation truncation);

  /**
   * {@code out[q*examples + e] = ⟨V_q, g_e⟩}.
   *
   * @param rows the training examples
   * @param queries the preconditioned queries
   * @param withoutGradientBelow examples with fewer rows than this are scored row by row without
   *     forming their gradient; others form it once for all queries
   * @return [queries, examples], row-major
   */
  double[] score(ExampleRows rows, QueryFactors queries, int withoutGradientBelow);

  /**
   * {@code out[q*rows + t] = gradients_tᵀ V_q activations_t}.
   *
   * @param rows the training examples
   * @param queries the preconditioned queries
   * @return [queries, rows], row-major
   */
  double[] scoreRows(ExampleRows rows, QueryFactors queries);

  /**
   * Keeps the strongest scores where they are computed.
   *
   * @param queries number of queries
   * @param k how many to keep of each kind, at least 1
   * @return empty if scores are computed on the host, or k is too large: the caller then chooses
   *     from what {@link #score} gives
   */
  default Optional<TopScores> topScores(int queries, int k) {
    return Optional.empty();
  }

  /**
   * Runs operations that need nothing of each other, such as those of different layers. A backend
   * of several devices runs those on different devices at the same time, on threads of its own.
   *
   * @param operations call this backend, and may be run in any order; after a failure, which is
   *     thrown, none is begun
   */
  default void together(List<Runnable> operations) {
    operations.forEach(Runnable::run);
  }

  /**
   * What operations on a layer hold of the budget {@link BackendOptions#maxMemory} beside the
   * caller's tensors and accumulators, however large the batch; an example that is too long to be
   * cut may take more. Backends that count no memory say 0.
   *
   * @param inputs M
   * @param outputs P
   * @param truncation of queries, null if they are not truncated
   * @return bytes, with what the backend holds all the time
   */
  default long workBytes(int inputs, int outputs, @Nullable Truncation truncation) {
    return 0;
  }

  /**
   * The same for {@link #eigendecompose}, for the matrix that takes most, beside the eigenvectors
   * that it leaves, and for {@link CovarianceAccumulator#sum} of as many columns.
   *
   * @param dimension n
   * @return bytes, with what the backend holds all the time
   */
  default long eigendecompositionBytes(int dimension) {
    return 0;
  }

  /**
   * The most that the budget {@link BackendOptions#maxMemory} was used so far.
   *
   * @return bytes; 0 where memory is not counted
   */
  default long peakMemory() {
    return 0;
  }

  /** Frees what the backend itself holds and stops its threads; idempotent. */
  @Override
  void close();
}
