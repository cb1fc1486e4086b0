/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

import java.util.Locale;

/** The instruction sets that the kernels are compiled for, best last. */
public enum Isa {
  BASELINE(KernelConstants.ISA_BASELINE, "SSE2"),
  AVX2(KernelConstants.ISA_AVX2, "AVX2"),
  AVX512(KernelConstants.ISA_AVX512, "AVX-512");

  /** Caps the instruction set: {@code baseline}, {@code avx2} or {@code avx512}. */
  public static final String PROPERTY = "influence4j.cpu.isa";

  private final int code;
  private final String label;

  Isa(int code, String label) {
    this.code = code;
    this.label = label;
  }

  /** {@code INFL_ISA_x}. */
  int code() {
    return code;
  }

  /** The best one of this machine that {@link #PROPERTY} allows. */
  public static Isa select() {
    Isa best = values()[Kernels.bestIsa()];
    String cap = System.getProperty(PROPERTY);
    if (cap == null) {
      return best;
    }
    for (Isa isa : values()) {
      if (isa.name().toLowerCase(Locale.ROOT).equals(cap)) {
        return isa.compareTo(best) < 0 ? isa : best;
      }
    }
    throw new IllegalArgumentException(
        PROPERTY + " must be baseline, avx2 or avx512, got \"" + cap + "\"");
  }

  @Override
  public String toString() {
    return label;
  }
}
