/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import org.jspecify.annotations.Nullable;

/** Releases one resource after the other whatever each says, and reports the first failure. */
public final class Releases {
  private @Nullable RuntimeException failure;

  /** Runs one; whether that went well. */
  public boolean run(Runnable release) {
    try {
      release.run();
      return true;
    } catch (RuntimeException e) {
      if (failure == null) {
        failure = e;
      } else {
        failure.addSuppressed(e);
      }
      return false;
    }
  }

  public void rethrow() {
    if (failure != null) {
      throw failure;
    }
  }

  /** After a failure of something else: that is what is thrown, these are added to it. */
  public void addTo(Throwable cause) {
    if (failure != null) {
      cause.addSuppressed(failure);
    }
  }
}
