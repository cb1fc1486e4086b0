/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.spread;

/** What each device has of something, so that the next piece goes to the one that has least. */
final class Shares {
  private final long[] taken;

  Shares(int devices) {
    this.taken = new long[devices];
  }

  /** The device that has least; of several the first. */
  synchronized int least() {
    int least = 0;
    for (int device = 1; device < taken.length; device++) {
      if (taken[device] < taken[least]) {
        least = device;
      }
    }
    return least;
  }

  /** Gives a piece to the device that has least, which is returned. */
  synchronized int takeLeast(long cost) {
    int device = least();
    taken[device] += cost;
    return device;
  }

  synchronized void take(int device, long cost) {
    taken[device] += cost;
  }

  synchronized void give(int device, long cost) {
    taken[device] -= cost;
  }
}
