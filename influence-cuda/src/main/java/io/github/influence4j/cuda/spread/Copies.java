/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.spread;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A tensor on the devices that have used it. Where it was made does not matter until it is settled
 * on a device, which is then its home and takes it over; others get copies. Copies go by way of the
 * host.
 */
final class Copies {
  private final Devices devices;
  private final Shares held;
  private final Shares homes;
  private final long elements;
  private final @Nullable Function<ComputeBackend, BackendTensor> zeros;
  private final Map<Integer, BackendTensor> copies = new TreeMap<>();
  private final AtomicInteger home = new AtomicInteger(Devices.NONE);

  /** Where it was made, and nobody has used it. */
  private int unused = Devices.NONE;

  private boolean closed;

  /**
   * A tensor of zeros that is nowhere yet.
   *
   * @param held elements on each device
   * @param homes elements that are at home on each device
   * @param zeros makes one; null for what must not leave its device
   */
  Copies(
      Devices devices,
      Shares held,
      Shares homes,
      long elements,
      @Nullable Function<ComputeBackend, BackendTensor> zeros) {
    this.devices = devices;
    this.held = held;
    this.homes = homes;
    this.elements = elements;
    this.zeros = zeros;
  }

  /** Puts what a device made to where it was made. */
  synchronized void put(int device, BackendTensor tensor) {
    copies.put(device, tensor);
    held.take(device, elements);
    unused = device;
  }

  /** The device it belongs to, or none. */
  int home() {
    return home.get();
  }

  /** Makes a device the one it belongs to, if there is none yet; waits for nobody. */
  void settle(int device) {
    if (home.compareAndSet(Devices.NONE, device)) {
      homes.take(device, elements);
    }
  }

  /** The tensor for an operation that reads it on a device. */
  synchronized BackendTensor on(int device) {
    if (closed) {
      throw new IllegalStateException("Tensor already closed");
    }
    BackendTensor there = copies.get(device);
    if (there == null) {
      there = copy(device);
      copies.put(device, there);
      held.take(device, elements);
      if (device == home.get() && unused != Devices.NONE) {
        close(unused);
      }
    }
    unused = device == unused || device == home.get() ? Devices.NONE : unused;
    return there;
  }

  private BackendTensor copy(int device) {
    if (zeros == null) {
      throw new IllegalArgumentException("A sum over examples stays on the GPU where it was made.");
    }
    if (copies.isEmpty()) {
      return devices.on(device, zeros);
    }
    int from = copies.keySet().iterator().next();
    BackendTensor source = Objects.requireNonNull(copies.get(from));
    double[] values = devices.on(from, gpu -> source.toDoubles());
    TensorView host = TensorView.of(values, source.shape());
    return devices.on(device, gpu -> gpu.upload(host));
  }

  /** The tensor for an operation that changes it, at home; there are no others then. */
  synchronized BackendTensor changing() {
    BackendTensor there = on(home.get());
    closeBut(home.get());
    return there;
  }

  private void closeBut(int device) {
    for (int other : List.copyOf(copies.keySet())) {
      if (other != device) {
        close(other);
      }
    }
  }

  private void close(int device) {
    held.give(device, elements);
    Objects.requireNonNull(copies.remove(device)).close();
  }

  /** What it holds. */
  synchronized double[] toDoubles() {
    if (copies.isEmpty()) {
      settle(held.least());
      on(home.get());
    }
    int from = copies.keySet().iterator().next();
    BackendTensor source = Objects.requireNonNull(copies.get(from));
    return devices.on(from, gpu -> source.toDoubles());
  }

  /** Frees all copies. */
  synchronized void close() {
    closed = true;
    closeBut(Devices.NONE);
    int settled = home.get();
    if (settled != Devices.NONE) {
      homes.give(settled, elements);
    }
  }
}
