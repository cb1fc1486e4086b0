/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.rows;

import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.KernelConstants;
import io.github.influence4j.cuda.device.Kernels;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.device.TypeCode;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.Rows;
import java.util.ArrayList;
import java.util.List;

/** {@code C_b += Σ x_b x_bᵀ} of several layers a launch. */
public final class Covariances {
  private static final int GROUP_ROWS = KernelConstants.GROUP_ROWS;
  private static final long ALIGNMENT = 256;

  private final Engine engine;
  private final BorrowedRows borrowed;

  public Covariances(Engine engine, BorrowedRows borrowed) {
    this.engine = engine;
    this.borrowed = borrowed;
  }

  /** Rows of one update that are on the device at once. */
  private record Part(DeviceCovariance target, Rows rows, int first, int count) {
    long bytes() {
      return (BorrowedRows.workBytes(rows, count) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
  }

  public void accumulate(List<CovarianceUpdate> updates) {
    List<Part> launch = new ArrayList<>();
    long used = 0;
    for (CovarianceUpdate update : updates) {
      for (Part part : parts(update)) {
        boolean again = launch.stream().anyMatch(earlier -> earlier.target == part.target);
        if (again || used + part.bytes() > engine.budget().arrivals()) {
          launch(launch);
          launch.clear();
          used = 0;
        }
        launch.add(part);
        used += part.bytes();
      }
    }
    launch(launch);
  }

  private List<Part> parts(CovarianceUpdate update) {
    DeviceCovariance target = DeviceCovariance.of(update.target(), engine);
    Rows rows = update.rows();
    long rowBytes = Math.max(1, BorrowedRows.workBytes(rows, 1));
    int fitting = (int) Math.min(Integer.MAX_VALUE, engine.budget().arrivals() / rowBytes);
    List<Part> parts = new ArrayList<>();
    int segmentRows = TypeCode.segmentRows(target.path());
    int first = 0;
    while (first < rows.rows()) {
      int end = end(rows.rows(), target.rows(), first, fitting, segmentRows);
      parts.add(new Part(target, rows, first, end - first));
      first = end;
    }
    return parts;
  }

  /**
   * Where a part of a call ends. Cuts between segments, or at whole groups of rows from the start
   * of a segment or of the call, change no bit, on tensor cores either.
   */
  private static int end(int rows, long before, int first, int fitting, int segmentRows) {
    if (fitting >= rows - first) {
      return rows;
    }
    long start = before + first;
    long segments = (start + fitting) / segmentRows * segmentRows;
    if (segments > start) {
      return (int) (segments - before);
    }
    int groups = Math.max(GROUP_ROWS, fitting / GROUP_ROWS * GROUP_ROWS);
    long segment = (start / segmentRows + 1) * segmentRows;
    return (int) Math.min(rows, Math.min(segment - before, (long) first + groups));
  }

  private void launch(List<Part> parts) {
    int count = parts.stream().mapToInt(part -> part.target.blocks()).sum();
    if (count == 0) {
      return;
    }
    engine.beginStep();
    long total = parts.stream().mapToLong(Part::bytes).sum();
    long work = engine.arrivals(Scratch.Slot.RAW_ACTIVATIONS, total);
    try (Kernels.DeviceUpdates array = new Kernels.DeviceUpdates(count)) {
      int next = 0;
      for (Part part : parts) {
        BorrowedRows.Place place = borrowed.place(part.rows, part.first, part.count, work);
        for (int b = 0; b < part.target.blocks(); b++) {
          describe(array.at(next++), part, b, place);
        }
        work += part.bytes();
      }
      launch(array.at(0), count, parts.get(0).target.path());
    }
    parts.forEach(part -> part.target.added(part.count));
  }

  private void launch(Kernels.DeviceUpdates array, int count, int path) {
    long wanted = Kernels.covarianceWorkspace(array, count, path);
    // Without it the kernel is slower and gives the same bits.
    long bytes = wanted > engine.budget().batch() ? 0 : wanted;
    long workspace = engine.scratch(Scratch.Slot.WORKSPACE, bytes);
    CudaException.check(
        Kernels.covarianceAccumulate(array, count, path, workspace, bytes, engine.stream()),
        "infl_cuda_covariance_accumulate");
  }

  /** A block is a run of columns; the homogeneous one, if any, is the last of the last block. */
  private static void describe(
      Kernels.DeviceUpdates to, Part part, int block, BorrowedRows.Place place) {
    Rows rows = part.rows;
    int first = part.target.first(block);
    int end = first + part.target.dimension(block);
    BorrowedRows.describe(to.rows(), rows, part.count, place);
    to.rows()
        .offset(place.offset() + first)
        .columns(Math.min(end, rows.columns()) - first)
        .homogeneous(end > rows.columns() ? 1 : 0);
    to.master(part.target.master(block))
        .partial(part.target.partial(block))
        .rowsBefore(part.target.rows());
  }
}
