/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

/**
 * The eigenbasis of one layer. A gradient g [P, M] in it is {@code Q_Sᵀ g Q_A} (George et al. 2018;
 * Grosse et al. 2023, section 2.2 with its transposes put right).
 *
 * @param activations Q_A, of dimension M
 * @param gradients Q_S, of dimension P
 */
public record Rotation(Basis activations, Basis gradients) {
  /**
   * No rotation.
   *
   * @param outputs P
   * @param inputs M
   * @return the identity on both sides
   */
  public static Rotation identity(int outputs, int inputs) {
    return new Rotation(Basis.identity(inputs), Basis.identity(outputs));
  }
}
