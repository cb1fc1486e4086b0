/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

import org.bytedeco.javacpp.annotation.MemberGetter;
import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;

/** Constants {@code INFL_X} of {@code influence_cpu.h}, which documents them. */
@Properties(
    @Platform(
        value = "linux-x86_64",
        include = "influence_cpu.h",
        link = "influence_cpu#",
        library = "jniKernels"))
@NoException
public final class KernelConstants {
  static {
    Kernels.abiVersion(); // Loads the library.
  }

  public static final int MAX_TILE_ROWS = INFL_MAX_TILE_ROWS();
  public static final int MAX_TILE_COLUMNS = INFL_MAX_TILE_COLUMNS();
  public static final int MAX_DOT_ELEMENTS = INFL_MAX_DOT_ELEMENTS();
  public static final int COVARIANCE_FLUSH = INFL_COVARIANCE_FLUSH();
  public static final int OUTER_ROWS = INFL_OUTER_ROWS();
  public static final int OUTER_UNIT = INFL_OUTER_UNIT();
  public static final int THIN_UNIT = INFL_THIN_UNIT();
  public static final int ROW_UNIT = INFL_ROW_UNIT();
  public static final int COLUMN_UNIT = INFL_COLUMN_UNIT();
  static final int TILE_UNIT = INFL_TILE_UNIT();
  public static final int RESIDENT_ELEMENTS = INFL_RESIDENT_ELEMENTS();
  static final int F32 = INFL_F32();
  static final int F64 = INFL_F64();
  static final int F16 = INFL_F16();
  static final int BF16 = INFL_BF16();
  static final int ISA_BASELINE = INFL_ISA_BASELINE();
  static final int ISA_AVX2 = INFL_ISA_AVX2();
  static final int ISA_AVX512 = INFL_ISA_AVX512();
  static final int OK = INFL_OK();
  static final int TILE_TOO_LARGE = INFL_TILE_TOO_LARGE();

  private KernelConstants() {}

  @MemberGetter
  private static native int INFL_MAX_TILE_ROWS();

  @MemberGetter
  private static native int INFL_MAX_TILE_COLUMNS();

  @MemberGetter
  private static native int INFL_MAX_DOT_ELEMENTS();

  @MemberGetter
  private static native int INFL_COVARIANCE_FLUSH();

  @MemberGetter
  private static native int INFL_OUTER_ROWS();

  @MemberGetter
  private static native int INFL_OUTER_UNIT();

  @MemberGetter
  private static native int INFL_THIN_UNIT();

  @MemberGetter
  private static native int INFL_ROW_UNIT();

  @MemberGetter
  private static native int INFL_COLUMN_UNIT();

  @MemberGetter
  private static native int INFL_TILE_UNIT();

  @MemberGetter
  private static native int INFL_RESIDENT_ELEMENTS();

  @MemberGetter
  private static native int INFL_F32();

  @MemberGetter
  private static native int INFL_F64();

  @MemberGetter
  private static native int INFL_F16();

  @MemberGetter
  private static native int INFL_BF16();

  @MemberGetter
  private static native int INFL_ISA_BASELINE();

  @MemberGetter
  private static native int INFL_ISA_AVX2();

  @MemberGetter
  private static native int INFL_ISA_AVX512();

  @MemberGetter
  private static native int INFL_OK();

  @MemberGetter
  private static native int INFL_TILE_TOO_LARGE();
}
