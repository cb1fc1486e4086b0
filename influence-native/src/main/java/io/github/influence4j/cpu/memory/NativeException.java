/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

/** A native function failed. */
public final class NativeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public NativeException(String function, int code, String text) {
    super(function + " returned " + code + ": " + text);
  }

  /** Throws unless a function of {@link Kernels} returned {@code INFL_OK}. */
  public static void check(int code, String function) {
    if (code != KernelConstants.OK) {
      throw new NativeException(
          function,
          code,
          code == KernelConstants.TILE_TOO_LARGE ? "the tile is too large" : "no such kernels");
    }
  }
}
