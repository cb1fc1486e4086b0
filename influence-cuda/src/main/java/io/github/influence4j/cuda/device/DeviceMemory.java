/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

/** A block of device memory, made and freed by a {@link DeviceHeap}. */
public final class DeviceMemory {
  private final long bytes;
  private long address;

  DeviceMemory(long address, long bytes) {
    this.address = address;
    this.bytes = bytes;
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
