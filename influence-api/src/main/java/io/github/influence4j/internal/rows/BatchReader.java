/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.rows;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.internal.memory.HeapSpace;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rows;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads batches of one model: everything is checked, down to the last number, before anything of
 * the batch is used.
 */
public final class BatchReader implements AutoCloseable {
  private final LayerParts parts;
  private final Set<String> model = new LinkedHashSet<>();
  private final Map<String, LayerReader> readers = new HashMap<>();
  private final SharedInputs sharedInputs;
  private final ComputeBackend backend;
  private long batches;

  /**
   * A reader for some or all layers of a model.
   *
   * @param model all layers that batches have
   * @param layers those of them to read
   * @param backend looks at the numbers
   */
  public BatchReader(List<LayerSpec> model, List<LayerSpec> layers, ComputeBackend backend) {
    model.forEach(layer -> this.model.add(layer.name()));
    this.parts = new LayerParts(layers);
    this.sharedInputs = new SharedInputs(parts, backend);
    this.backend = backend;
    for (LayerSpec layer : layers) {
      readers.put(layer.name(), new LayerReader(layer, backend));
    }
  }

  /**
   * Where the parts of each layer lie in what is read.
   *
   * @return of the layers to read
   */
  public LayerParts parts() {
    return parts;
  }

  /** Counts batches from 0 again, for messages. */
  public void beginPass() {
    batches = 0;
  }

  /**
   * Validates a batch and views it as rows.
   *
   * @param batch borrowed; the result is valid as long as it is, and until the next read or {@link
   *     #close}
   * @return the rows of all {@link #parts}
   */
  public List<ExampleRows> read(GradientBatch batch) {
    long number = batches++;
    if (batch.examples() < 1) {
      throw new IllegalArgumentException(
          "Batch " + number + " has " + batch.examples() + " examples; pass at least one.");
    }
    HeapSpace.require(
        (double) batch.layers().stream().filter(use -> readers.containsKey(use.layer())).count(),
        1L + batch.examples(),
        Integer.BYTES,
        "Batch " + number + ", which says that it has " + batch.examples() + " examples,",
        "say how many examples it really has.");
    Map<String, List<LayerBatch>> uses = new HashMap<>();
    for (LayerBatch use : batch.layers()) {
      if (!model.contains(use.layer())) {
        throw new IllegalArgumentException(
            "Batch "
                + number
                + " has a layer \""
                + use.layer()
                + "\" that the model does not have; "
                + "its layers are "
                + model
                + ".");
      }
      uses.computeIfAbsent(use.layer(), name -> new ArrayList<>()).add(use);
    }
    List<ExampleRows> result = new ArrayList<>();
    for (LayerSpec layer : parts.layers()) {
      List<LayerBatch> batchesOfLayer = uses.get(layer.name());
      if (batchesOfLayer == null) {
        throw new IllegalArgumentException(
            "Layer \""
                + layer.name()
                + "\": batch "
                + number
                + " has nothing of it; pass every "
                + "layer of the model in every batch, or allow it to be left out with"
                + " GradientBatch.withUncalled.");
      }
      requireReadable(layer, batchesOfLayer);
      for (ExampleRows part : reader(layer).read(batch.examples(), batchesOfLayer)) {
        result.add(finite(layer, number, part));
      }
    }
    sharedInputs.require(result);
    return result;
  }

  private void requireReadable(LayerSpec layer, List<LayerBatch> uses) {
    for (LayerBatch use : uses) {
      requireReadable(layer, use.activations(), "activations");
      requireReadable(layer, use.outputGradients(), "output gradients");
    }
  }

  private void requireReadable(LayerSpec layer, TensorView tensor, String what) {
    if (tensor.device() != null && !backend.readsDeviceMemory()) {
      throw new IllegalArgumentException(
          "Layer \""
              + layer.name()
              + "\": "
              + what
              + " are on a GPU, where backend \""
              + backend.description().name()
              + "\" cannot read them; move the tensor to the host, or choose the backend with"
              + " Influence.builder().backend(\"cuda\").");
    }
  }

  private LayerReader reader(LayerSpec layer) {
    LayerReader reader = readers.get(layer.name());
    if (reader == null) {
      throw new IllegalStateException(layer.name());
    }
    return reader;
  }

  /** The same rows, looked at. */
  private ExampleRows finite(LayerSpec layer, long batch, ExampleRows part) {
    return new ExampleRows(
        finite(layer, batch, part.activations(), "activations"),
        finite(layer, batch, part.gradients(), "output gradients"),
        part.offsets());
  }

  private Rows finite(LayerSpec layer, long batch, Rows rows, String what) {
    double[] magnitudes = backend.magnitudes(rows);
    int[] index = rows.index();
    for (int row = 0; row < magnitudes.length; row++) {
      if (!Double.isFinite(magnitudes[row])) {
        throw new IllegalArgumentException(
            "Layer \""
                + layer.name()
                + "\": "
                + what
                + " of batch "
                + batch
                + " hold NaN or infinity, first in row "
                + (index == null ? row : index[row])
                + "; nothing of this batch was used. Mask padding, or look for an overflow in the "
                + "model.");
      }
    }
    return rows.withMagnitudes(magnitudes);
  }

  /** Frees what convolutions were unfolded to, until the next read; idempotent. */
  @Override
  public void close() {
    readers.values().forEach(LayerReader::close);
  }
}
