/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.Rows;

/** Brings rows to the device. */
final class RowUploads {
  private final CudaContext context;
  private final Kernels.DeviceRows view = new Kernels.DeviceRows();

  RowUploads(CudaContext context) {
    this.context = context;
  }

  static long rawBytes(Rows rows, int count) {
    return (long) count * rows.columns() * rows.data().type().bytes();
  }

  /** Copies rows as they are stored, one after the other without gaps. */
  void raw(Rows rows, int first, int count, long to) {
    int rowBytes = rows.columns() * rows.data().type().bytes();
    long bytes = rawBytes(rows, count);
    if (bytes == 0) {
      return;
    }
    if (rows.index() == null && rows.stride() == rows.columns()) {
      uploadRun(rows.data(), rows.offset() + first * rows.columns(), to, bytes);
    } else if (rowBytes > context.staging().size()) {
      for (int r = 0; r < count; r++) {
        uploadRun(rows.data(), start(rows, first + r), to + (long) r * rowBytes, rowBytes);
      }
    } else {
      context
          .staging()
          .upload(
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

  private void uploadRun(TensorView data, int first, long to, long bytes) {
    int size = data.type().bytes();
    context
        .staging()
        .upload(
            to,
            bytes,
            size,
            (buffer, from) ->
                Transfers.copy(
                    data, first + (int) (from / size), buffer.limit() / size, buffer, 0));
  }

  private static int start(Rows rows, int row) {
    int stored = rows.index() == null ? row : rows.index()[row];
    return rows.offset() + stored * rows.stride();
  }

  /** Describes rows that {@link #raw} brought to the device. */
  static void describe(Kernels.DeviceRows to, Rows rows, int count, long raw) {
    to.data(raw)
        .index(0)
        .offset(0)
        .stride(rows.columns())
        .type(TypeCode.of(rows.data().type()))
        .rows(count)
        .columns(rows.columns())
        .homogeneous(rows.homogeneous() ? 1 : 0);
  }

  /**
   * Brings rows to the device in the backend's precision, with the homogeneous column.
   *
   * @param slot where the rows lie as they are stored
   * @param to where they are written
   * @param stride elements from one written row to the next
   */
  void packed(Rows rows, int first, int count, Scratch.Slot slot, long to, long stride) {
    long raw = context.scratch(slot, rawBytes(rows, count));
    raw(rows, first, count, raw);
    describe(view, rows, count, raw);
    pack(view, context.kernelPrecision(), to, stride);
  }

  /** Uploads a dense tensor in the backend's precision. */
  void tensor(TensorView host, long to) {
    int count = host.elements();
    if (host.type() == context.precision().type()) {
      uploadRun(host, 0, to, (long) count * host.type().bytes());
      return;
    }
    long raw = context.scratch(Scratch.Slot.RAW_ACTIVATIONS, (long) count * host.type().bytes());
    uploadRun(host, 0, raw, (long) count * host.type().bytes());
    convert(raw, host.type(), count, context.precision().type(), to);
  }

  /** Converts dense elements on the device. */
  void convert(long from, ElementType type, int count, ElementType toType, long to) {
    // One row of many columns would be one block's work; as many rows as divide it are better.
    int columns = Integer.lowestOneBit(count | 1 << 10);
    view.data(from)
        .index(0)
        .offset(0)
        .stride(columns)
        .type(TypeCode.of(type))
        .rows(count / columns)
        .columns(columns)
        .homogeneous(0);
    pack(view, TypeCode.of(toType), to, columns);
  }

  private void pack(Kernels.DeviceRows rows, int precision, long to, long stride) {
    CudaContext.check(
        Kernels.pack(rows, precision, to, stride, context.stream()), "infl_cuda_pack");
  }
}
