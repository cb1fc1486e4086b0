/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.spi.ComputeBackend;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the last run of scorers left on a backend, for the next: what it loaded of its curvature, as
 * long as that can be reached. A run takes it out and gives it back; runs within a run load for
 * themselves and leave nothing.
 */
public final class KeptCurvature implements AutoCloseable {
  private final ComputeBackend backend;

  /** Of those who need all memory; while there are some, nothing is kept. */
  private final Set<Object> others = new HashSet<>();

  private @Nullable LoadedTensors kept;

  /** Runs that go on, one within the other. */
  private int runs;

  private boolean closed;

  /**
   * Nothing yet.
   *
   * @param backend where the curvature lies; borrowed
   */
  public KeptCurvature(ComputeBackend backend) {
    this.backend = backend;
  }

  /** The curvature, with what is loaded of it; for {@link #giveBack}. */
  LoadedCurvature take(FittedCurvature curvature) {
    LoadedTensors found;
    synchronized (this) {
      runs++;
      found = taken();
    }
    try {
      if (found != null && !found.areOf(curvature)) {
        found.close();
        found = null;
      }
      return LoadedCurvature.of(
          backend, curvature, found == null ? new LoadedTensors(curvature) : found);
    } catch (RuntimeException | Error failure) {
      ended();
      throw failure;
    }
  }

  /** What is kept, which is then up to the caller. */
  private @Nullable LoadedTensors taken() {
    LoadedTensors found = kept;
    kept = null;
    return found;
  }

  private synchronized void ended() {
    runs--;
  }

  /** Ends a run. */
  void giveBack(LoadedCurvature loaded) {
    synchronized (this) {
      runs--;
      if (!closed && runs == 0 && others.isEmpty()) {
        kept = loaded.tensors();
        return;
      }
    }
    loaded.tensors().close();
  }

  /** Frees outside of the monitor: that may wait for an operation. */
  private static void free(@Nullable LoadedTensors tensors) {
    if (tensors != null) {
      tensors.close();
    }
  }

  /**
   * Frees what is kept and keeps nothing until somebody else has done with the memory.
   *
   * @return tells that it is so; idempotent
   */
  public Runnable makeRoom() {
    Object other = new Object();
    LoadedTensors found;
    synchronized (this) {
      others.add(other);
      found = taken();
    }
    free(found);
    return () -> leave(other);
  }

  private synchronized void leave(Object other) {
    others.remove(other);
  }

  /** Frees what is kept, and whatever is given back. */
  @Override
  public void close() {
    LoadedTensors found;
    synchronized (this) {
      closed = true;
      found = taken();
    }
    free(found);
  }
}
