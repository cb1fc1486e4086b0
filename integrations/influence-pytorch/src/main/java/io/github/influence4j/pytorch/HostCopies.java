/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.bytedeco.pytorch.global.torch.ScalarType;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;

/** Copies of tensors of any type and layout as arrays. */
final class HostCopies {
  private HostCopies() {}

  static double[] doubles(Tensor tensor) {
    double[] values = new double[Math.toIntExact(tensor.numel())];
    read(tensor, ScalarType.Double, bytes -> bytes.asDoubleBuffer().get(values));
    return values;
  }

  static long[] longs(Tensor tensor) {
    long[] values = new long[Math.toIntExact(tensor.numel())];
    read(tensor, ScalarType.Long, bytes -> bytes.asLongBuffer().get(values));
    return values;
  }

  static boolean[] booleans(Tensor tensor) {
    byte[] bits = new byte[Math.toIntExact(tensor.numel())];
    read(tensor, ScalarType.Bool, bytes -> bytes.get(bits));
    boolean[] values = new boolean[bits.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = bits[i] != 0;
    }
    return values;
  }

  private static void read(Tensor tensor, ScalarType type, Consumer<ByteBuffer> reader) {
    if (tensor.numel() == 0) { // no memory, so no address
      return;
    }
    Tensor copy = tensor.detach().cpu().to(type).contiguous();
    try {
      BytePointer memory = new BytePointer(copy.data_ptr()).capacity(copy.nbytes());
      reader.accept(memory.asByteBuffer().order(ByteOrder.nativeOrder()));
    } finally {
      Reference.reachabilityFence(copy); // there may be no scope that holds it
    }
  }
}
