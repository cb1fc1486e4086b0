/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.bytedeco.pytorch.global.torch.getDefaultCPUGenerator;

import java.lang.ref.Reference;
import java.util.zip.CRC32;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;

/** PyTorch's generator of random numbers, from which dropout draws. */
final class RandomNumbers {
  private RandomNumbers() {}

  /** A checksum of the generator's state: it changes when a number is drawn. */
  static long state() {
    Tensor state = getDefaultCPUGenerator().get_state();
    try {
      CRC32 crc = new CRC32();
      crc.update(new BytePointer(state.data_ptr()).capacity(state.nbytes()).asByteBuffer());
      return crc.getValue();
    } finally {
      Reference.reachabilityFence(state);
    }
  }
}
