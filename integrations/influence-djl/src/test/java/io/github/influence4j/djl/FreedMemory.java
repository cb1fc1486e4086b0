/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Makes the garbage collector free direct buffers, and puts something else where they were. */
final class FreedMemory {
  private static final int[] SIZES = {4, 8, 16, 64, 128, 512};

  private FreedMemory() {}

  /**
   * Collects and poisons.
   *
   * @return what must stay reachable, so that the poison stays where it is
   */
  static List<ByteBuffer> collectAndPoison() {
    for (int i = 0; i < 2; i++) {
      System.gc();
      pause(); // the memory is freed by another thread
    }
    return poison(1_000);
  }

  static List<ByteBuffer> poison(int buffers) {
    List<ByteBuffer> poison = new ArrayList<>();
    for (int i = 0; i < buffers; i++) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(SIZES[i % SIZES.length]);
      buffer.order(ByteOrder.nativeOrder());
      while (buffer.hasRemaining()) {
        buffer.putFloat(777);
      }
      poison.add(buffer);
    }
    return poison;
  }

  private static void pause() {
    try {
      Thread.sleep(5);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
