/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.spread;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.cuda.device.Releases;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Unfolder;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Unfolds where the images are, else where the rows of the last call were read. */
final class SpreadUnfolder implements Unfolder {
  private final Devices devices;
  private final Map<Integer, Unfolder> unfolders = new TreeMap<>();

  /** What the last call made, which other devices may have read since. */
  private @Nullable TensorView last;

  private boolean closed;

  SpreadUnfolder(Devices devices) {
    this.devices = devices;
  }

  @Override
  public synchronized TensorView unfold(Conv2d geometry, TensorView images) {
    devices.requireOpen();
    if (closed) {
      throw new IllegalStateException("Unfolder already closed");
    }
    int device = last == null ? Math.max(0, devices.of(images)) : devices.reader(last);
    last = null;
    Unfolder unfolder =
        unfolders.computeIfAbsent(device, d -> devices.on(d, ComputeBackend::unfolder));
    TensorView there = devices.readable(device, images);
    TensorView rows = devices.on(device, gpu -> unfolder.unfold(geometry, there));
    if (devices.of(rows) != Devices.NONE) {
      devices.watch(rows, device);
      last = rows;
    }
    return rows;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (last != null) {
      devices.reader(last);
      last = null;
    }
    Releases releases = new Releases();
    unfolders.values().forEach(unfolder -> releases.run(unfolder::close));
    releases.rethrow();
  }
}
