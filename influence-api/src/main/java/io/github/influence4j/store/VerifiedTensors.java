/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Compares what is read from a file with the {@link Checksums} in its metadata. */
final class VerifiedTensors {
  private final Safetensors file;

  VerifiedTensors(Safetensors file) {
    this.file = file;
  }

  /** Compares all that the header says with its checksum. */
  void verifyHeader() throws InvalidSafetensorsException {
    Map<String, Checksums.Described> tensors = new TreeMap<>();
    for (String name : file.names()) {
      tensors.put(name, new Checksums.Described(file.dtype(name), file.shape(name)));
    }
    verify(
        "its header",
        file.metadata().get(Checksums.HEADER),
        Checksums.header(file.metadata(), tensors));
  }

  /** Compares the bytes of a tensor with its checksum. */
  void verify(String tensor, ByteBuffer bytes) throws InvalidSafetensorsException {
    verify(
        "tensor " + InvalidSafetensorsException.quoted(tensor),
        file.metadata().get(Checksums.key(tensor)),
        Checksums.of(bytes));
  }

  private void verify(String what, @Nullable String expected, String found)
      throws InvalidSafetensorsException {
    if (!found.equals(expected)) {
      throw new InvalidSafetensorsException(
          file.file(),
          what
              + " has the checksum "
              + found
              + ", but "
              + (expected == null ? "none" : InvalidSafetensorsException.quoted(expected))
              + " was noted when it was written. The file is damaged, or another program changed it:"
              + " take it from a backup, or fit again.");
    }
  }
}
