/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.rows;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.Kernels;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.device.Staging;
import io.github.influence4j.cuda.device.Transfers;
import io.github.influence4j.cuda.device.TypeCode;
import io.github.influence4j.spi.Rows;

/**
 * Makes rows that callers lend readable for the kernels: those in host memory are brought to the
 * device, those of a device are read where they are.
 */
public final class BorrowedRows {
  private static final int INDEX_BYTES = 4;

  private final Engine engine;
  private final Conversions conversions;
  private final Kernels.DeviceRows view = new Kernels.DeviceRows();

  public BorrowedRows(Engine engine, Conversions conversions) {
    this.engine = engine;
    this.conversions = conversions;
  }

  /**
   * Where some rows are on the device.
   *
   * @param data first element
   * @param index stored row of each row; 0 for consecutive rows
   * @param offset elements before row 0, column 0
   * @param stride elements from one stored row to the next
   */
  record Place(long data, long index, long offset, long stride) {}

  /** Work space that rows take: on the device already, they take none but for their numbers. */
  public static long workBytes(Rows rows, int count) {
    if (rows.data().device() == null) {
      return (long) count * rows.columns() * rows.data().type().bytes();
    }
    return rows.index() == null ? 0 : (long) INDEX_BYTES * count;
  }

  /**
   * Sees to it that rows are on the device.
   *
   * @param work {@link #workBytes} of {@link Engine#arrivals}
   */
  Place place(Rows rows, int first, int count, long work) {
    if (rows.data().device() == null) {
      raw(rows, first, count, work);
      return new Place(work, 0, 0, rows.columns());
    }
    long data = engine.lent().borrow(rows.data());
    int[] index = rows.index();
    if (index == null) {
      long start = rows.offset() + (long) first * rows.stride();
      return new Place(data, 0, start, rows.stride());
    }
    Transfers.upload(engine.staging(), work, index, first, count, 0);
    return new Place(data, work, rows.offset(), rows.stride());
  }

  /** Copies rows as they are stored, one after the other without gaps. */
  private void raw(Rows rows, int first, int count, long to) {
    int rowBytes = rows.columns() * rows.data().type().bytes();
    long bytes = (long) count * rowBytes;
    if (bytes == 0) {
      return;
    }
    if (rows.index() == null && rows.stride() == rows.columns()) {
      rowsTogether(rows.data(), rows.offset() + first * rows.columns(), to, bytes);
    } else if (rowBytes > engine.staging().size()) {
      for (int r = 0; r < count; r++) {
        rowsTogether(rows.data(), start(rows, first + r), to + (long) r * rowBytes, rowBytes);
      }
    } else {
      engine.upload(
          to,
          bytes,
          rowBytes,
          (buffer, from) -> {
            int row = first + (int) (from / rowBytes);
            for (int at = 0; at < buffer.limit(); at += rowBytes) {
              Transfers.copy(rows.data(), start(rows, row++), rows.columns(), buffer, at);
            }
          });
    }
  }

  private void rowsTogether(TensorView data, int first, long to, long bytes) {
    engine.upload(to, bytes, data.type().bytes(), consecutive(data, first));
  }

  /** Copies consecutive elements as they are stored, in the order of the stream. */
  void uploadRun(TensorView data, int first, long to, long bytes) {
    engine.staging().upload(to, bytes, data.type().bytes(), consecutive(data, first));
  }

  private static Staging.Chunk consecutive(TensorView data, int first) {
    int size = data.type().bytes();
    return (buffer, from) ->
        Transfers.copy(data, first + (int) (from / size), buffer.limit() / size, buffer, 0);
  }

  private static int start(Rows rows, int row) {
    int stored = rows.index() == null ? row : rows.index()[row];
    return rows.offset() + stored * rows.stride();
  }

  /** Describes rows to a kernel. */
  static void describe(Kernels.DeviceRows to, Rows rows, int count, Place place) {
    to.data(place.data())
        .index(place.index())
        .offset(place.offset())
        .stride(place.stride())
        .type(TypeCode.of(rows.data().type()))
        .rows(count)
        .columns(rows.columns())
        .homogeneous(rows.homogeneous() ? 1 : 0);
  }

  /**
   * Brings rows to the device in the backend's precision, with the homogeneous column.
   *
   * @param side where the rows lie as they are stored
   * @param to where they are written
   * @param stride elements from one written row to the next
   */
  public void packed(Rows rows, int first, int count, Scratch.Slot side, long to, long stride) {
    long work = engine.arrivals(side, workBytes(rows, count));
    describe(view, rows, count, place(rows, first, count, work));
    CudaException.check(
        Kernels.pack(view, engine.kernelPrecision(), to, stride, engine.stream()),
        "infl_cuda_pack");
  }

  /** The largest magnitude of each row. The rows are on the device. */
  public double[] magnitudes(Rows rows) {
    double[] all = new double[rows.rows()];
    int step = (int) Math.min(Math.max(1, rows.rows()), engine.budget().batch() / Double.BYTES);
    for (int first = 0; first < rows.rows(); first += step) {
      int count = Math.min(step, rows.rows() - first);
      long work = engine.arrivals(Scratch.Slot.RAW_ACTIVATIONS, workBytes(rows, count));
      describe(view, rows, count, place(rows, first, count, work));
      long out = engine.scratch(Scratch.Slot.OUT, (long) Double.BYTES * count);
      CudaException.check(
          Kernels.rowMagnitudes(view, out, engine.stream()), "infl_cuda_row_magnitudes");
      double[] some = Transfers.doubles(engine.staging(), out, ElementType.F64, count);
      System.arraycopy(some, 0, all, first, count);
    }
    return all;
  }

  /** Brings a dense tensor to the device in the backend's precision. */
  public void tensor(TensorView tensor, long to) {
    int count = tensor.elements();
    boolean onDevice = tensor.device() != null;
    if (tensor.type() != engine.precision().type()) {
      converted(tensor, to);
    } else if (onDevice) {
      engine.copy(to, engine.lent().borrow(tensor), (long) count * tensor.type().bytes());
    } else {
      uploadRun(tensor, 0, to, (long) count * tensor.type().bytes());
    }
  }

  private void converted(TensorView tensor, long to) {
    ElementType type = tensor.type();
    ElementType toType = engine.precision().type();
    if (tensor.device() != null) {
      conversions.convert(engine.lent().borrow(tensor), type, tensor.elements(), toType, to);
      return;
    }
    int step = Math.min(tensor.elements(), Conversions.fitting(type, engine.budget().batch()));
    for (int first = 0; first < tensor.elements(); first += step) {
      int count = Math.min(step, tensor.elements() - first);
      long bytes = (long) count * type.bytes();
      long from = engine.arrivals(Scratch.Slot.RAW_ACTIVATIONS, bytes);
      uploadRun(tensor, first, from, bytes);
      conversions.convert(from, type, count, toType, to + (long) first * toType.bytes());
    }
  }
}
