/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

import io.github.influence4j.internal.natives.NativeLibraries;
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
 * What {@code influence_cpu.h} declares and documents: structures, whose layout the C++ compiler
 * fills in, and functions. Addresses are raw longs, so a call allocates nothing; the callers keep
 * the memory alive. {@link KernelConstants} and {@link UnfoldKernel} are in the same library.
 */
// The # after the library name: link it (a static archive), but do not look for it at run time.
@Properties(@Platform(value = "linux-x86_64", include = "influence_cpu.h", link = "influence_cpu#"))
@NoException
// Nobody calls allocate, but JavaCPP knows the size of classes that have it.
@SuppressWarnings("unused")
public final class Kernels {
  /** The version of the header that this class was written for. */
  public static final int ABI_VERSION = 8;

  static {
    NativeLibraries.load(Kernels.class, "libjniKernels.so", path -> System.load(path));
  }

  private Kernels() {}

  /** {@code infl_matrix}. */
  @Name("infl_matrix")
  static final class NativeMatrix extends Pointer {
    NativeMatrix(Pointer memory) {
      super(memory);
    }

    private native void allocate();

    @MemberSetter
    public native NativeMatrix data(@Cast("const void*") long address);

    @MemberSetter
    public native NativeMatrix index(@Cast("const int32_t*") long address);

    @MemberSetter
    public native NativeMatrix stride(long elements);

    @MemberSetter
    public native NativeMatrix type(int type);

    @MemberSetter
    public native NativeMatrix columns(int count);
  }

  /** {@code infl_product}. */
  @Name("infl_product")
  static final class NativeProduct extends Pointer {
    NativeProduct(Pointer memory) {
      super(memory);
    }

    private native void allocate();

    @MemberGetter
    @ByRef
    public native NativeMatrix a();

    @MemberGetter
    @ByRef
    public native NativeMatrix b();

    @MemberSetter
    @Name("a_rows_are_k")
    public native NativeProduct aRowsAreK(int flag);

    @MemberSetter
    @Name("b_rows_are_k")
    public native NativeProduct bRowsAreK(int flag);

    @MemberSetter
    public native NativeProduct k(long count);
  }

  /** {@code infl_examples}. */
  @Name("infl_examples")
  public static final class NativeExamples extends Pointer {
    public NativeExamples(Pointer memory) {
      super(memory);
    }

    private native void allocate();

    @MemberSetter
    public native NativeExamples begin(@Cast("const int32_t*") long address);

    @MemberSetter
    public native NativeExamples end(@Cast("const int32_t*") long address);

    @MemberSetter
    public native NativeExamples count(long count);

    @MemberSetter
    @Name("a_step")
    public native NativeExamples aStep(long rows);

    @MemberSetter
    @Name("packed_a")
    public native NativeExamples packedA(@Cast("void*") long address);

    @MemberSetter
    @Name("packed_b")
    public native NativeExamples packedB(@Cast("void*") long address);

    @MemberSetter
    @Name("a_lines")
    public native NativeExamples aLines(long elements);

    @MemberSetter
    @Name("b_lines")
    public native NativeExamples bLines(long elements);
  }

  /** {@code infl_queries}. */
  @Name("infl_queries")
  public static final class NativeQueries extends Pointer {
    public NativeQueries(Pointer memory) {
      super(memory);
    }

    private native void allocate();

    @MemberSetter
    public native NativeQueries values(@Cast("const void*") long address);

    @MemberSetter
    public native NativeQueries left(@Cast("const void*") long address);

    @MemberSetter
    public native NativeQueries right(@Cast("const void*") long address);

    @MemberSetter
    public native NativeQueries outputs(long count);

    @MemberSetter
    public native NativeQueries inputs(long count);

    @MemberSetter
    public native NativeQueries rank(long count);
  }

  @Name("infl_abi_version")
  public static native int abiVersion();

  @Name("infl_best_isa")
  static native int bestIsa();

  @Name("infl_workspace_bytes")
  static native long workspaceBytes();

  @Name("infl_allocate")
  public static native @Cast("intptr_t") long allocate(long bytes, int zeroed);

  @Name("infl_free")
  public static native void free(@Cast("void*") long memory);

  @Name("infl_zero")
  public static native void zero(@Cast("void*") long memory, long bytes);

  @Name("infl_copy")
  public static native void copy(
      @Cast("void*") long to, @Cast("const void*") long from, long bytes);

  @Name("infl_multiply")
  public static native int multiply(
      int kernels,
      @Cast("const infl_product*") long product,
      long row,
      long rows,
      long column,
      long columns,
      @Cast("void*") long c,
      long ldc,
      int accumulate,
      @Cast("void*") long workspace);

  @Name("infl_multiply_by_packed")
  public static native int multiplyByPacked(
      int kernels,
      @Cast("const infl_product*") long product,
      @Cast("const void*") long packed,
      long lines,
      long row,
      long rows,
      long column,
      long columns,
      @Cast("void*") long c,
      long ldc,
      @Cast("void*") long workspace);

  @Name("infl_covariance_tile")
  public static native int covarianceTile(
      int kernels,
      @Cast("const infl_examples*") long ranges,
      long counted,
      long row,
      long rows,
      long column,
      long columns,
      @Cast("float*") long partial,
      @Cast("double*") long master,
      long ldc);

  @Name("infl_pack_examples")
  public static native int packExamples(
      int kernels,
      @Cast("const infl_product*") long product,
      @Cast("const infl_examples*") long examples,
      long rows,
      long columns,
      long first,
      long count);

  @Name("infl_square_tile")
  public static native int squareTile(
      int kernels,
      @Cast("const infl_product*") long product,
      @Cast("const infl_examples*") long examples,
      long row,
      long rows,
      long column,
      long columns,
      @Cast("double*") long sum,
      long lds,
      @Cast("void*") long workspace);

  @Name("infl_accumulate_tile")
  public static native int accumulateTile(
      int kernels,
      @Cast("const infl_product*") long product,
      @Cast("const infl_examples*") long examples,
      @Cast("const int32_t*") long targets,
      long row,
      long rows,
      long column,
      long columns,
      @Cast("void*") long c,
      long ldc,
      long targetStep,
      @Cast("void*") long workspace);

  @Name("infl_dot_tile")
  public static native int dotTile(
      int kernels,
      @Cast("const infl_product*") long product,
      @Cast("const infl_examples*") long examples,
      long row,
      long rows,
      long column,
      long columns,
      @Cast("const infl_queries*") long queries,
      long firstQuery,
      long queryCount,
      int square,
      @Cast("double*") long out,
      @Cast("void*") long workspace);

  @Name("infl_row_dense")
  public static native int rowDense(
      int kernels,
      @Cast("const infl_matrix*") long a,
      @Cast("const infl_matrix*") long x,
      long row,
      long rows,
      @Cast("const infl_queries*") long queries,
      @Cast("const void*") long packed,
      long queryCount,
      int square,
      @Cast("double*") long out,
      long ldo,
      @Cast("void*") long workspace);

  @Name("infl_row_low_rank")
  public static native int rowLowRank(
      int kernels,
      @Cast("const infl_matrix*") long a,
      @Cast("const infl_matrix*") long x,
      long row,
      long rows,
      @Cast("const infl_queries*") long queries,
      long queryTotal,
      long firstQuery,
      long queryCount,
      @Cast("double*") long out,
      long ldo,
      @Cast("void*") long workspace);

  @Name("infl_pack_queries")
  public static native int packQueries(
      int kernels,
      @Cast("const infl_queries*") long queries,
      long queryCount,
      long first,
      long count,
      @Cast("void*") long packed);

  @Name("infl_outer_tile")
  public static native int outerTile(
      int kernels,
      @Cast("const infl_matrix*") long a,
      @Cast("const infl_matrix*") long x,
      long row,
      long rows,
      long inputs,
      @Cast("const void*") long packed,
      long queryTotal,
      long firstQuery,
      long queryCount,
      long first,
      long count,
      @Cast("double*") long out,
      long ldo,
      @Cast("void*") long workspace);

  @Name("infl_magnitudes")
  public static native int magnitudes(
      int kernels,
      @Cast("const infl_matrix*") long x,
      long row,
      long rows,
      @Cast("double*") long out);

  @Name("infl_convert")
  public static native int convert(
      int kernels,
      @Cast("const infl_matrix*") long x,
      long row,
      long rows,
      long columns,
      @Cast("void*") long out,
      long ldo);

  @Name("infl_hadamard")
  public static native int hadamard(
      int kernels,
      @Cast("const void*") long a,
      @Cast("const void*") long b,
      @Cast("void*") long out,
      long count);

  @Name("infl_thin_multiply")
  public static native int thinMultiply(
      int kernels,
      @Cast("const void*") long d,
      long rowStep,
      long kStep,
      long row,
      long rows,
      long k,
      @Cast("const void*") long x,
      long ldx,
      long width,
      @Cast("void*") long out,
      long ldo);

  @Name("infl_sum_squares")
  public static native int sumSquares(
      int kernels, @Cast("const void*") long x, long count, @Cast("double*") long out);

  @Name("infl_residual_tile")
  public static native int residualTile(
      int kernels,
      @Cast("const infl_product*") long product,
      long row,
      long rows,
      long column,
      long columns,
      @Cast("const void*") long d,
      long ldd,
      @Cast("double*") long out,
      @Cast("void*") long workspace);
}
