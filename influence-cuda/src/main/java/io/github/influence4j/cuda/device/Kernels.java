/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.internal.natives.NativeLibraries;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.annotation.ByRef;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.MemberGetter;
import org.bytedeco.javacpp.annotation.MemberSetter;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;

/**
 * The functions of {@code influence_cuda.h}, which documents them. Device pointers are addresses;
 * results are error codes for {@link CudaException#check}. {@link KernelLibrary#load} comes first.
 */
// The # after the library name: link it, but do not look for it at run time; it is loaded by then.
@Properties(
    @Platform(value = "linux-x86_64", include = "influence_cuda.h", link = "influence_cuda#"))
@NoException
public final class Kernels {
  public static final int ABI_VERSION = 5;

  static {
    NativeLibraries.load(Kernels.class, "libjniKernels.so", path -> System.load(path));
  }

  private Kernels() {}

  /** {@code infl_rows}. */
  @Name("infl_rows")
  public static final class DeviceRows extends Pointer {
    public DeviceRows() {
      super((Pointer) null);
      allocate();
    }

    private DeviceRows(Pointer p) {
      super(p);
    }

    private native void allocate();

    @MemberSetter
    public native DeviceRows data(@Cast("const void*") long address);

    @MemberSetter
    public native DeviceRows index(@Cast("const int32_t*") long address);

    @MemberSetter
    public native DeviceRows offset(long elements);

    @MemberSetter
    public native DeviceRows stride(long elements);

    @MemberSetter
    public native DeviceRows type(int type);

    @MemberSetter
    public native DeviceRows rows(int count);

    @MemberSetter
    public native DeviceRows columns(int count);

    @MemberSetter
    public native DeviceRows homogeneous(int flag);
  }

  /** {@code infl_examples}. */
  @Name("infl_examples")
  public static final class DeviceExamples extends Pointer {
    public DeviceExamples() {
      super((Pointer) null);
      allocate();
    }

    private native void allocate();

    @MemberSetter
    public native DeviceExamples gradients(@Cast("const void*") long address);

    @MemberSetter
    public native DeviceExamples activations(@Cast("const void*") long address);

    @MemberSetter
    public native DeviceExamples offsets(@Cast("const int32_t*") long address);

    @MemberSetter
    @Name("gradients_stride")
    public native DeviceExamples gradientsStride(long elements);

    @MemberSetter
    @Name("activations_stride")
    public native DeviceExamples activationsStride(long elements);

    @MemberSetter
    public native DeviceExamples rows(int count);

    @MemberSetter
    public native DeviceExamples examples(int count);

    @MemberSetter
    public native DeviceExamples outputs(int count);

    @MemberSetter
    public native DeviceExamples inputs(int count);
  }

  /** An array of {@code infl_covariance_update}. */
  @Name("infl_covariance_update")
  public static final class DeviceUpdates extends Pointer {
    public DeviceUpdates(long size) {
      super((Pointer) null);
      allocateArray(size);
    }

    private native void allocateArray(long size);

    public DeviceUpdates at(long index) {
      return super.<DeviceUpdates>position(index);
    }

    @MemberGetter
    @ByRef
    public native DeviceRows rows();

    @MemberSetter
    public native DeviceUpdates master(@Cast("double*") long address);

    @MemberSetter
    public native DeviceUpdates partial(@Cast("void*") long address);

    @MemberSetter
    @Name("rows_before")
    public native DeviceUpdates rowsBefore(long count);
  }

  @Name("infl_cuda_abi_version")
  public static native int abiVersion();

  @Name("infl_cuda_build")
  public static native String build();

  @Name("infl_cuda_usable")
  public static native int usable();

  @Name("infl_cuda_pack")
  public static native int pack(
      DeviceRows rows,
      int precision,
      @Cast("void*") long out,
      long stride,
      @Cast("void*") long stream);

  @Name("infl_cuda_first_non_finite_row")
  public static native int firstNonFiniteRow(
      DeviceRows rows, @Cast("int32_t*") long row, @Cast("void*") long stream);

  @Name("infl_cuda_row_magnitudes")
  public static native int rowMagnitudes(
      DeviceRows rows, @Cast("double*") long out, @Cast("void*") long stream);

  @Name("infl_cuda_covariance_workspace")
  public static native long covarianceWorkspace(DeviceUpdates updates, int count, int path);

  @Name("infl_cuda_covariance_accumulate")
  public static native int covarianceAccumulate(
      DeviceUpdates updates,
      int count,
      int path,
      @Cast("void*") long workspace,
      long workspaceBytes,
      @Cast("void*") long stream);

  @Name("infl_cuda_covariance_sum")
  public static native int covarianceSum(
      @Cast("const double*") long master,
      @Cast("const void*") long partial,
      int path,
      int dimension,
      @Cast("double*") long sum,
      @Cast("void*") long stream);

  @Name("infl_cuda_eigen_max_dimension")
  public static native int eigenMaxDimension(int precision);

  @Name("infl_cuda_eigen")
  public static native int eigen(
      int precision,
      @Cast("const void*") long matrices,
      int n,
      int batch,
      int maxSweeps,
      @Cast("void*") long values,
      @Cast("void*") long vectors,
      @Cast("int32_t*") long sweeps,
      @Cast("double*") long errors,
      @Cast("void*") long stream);

  @Name("infl_cuda_gemm")
  public static native int gemm(
      int precision,
      int transposeA,
      int transposeB,
      int m,
      int n,
      int k,
      @Cast("const void*") long a,
      long lda,
      long strideA,
      @Cast("const void*") long b,
      long ldb,
      long strideB,
      @Cast("void*") long c,
      long ldc,
      long strideC,
      int batch,
      @Cast("void*") long stream);

  @Name("infl_cuda_scale")
  public static native int scale(
      int precision,
      @Cast("const void*") long weights,
      @Cast("const void*") long values,
      @Cast("void*") long out,
      long elements,
      int batch,
      @Cast("void*") long stream);

  @Name("infl_cuda_gradients")
  public static native int gradients(
      int precision,
      DeviceExamples examples,
      @Cast("void*") long gradients,
      @Cast("void*") long stream);

  @Name("infl_cuda_squares_workspace")
  public static native long squaresWorkspace(int precision, DeviceExamples examples);

  @Name("infl_cuda_squares")
  public static native int squares(
      int precision,
      DeviceExamples examples,
      @Cast("double*") long sum,
      @Cast("void*") long workspace,
      long workspaceBytes,
      @Cast("void*") long stream);

  @Name("infl_cuda_weighted_squares_workspace")
  public static native long weightedSquaresWorkspace(DeviceExamples examples, int count);

  @Name("infl_cuda_weighted_squares")
  public static native int weightedSquares(
      int precision,
      DeviceExamples examples,
      @Cast("const void* const*") LongPointer weights,
      int count,
      @Cast("double*") long out,
      @Cast("void*") long workspace,
      long workspaceBytes,
      @Cast("void*") long stream);

  @Name("infl_cuda_accumulate_gradients")
  public static native int accumulateGradients(
      int precision,
      DeviceExamples examples,
      @Cast("const int32_t*") long targets,
      int queries,
      @Cast("void*") long sums,
      @Cast("void*") long stream);

  @Name("infl_cuda_dense_squares")
  public static native int denseSquares(
      int precision,
      @Cast("const void*") long gradients,
      int examples,
      long elements,
      @Cast("double*") long sum,
      @Cast("void*") long stream);

  @Name("infl_cuda_dense_weighted_squares_workspace")
  public static native long denseWeightedSquaresWorkspace(int examples, long elements, int count);

  @Name("infl_cuda_dense_weighted_squares")
  public static native int denseWeightedSquares(
      int precision,
      @Cast("const void*") long gradients,
      int examples,
      long elements,
      @Cast("const void* const*") LongPointer weights,
      int count,
      @Cast("double*") long out,
      @Cast("void*") long workspace,
      long workspaceBytes,
      @Cast("void*") long stream);

  @Name("infl_cuda_dense_accumulate")
  public static native int denseAccumulate(
      int precision,
      @Cast("const void*") long gradients,
      int examples,
      long elements,
      @Cast("const int32_t*") long targets,
      int queries,
      @Cast("void*") long sums,
      @Cast("void*") long stream);

  @Name("infl_cuda_score_workspace")
  public static native long scoreWorkspace(DeviceExamples examples, int queries);

  @Name("infl_cuda_score")
  public static native int score(
      int precision,
      DeviceExamples examples,
      @Cast("const void*") long queries,
      int queryCount,
      @Cast("double*") long scores,
      @Cast("void*") long workspace,
      long workspaceBytes,
      @Cast("void*") long stream);

  @Name("infl_cuda_score_rows_workspace")
  public static native long scoreRowsWorkspace(DeviceExamples examples, int queries);

  @Name("infl_cuda_score_rows")
  public static native int scoreRows(
      int precision,
      DeviceExamples examples,
      @Cast("const void*") long queries,
      int queryCount,
      @Cast("double*") long rows,
      @Cast("double*") long scores,
      @Cast("void*") long workspace,
      long workspaceBytes,
      @Cast("void*") long stream);

  @Name("infl_cuda_score_rows_low_rank_workspace")
  public static native long scoreRowsLowRankWorkspace(
      DeviceExamples examples, int queries, int rank);

  @Name("infl_cuda_score_rows_low_rank")
  public static native int scoreRowsLowRank(
      int precision,
      DeviceExamples examples,
      @Cast("const void*") long left,
      @Cast("const void*") long right,
      int rank,
      int queryCount,
      @Cast("double*") long rows,
      @Cast("double*") long scores,
      @Cast("void*") long workspace,
      long workspaceBytes,
      @Cast("void*") long stream);

  @Name("infl_cuda_add_scores")
  public static native int addScores(
      @Cast("const double*") long part,
      int queries,
      int n,
      @Cast("double*") long sums,
      long stride,
      long first,
      @Cast("void*") long stream);

  @Name("infl_cuda_topk_clear")
  public static native int topkClear(
      @Cast("double*") long values,
      @Cast("int64_t*") long ids,
      int queries,
      int k,
      @Cast("void*") long stream);

  @Name("infl_cuda_topk_update")
  public static native int topkUpdate(
      @Cast("const double*") long scores,
      long stride,
      int n,
      int sign,
      @Cast("const int64_t*") long exampleIds,
      long firstId,
      @Cast("double*") long values,
      @Cast("int64_t*") long ids,
      int queries,
      int k,
      @Cast("void*") long stream);
}
