/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.reference;

import java.util.concurrent.CancellationException;

/** Ends long operations whose thread was interrupted. */
final class Interruption {
  private Interruption() {}

  static void check() {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("Reference backend: the operation was interrupted.");
    }
  }
}
