/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

/** A block of device memory, made and freed by a {@link DeviceHeap}. */
public final class DeviceMemory {
  private final long bytes;
  private final long counted;
  private long address;

  DeviceMemory(long address, long bytes, long counted) {
    this.address = address;
    this.bytes = bytes;
    this.counted = counted;
  }

  public long address() {
    if (address == 0) {
      throw new IllegalStateException("Device memory already freed");
    }
    return address;
  }

  public long bytes() {
    return bytes;
  }

  /** What of it the budget counts. */
  long counted() {
    return counted;
  }

  public boolean freed() {
    return address == 0;
  }

  /** Gives the address away, once. */
  long release() {
    long last = address();
    address = 0;
    return last;
  }
}
