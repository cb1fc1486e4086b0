/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A thread's stack of scopes, watched: each array that DJL makes is shown to an observer, then
 * registered where it would have been. DJL registers an array with the last scope as it makes it.
 */
@SuppressWarnings("serial") // never serialized
final class WatchedScopes extends ArrayDeque<NDScope> {
  private final Deque<NDScope> scopes;
  private final NDScope observer;

  WatchedScopes(Deque<NDScope> scopes, Consumer<NDArray> made) {
    this.scopes = scopes;
    this.observer = new NDScope();
    scopes.remove(observer); // where the constructor put it
    DjlInternals.setArrays(observer, new Registrations(scopes, made));
  }

  @Override
  public boolean isEmpty() {
    return false;
  }

  @Override
  public NDScope getLast() {
    return observer;
  }

  @Override
  public void addLast(NDScope scope) {
    scopes.addLast(scope);
  }

  @Override
  public boolean remove(Object scope) {
    return scopes.remove(scope);
  }

  /** The observer's arrays: none, they are handed on. */
  private static final class Registrations extends IdentityHashMap<NDArray, NDArray> {
    private final Deque<NDScope> scopes;
    private final Consumer<NDArray> made;

    Registrations(Deque<NDScope> scopes, Consumer<NDArray> made) {
      this.scopes = scopes;
      this.made = made;
    }

    @Override
    public @Nullable NDArray put(NDArray array, NDArray same) {
      made.accept(array);
      return scopes.isEmpty() ? null : DjlInternals.arrays(scopes.getLast()).put(array, same);
    }

    @Override
    public @Nullable NDArray remove(Object array) {
      return scopes.isEmpty() ? null : DjlInternals.arrays(scopes.getLast()).remove(array);
    }
  }
}
