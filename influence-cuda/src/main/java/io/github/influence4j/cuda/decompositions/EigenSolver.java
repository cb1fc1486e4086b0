/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.decompositions;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.DeviceTensor;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.KernelConstants;
import io.github.influence4j.cuda.device.Kernels;
import io.github.influence4j.cuda.device.MemoryUse;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.device.Transfers;
import io.github.influence4j.cuda.rows.Conversions;
import io.github.influence4j.spi.SymmetricEigen;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Symmetric eigendecompositions in float64: small matrices one a thread block by our Jacobi kernel,
 * larger ones by cuSOLVER. Matrices of one size go together.
 */
public final class EigenSolver {
  private static final int MAX_SWEEPS = 30;
  private static final int SAFE_EXPONENT = 200;

  // Of what is left off the diagonal, relative to the matrix, and of QᵀQ - I: thousands of
  // roundings, where a converged kernel makes tens.
  private static final double TOLERANCE = 1e-12;

  private final Engine engine;
  private final Conversions conversions;
  private final CusolverEigen cusolver;

  public EigenSolver(Engine engine, Conversions conversions) {
    this.engine = engine;
    this.conversions = conversions;
    this.cusolver = new CusolverEigen(engine);
  }

  /**
   * Decomposed matrices on the device, valid until the next are.
   *
   * @param values [batch, n]
   * @param vectors [batch, n, n]
   * @param inRows whether an eigenvector is a row, else a column
   */
  record Decomposed(long values, long vectors, boolean inRows) {}

  public List<SymmetricEigen> solve(List<double[]> matrices) {
    Map<Integer, List<Integer>> bySize = new TreeMap<>();
    for (int i = 0; i < matrices.size(); i++) {
      int n = (int) Math.round(Math.sqrt(matrices.get(i).length));
      bySize.computeIfAbsent(n, size -> new ArrayList<>()).add(i);
    }
    @Nullable SymmetricEigen[] out = new SymmetricEigen[matrices.size()];
    try {
      bySize.forEach(
          (n, indices) -> {
            int step = step(n, indices.size());
            for (int first = 0; first < indices.size(); first += step) {
              int end = Math.min(first + step, indices.size());
              solve(matrices, n, indices.subList(first, end), out);
            }
          });
    } catch (RuntimeException failure) {
      for (SymmetricEigen solved : out) {
        if (solved != null) {
          DeviceTensor.of(solved.vectors(), engine).discard(failure);
        }
      }
      throw failure;
    }
    return Arrays.stream(out).map(Objects::requireNonNull).toList();
  }

  /** Matrices decomposed at once: all that they take is limited. */
  private int step(int n, int matrices) {
    int batch = byJacobi(n) ? matrices : Math.min(matrices, cusolver.most(n));
    while (batch > 1 && bytes(n, batch) > engine.budget().batch()) {
      batch = (batch + 1) / 2;
    }
    return batch;
  }

  /** Bytes that decomposing matrices of one size takes, with the matrices. */
  public long bytes(int n, int batch) {
    return 8L * n * n * batch + bytesOnDevice(n, batch);
  }

  /** Bytes that {@link #onDevice} takes beside the matrices. */
  long bytesOnDevice(int n, int batch) {
    long values = 8L * n * batch;
    return values + (byJacobi(n) ? jacobiBytes(n, batch) : cusolver.bytes(n, batch));
  }

  private static long jacobiBytes(int n, int batch) {
    return (8L * n * n + 20) * batch;
  }

  private boolean byJacobi(int n) {
    return n
        <= Math.min(engine.tuning().jacobiTo(), Kernels.eigenMaxDimension(KernelConstants.F64));
  }

  private void solve(
      List<double[]> matrices, int n, List<Integer> indices, @Nullable SymmetricEigen[] out) {
    engine.checkInterrupted();
    engine.beginStep();
    int batch = indices.size();
    long bytes = 8L * n * n;
    long input = engine.scratch(Scratch.Slot.FORMED, batch * bytes, MemoryUse.EIGEN);
    int[] exponents = new int[batch];
    for (int i = 0; i < batch; i++) {
      double[] matrix = matrices.get(indices.get(i));
      exponents[i] = extremeExponent(matrix);
      Transfers.upload(engine.staging(), input + i * bytes, scaled(matrix, -exponents[i]));
    }
    Decomposed decomposed = onDevice(input, n, batch);
    for (int i = 0; i < batch; i++) {
      double[] values = scaled(download(decomposed.values() + 8L * i * n, n), exponents[i]);
      long vectors = decomposed.vectors() + i * bytes;
      out[indices.get(i)] = new SymmetricEigen(values, inColumns(vectors, n, decomposed.inRows()));
    }
  }

  private DeviceTensor inColumns(long vectors, int n, boolean inRows) {
    ElementType type = engine.precision().type();
    DeviceTensor columns = DeviceTensor.uninitialised(engine, type, n, n);
    try {
      if (inRows) {
        conversions.transpose(vectors, n, type, columns.address());
      } else {
        conversions.convert(vectors, ElementType.F64, n * n, type, columns.address());
      }
      return columns;
    } catch (RuntimeException e) {
      columns.discard(e);
      throw e;
    }
  }

  /** Of the largest element, if its square or that of a small one would leave float64; else 0. */
  private static int extremeExponent(double[] matrix) {
    double largest = 0;
    for (double value : matrix) {
      largest = Math.max(largest, Math.abs(value));
    }
    int exponent = Math.getExponent(largest);
    return largest == 0 || Math.abs(exponent) < SAFE_EXPONENT ? 0 : exponent;
  }

  /** Times a power of two, which changes no bit of the mantissas. */
  private static double[] scaled(double[] values, int exponent) {
    return exponent == 0
        ? values
        : Arrays.stream(values).map(value -> Math.scalb(value, exponent)).toArray();
  }

  private double[] download(long from, int count) {
    return Transfers.doubles(engine.staging(), from, ElementType.F64, count);
  }

  /** Decomposes float64 matrices [batch, n, n], which are overwritten. */
  public Decomposed onDevice(long matrices, int n, int batch) {
    long values = engine.scratch(Scratch.Slot.QUERIES, 8L * n * batch, MemoryUse.EIGEN);
    if (byJacobi(n)) {
      return jacobi(matrices, n, batch, values);
    }
    int[] info = cusolver.solve(matrices, n, batch, values);
    for (int code : info) {
      if (code != 0) {
        throw new ArithmeticException(
            "cuSOLVER did not converge on a "
                + n
                + " x "
                + n
                + " matrix: "
                + code
                + " off-diagonal elements remain");
      }
    }
    return new Decomposed(values, matrices, true);
  }

  private Decomposed jacobi(long matrices, int n, int batch, long values) {
    long vectors = engine.scratch(Scratch.Slot.HALF_ROTATED, 8L * n * n * batch, MemoryUse.EIGEN);
    long errors = engine.scratch(Scratch.Slot.OUT, 20L * batch);
    long sweeps = errors + 16L * batch;
    CudaException.check(
        Kernels.eigen(
            KernelConstants.F64,
            matrices,
            n,
            batch,
            MAX_SWEEPS,
            values,
            vectors,
            sweeps,
            errors,
            engine.stream()),
        "infl_cuda_eigen");
    for (int count : Transfers.ints(engine.staging(), sweeps, batch)) {
      if (count < 0) {
        throw new ArithmeticException(
            "Jacobi did not converge on a "
                + n
                + " x "
                + n
                + " matrix in "
                + MAX_SWEEPS
                + " sweeps");
      }
    }
    for (double error : Transfers.doubles(engine.staging(), errors, ElementType.F64, 2 * batch)) {
      if (!(error <= TOLERANCE)) {
        throw new ArithmeticException(
            "Jacobi gave eigenvectors of a "
                + n
                + " x "
                + n
                + " matrix that err by "
                + error
                + "; please report the GPU, and set Influence.builder().backend to cpu");
      }
    }
    return new Decomposed(values, vectors, false);
  }
}
