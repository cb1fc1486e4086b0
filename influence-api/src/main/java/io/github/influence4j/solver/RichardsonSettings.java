/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import org.jspecify.annotations.Nullable;

/**
 * What LiSSA and ASTRA differ in: both are Richardson iterations {@code x ← x − α P⁻¹ [(G̃ + λI) x
 * − v]}.
 *
 * @param name the solver's
 * @param preconditioner P⁻¹
 * @param lengths α
 * @param batches the examples of each step
 * @param iterations at most
 * @param tolerance 0 for none
 * @param begin where it begins
 */
record RichardsonSettings(
    String name,
    Preconditioner preconditioner,
    StepLengths lengths,
    MiniBatches batches,
    long iterations,
    double tolerance,
    Begin begin) {

  /** The first x. */
  enum Begin {
    ZERO,
    /** P⁻¹ v. */
    PRECONDITIONED,
    /** α P⁻¹ v. */
    SCALED
  }

  static void check(long iterations, double tolerance, @Nullable Double length, String what) {
    if (iterations < 0 || !(tolerance >= 0)) {
      throw new IllegalArgumentException(
          "Iterations and tolerance must be 0 or more, got "
              + iterations
              + " and "
              + tolerance
              + ".");
    }
    if (length != null && !(length > 0 && Double.isFinite(length))) {
      throw new IllegalArgumentException(
          "The " + what + " must be positive and finite, got " + length + ".");
    }
  }

  /** What must be the same when a run is resumed. */
  String fingerprint() {
    return name + " with " + lengths + " and " + batches;
  }
}
