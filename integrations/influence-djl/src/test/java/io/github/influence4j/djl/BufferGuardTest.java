/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.training.GradientCollector;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // guards are used by being open
final class BufferGuardTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  /** What users who train with DJL are told to do. */
  @Test
  void gradientsOfALoopOfOnesOwn() {
    NDArray x = manager.create(new float[] {1, 2});
    x.setRequiresGradient(true);
    try (BufferGuard guard = BufferGuard.open();
        GradientCollector collector = manager.getEngine().newGradientCollector()) {
      NDArray loss = x.mul(3f).sum();
      List<ByteBuffer> poison = FreedMemory.collectAndPoison();
      collector.backward(loss);
      assertThat(poison).isNotEmpty();
    }
    assertThat(x.getGradient().toFloatArray()).containsExactly(3, 3);
  }

  /** Scopes do under a guard what they do without one. */
  @Test
  void scopesCloseTheirArraysAndNoOthers() {
    NDArray inner;
    NDArray outer;
    NDArray kept;
    NDArray free;
    try (NDScope scope = new NDScope()) {
      try (BufferGuard guard = BufferGuard.open()) {
        outer = manager.create(1f);
        kept = manager.create(2f);
        try (NDScope own = new NDScope()) {
          inner = outer.add(1f);
        }
        assertThat(isClosed(inner)).isTrue();
        assertThat(isClosed(outer)).isFalse();
        NDScope.unregister(kept);
      }
    }
    assertThat(isClosed(outer)).isTrue();
    assertThat(isClosed(kept)).isFalse();
    try (BufferGuard guard = BufferGuard.open()) {
      free = manager.create(3f);
    }
    assertThat(isClosed(free)).isFalse();
  }

  private static boolean isClosed(NDArray array) {
    try {
      return array.getFloat() < 0;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  @Test
  void guardsNest() {
    BufferGuard outer = BufferGuard.open();
    BufferGuard inner = BufferGuard.open();
    assertThatIllegalStateException()
        .isThrownBy(outer::close)
        .withMessageContaining("the last opened first");
    inner.close();
    inner.close();
    outer.close();
    assertThat(DjlInternals.scopes()).isNotInstanceOf(WatchedScopes.class);
  }

  @Test
  void otherVersionsOfDjl() {
    assertThatIllegalStateException()
        .isThrownBy(() -> DjlInternals.field(NDScope.class, "arrays"))
        .withMessageContaining("hides NDScope.arrays")
        .withMessageContaining("use DJL 0.35.1");
  }
}
