/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Numbers to compare with. */
record Golden(Safetensors file) implements AutoCloseable {
  static Golden open(Path file) throws IOException {
    return new Golden(Safetensors.open(file));
  }

  boolean has(String name) {
    return file.contains(name);
  }

  /** Names that begin so, without the beginning. */
  List<String> under(String prefix) {
    return file.names().stream()
        .filter(name -> name.startsWith(prefix))
        .map(name -> name.substring(prefix.length()))
        .toList();
  }

  double[] numbers(String name) {
    return file.tensor(name).toDoubles();
  }

  long[] longs(String name) {
    return file.longs(name);
  }

  long[][] matrix(String name) {
    long[] all = file.longs(name);
    int columns = (int) file.shape(name)[1];
    long[][] out = new long[all.length / columns][columns];
    for (int r = 0; r < out.length; r++) {
      System.arraycopy(all, r * columns, out[r], 0, columns);
    }
    return out;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  static double[] doubles(Tensor tensor) {
    Tensor copy = tensor.detach().to(ScalarType.Double).contiguous();
    double[] out = new double[(int) copy.numel()];
    try {
      new BytePointer(copy.data_ptr())
          .capacity(copy.nbytes())
          .asByteBuffer()
          .order(ByteOrder.nativeOrder())
          .asDoubleBuffer()
          .get(out);
    } finally {
      Reference.reachabilityFence(copy);
    }
    return out;
  }

  static double largestDifference(double[] a, double[] b) {
    double out = a.length == b.length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < Math.min(a.length, b.length); i++) {
      out = Math.max(out, Math.abs(a[i] - b[i]));
      out = Double.isNaN(a[i]) ? Double.POSITIVE_INFINITY : out;
    }
    return out;
  }

  /** ‖a − b‖ / ‖b‖. */
  static double relativeError(double[] a, double[] b) {
    double difference = a.length == b.length ? 0 : Double.POSITIVE_INFINITY;
    double size = 0;
    for (int i = 0; i < Math.min(a.length, b.length); i++) {
      difference += (a[i] - b[i]) * (a[i] - b[i]);
      size += b[i] * b[i];
    }
    return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.sqrt(difference / size);
  }
}
