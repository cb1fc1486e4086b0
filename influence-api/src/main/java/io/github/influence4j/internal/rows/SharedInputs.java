/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.rows;

import io.github.influence4j.capture.DeviceAddress;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rows;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Checks that layers which are said to share an input were fed one. Only the input of the layer
 * that owns it enters the covariance, so another input would be left out in silence.
 *
 * <p>The rows may be in any order, so what is compared does not depend on it: the largest element
 * of each row, sorted, and sums of some columns. Copies in other element types pass.
 */
final class SharedInputs {
  /** Columns that are summed. */
  private static final int COLUMNS = 8;

  private static final double TOLERANCE = 0.02;

  private final LayerParts parts;
  private final ComputeBackend backend;

  SharedInputs(LayerParts parts, ComputeBackend backend) {
    this.parts = parts;
    this.backend = backend;
  }

  /** Of a batch; rows with their magnitudes. */
  void require(List<ExampleRows> rows) {
    List<LayerSpec> layers = parts.layers();
    HostViews host = new HostViews(backend);
    for (int i = 0; i < layers.size(); i++) {
      String owner = layers.get(i).inputOf();
      for (int j = 0; owner != null && j < layers.size(); j++) {
        if (layers.get(j).name().equals(owner)) {
          require(layers.get(i), parts.of(i, rows), owner, parts.of(j, rows), host);
        }
      }
    }
  }

  private static void require(
      LayerSpec layer,
      List<ExampleRows> own,
      String owner,
      List<ExampleRows> shared,
      HostViews host) {
    String start = "Layer \"" + layer.name() + "\" shares the input of \"" + owner + "\" but ";
    int rows = own.get(0).activations().rows();
    int ownerRows = shared.get(0).activations().rows();
    if (rows != ownerRows) {
      throw new IllegalArgumentException(
          start
              + "has "
              + rows
              + " rows where that has "
              + ownerRows
              + "; feed both the same rows.");
    }
    for (int g = 0; g < own.size(); g++) {
      if (!same(own.get(g).activations(), shared.get(g).activations(), host)) {
        throw new IllegalArgumentException(
            start
                + "was fed other activations than that; feed both the same input, or declare the"
                + " layer without sharingInputOf.");
      }
    }
  }

  private static boolean same(Rows own, Rows shared, HostViews host) {
    return sameMagnitudes(own, shared)
        && (lentOnce(own.data(), shared.data()) || sameSums(host.of(own), host.of(shared)));
  }

  /** Whether both lie at one place on a GPU, as where a framework feeds one tensor to both. */
  private static boolean lentOnce(TensorView own, TensorView shared) {
    DeviceAddress place = own.device();
    return place != null && place.equals(shared.device());
  }

  private static boolean sameMagnitudes(Rows own, Rows shared) {
    double[] a = Objects.requireNonNull(own.magnitudes()).clone();
    double[] b = Objects.requireNonNull(shared.magnitudes()).clone();
    Arrays.sort(a);
    Arrays.sort(b);
    for (int r = 0; r < a.length; r++) {
      double noise = TOLERANCE * b[r] + 1e-6 * b[b.length - 1];
      if (Math.abs(a[r] - b[r]) > noise) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameSums(Rows own, Rows shared) {
    for (int k = 0; k < Math.min(COLUMNS, own.columns()); k++) {
      int column = (int) ((long) k * own.columns() / Math.min(COLUMNS, own.columns()));
      double difference = 0;
      double size = 0;
      for (int r = 0; r < own.rows(); r++) {
        double value = shared.get(r, column);
        difference += own.get(r, column) - value;
        size += Math.abs(value);
      }
      if (Math.abs(difference) > TOLERANCE * size) {
        return false;
      }
    }
    return true;
  }
}
