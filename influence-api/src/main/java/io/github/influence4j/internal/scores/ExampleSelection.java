/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.internal.rows.HostViews;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rows;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Some examples of a batch. */
final class ExampleSelection {
  private ExampleSelection() {}

  /** A view of some examples, in the order given. */
  static ExampleRows view(ExampleRows batch, int[] examples) {
    int[] offsets = new int[examples.length + 1];
    for (int i = 0; i < examples.length; i++) {
      int length = batch.offsets()[examples[i] + 1] - batch.offsets()[examples[i]];
      offsets[i + 1] = offsets[i] + length;
    }
    int[] rows = new int[offsets[examples.length]];
    for (int i = 0; i < examples.length; i++) {
      for (int r = offsets[i]; r < offsets[i + 1]; r++) {
        rows[r] = batch.offsets()[examples[i]] + r - offsets[i];
      }
    }
    return new ExampleRows(
        select(batch.activations(), rows), select(batch.gradients(), rows), offsets);
  }

  private static Rows select(Rows rows, int[] numbers) {
    int[] index = numbers.clone();
    int[] old = rows.index();
    for (int i = 0; old != null && i < index.length; i++) {
      index[i] = old[index[i]];
    }
    double[] magnitudes = select(rows.magnitudes(), numbers);
    return new Rows(rows.stored(), index.length, rows.homogeneous(), index, magnitudes);
  }

  private static double @Nullable [] select(double @Nullable [] values, int[] numbers) {
    return values == null ? null : Arrays.stream(numbers).mapToDouble(r -> values[r]).toArray();
  }

  /** A copy of some examples, on the host, that outlives the batch. */
  static ExampleRows copy(ExampleRows batch, int[] examples, HostViews host) {
    ExampleRows view = view(batch, examples);
    return new ExampleRows(
        copy(host.of(view.activations())), copy(host.of(view.gradients())), view.offsets());
  }

  private static Rows copy(Rows rows) {
    // F64 holds every element type exactly.
    TensorView data = TensorView.allocate(ElementType.F64, rows.rows(), rows.columns());
    for (int r = 0; r < rows.rows(); r++) {
      for (int c = 0; c < rows.columns(); c++) {
        data.set(r * rows.columns() + c, rows.get(r, c));
      }
    }
    int columns = rows.columns();
    return new Rows(data, rows.rows(), columns, columns, 0, rows.homogeneous(), null)
        .withMagnitudes(rows.magnitudes());
  }
}
