/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;

/**
 * Memory or threads outside the Java heap that belong to an object: freed when it is closed, and at
 * the latest when the garbage collector finds that nobody can close it any more. With {@code
 * -Dinfluence4j.leaks=trace} the latter logs a warning with the place where the object was made.
 *
 * <pre>{@code
 * this.owned = OwnedResource.of(this, "CurvatureFitter", leaked -> accumulators.close());
 * }</pre>
 */
public final class OwnedResource implements AutoCloseable {
  /** The system property that asks for warnings; its value is {@code trace}. */
  public static final String PROPERTY = "influence4j.leaks";

  private static final Logger LOGGER = System.getLogger(OwnedResource.class.getName());
  private static final Cleaner CLEANER = Cleaner.create();

  /** Frees a resource, once. Must not refer to the owner. */
  @FunctionalInterface
  public interface Release {
    /**
     * Frees it.
     *
     * @param leaked true on the collector's behalf, on a thread that must not be kept waiting
     */
    void free(boolean leaked);
  }

  private final Leftover leftover;
  private final Cleaner.Cleanable cleanable;

  private OwnedResource(Object owner, Leftover leftover) {
    this.leftover = leftover;
    this.cleanable = CLEANER.register(owner, leftover);
  }

  /**
   * Gives an object a resource.
   *
   * @param owner whoever closes what this returns
   * @param name of the owner, for the warning
   * @param release frees the resource; must not refer to the owner
   * @return the resource
   */
  public static OwnedResource of(Object owner, String name, Release release) {
    boolean trace = "trace".equals(System.getProperty(PROPERTY));
    Throwable place = trace ? new Throwable(name + " was made here") : null;
    return new OwnedResource(owner, new Leftover(name, release, place));
  }

  /**
   * Gives a resource to an object that nobody closes: to be out of reach is no leak of it.
   *
   * @param owner as long as it can be reached, the resource is there, unless it is closed
   * @param name of the resource, for the warning where it cannot be freed
   * @param release frees the resource; must not refer to the owner
   * @return the resource
   */
  public static OwnedResource asLongAs(Object owner, String name, Release release) {
    return new OwnedResource(owner, new Leftover(name, release, null));
  }

  /** Frees the resource; idempotent. */
  @Override
  public void close() {
    leftover.closing = true;
    cleanable.clean();
  }

  private static final class Leftover implements Runnable {
    private final String name;
    private final Release release;
    private final @Nullable Throwable place;
    private volatile boolean closing;

    Leftover(String name, Release release, @Nullable Throwable place) {
      this.name = name;
      this.release = release;
      this.place = place;
    }

    @Override
    public void run() {
      if (closing) {
        release.free(false);
        return;
      }
      if (place != null) {
        LOGGER.log(
            Level.WARNING, name + " was never closed; close it in try-with-resources.", place);
      }
      try {
        release.free(true);
      } catch (RuntimeException e) {
        // The cleaner would drop it.
        LOGGER.log(Level.WARNING, name + " was out of reach and could not be freed.", e);
      }
    }
  }
}
