/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.rows;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cuda.device.DeviceTensor;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.Kernels;
import io.github.influence4j.cuda.device.Product;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.device.Transfers;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rotation;

/**
 * A run of examples on the device: both sides in the backend's precision, rotated if asked for.
 * Lies in scratch memory, so one at a time.
 */
public final class PackedExamples {
  /** Of the number of an example's first row. */
  public static final int OFFSET_BYTES = 4;

  // heuristics::kGradientTile, and the smaller of heuristics::score_rows_tile.
  private static final long TILE = 64;

  private final Engine engine;
  private final BorrowedRows borrowed;
  private final Products products;
  private final Kernels.DeviceExamples view = new Kernels.DeviceExamples();
  private long activations;
  private long gradients;
  private long activationsStride;
  private long gradientsStride;
  private int rows;

  public PackedExamples(Engine engine, BorrowedRows borrowed, Products products) {
    this.engine = engine;
    this.borrowed = borrowed;
    this.products = products;
  }

  /** Bytes that one row takes: as it is stored, in both turns, packed, and rotated. */
  public long rowBytes(ExampleRows all) {
    return packedBytes(all.inputs(), all.outputs())
        + 2 * BorrowedRows.workBytes(all.activations(), 1)
        + 2 * BorrowedRows.workBytes(all.gradients(), 1);
  }

  /** Bytes that a run takes beside those of its rows and examples, as rows are padded. */
  public long runBytes(int inputs, int outputs) {
    return products.paddedRows(1) * packedBytes(inputs, outputs) + OFFSET_BYTES;
  }

  private long packedBytes(int inputs, int outputs) {
    ElementType type = engine.precision().type();
    return 2 * (Engine.stride(inputs, type) + Engine.stride(outputs, type)) * type.bytes();
  }

  /** Tiles whose sums kernels keep in their work space, a double for each example. */
  public static long tiles(int inputs, int outputs) {
    return tiles(inputs) * tiles(outputs);
  }

  /** The same for the columns of one side. */
  public static long tiles(int columns) {
    return (columns + TILE - 1L) / TILE;
  }

  /** Brings a run to the device. */
  public Kernels.DeviceExamples load(ExampleRows all, ExampleRuns.Run run) {
    int firstRow = all.offsets()[run.first()];
    int lastRow = all.offsets()[run.end()];
    loadRows(all, firstRow, lastRow - firstRow);
    long offsets = 0;
    if (!run.singleRows()) {
      offsets = engine.scratch(Scratch.Slot.OFFSETS, (long) OFFSET_BYTES * (run.count() + 1));
      Transfers.upload(
          engine.staging(), offsets, all.offsets(), run.first(), run.count() + 1, firstRow);
    }
    return view.offsets(offsets).examples(run.count());
  }

  /** Brings rows to the device, each an example of its own. */
  public Kernels.DeviceExamples loadRows(ExampleRows all, int first, int count) {
    rows = count;
    activationsStride = Engine.stride(all.inputs(), engine.precision().type());
    gradientsStride = Engine.stride(all.outputs(), engine.precision().type());
    activations = engine.scratch(Scratch.Slot.ACTIVATIONS, side(activationsStride));
    gradients = engine.scratch(Scratch.Slot.GRADIENTS, side(gradientsStride));
    borrowed.packed(
        all.activations(),
        first,
        count,
        Scratch.Slot.RAW_ACTIVATIONS,
        activations,
        activationsStride);
    borrowed.packed(
        all.gradients(), first, count, Scratch.Slot.RAW_GRADIENTS, gradients, gradientsStride);
    return view.gradients(gradients)
        .activations(activations)
        .offsets(0)
        .gradientsStride(gradientsStride)
        .activationsStride(activationsStride)
        .rows(count)
        .examples(count)
        .outputs(all.outputs())
        .inputs(all.inputs());
  }

  private long side(long stride) {
    return products.paddedRows(rows) * stride * engine.elementBytes();
  }

  /** Rotates the rows of both sides: {@code ã = Q_Aᵀ a}, {@code s̃ = Q_Sᵀ s}. */
  Kernels.DeviceExamples rotate(Rotation rotation) {
    activations =
        rotated(
            rotation.activations(),
            activations,
            activationsStride,
            Scratch.Slot.ROTATED_ACTIVATIONS);
    gradients =
        rotated(rotation.gradients(), gradients, gradientsStride, Scratch.Slot.ROTATED_GRADIENTS);
    return view.activations(activations).gradients(gradients);
  }

  private long rotated(Basis basis, long from, long stride, Scratch.Slot slot) {
    if (basis.isIdentity()) {
      return from;
    }
    long to = engine.scratch(slot, side(stride));
    long column = 0;
    for (BackendTensor tensor : basis.blocks()) {
      DeviceTensor block = DeviceTensor.of(tensor, engine);
      int d = (int) block.size(0);
      long shift = column * engine.elementBytes();
      products.multiplyRows(
          Product.plain(rows, d, d, stride, d, stride), from + shift, block.address(), to + shift);
      column += d;
    }
    return to;
  }
}
