/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import io.github.influence4j.pytorch.TensorViews;
import io.github.influence4j.store.Safetensors;
import io.github.influence4j.store.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * What a training needs to go on, as a safetensors file with a SHA-256 of all of it.
 *
 * @param tensors by name; stay the caller's
 */
@SuppressWarnings("try") // scopes and modes are guards
record TrainingState(Map<String, Tensor> tensors) {
  private static final String STEP = "step";
  private static final String DIGEST = "sha-256";

  void save(Path file, int step) throws IOException {
    try (PointerScope scope = new PointerScope()) {
      SafetensorsWriter writer =
          Safetensors.writer()
              .metadata(STEP, Integer.toString(step))
              .metadata(DIGEST, digest(step, tensors));
      tensors.forEach((name, tensor) -> writer.add(name, TensorViews.of(tensor.detach())));
      writer.write(file);
    }
  }

  /**
   * Fills the tensors, once the file has proved to be what was saved.
   *
   * @return the step
   * @throws IOException if it cannot be read, is damaged, or holds other tensors; nothing is
   *     changed
   */
  int restore(Path file) throws IOException {
    try (PointerScope scope = new PointerScope();
        NoGradGuard noGradients = new NoGradGuard();
        Safetensors saved = Safetensors.open(file)) {
      requireSameShapes(file, saved);
      Map<String, Tensor> read = new TreeMap<>();
      for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
        Tensor copy = tensor.getValue().detach().clone();
        saved.read(tensor.getKey(), 0, bytes(copy));
        read.put(tensor.getKey(), copy);
      }
      int step = Integer.parseInt(saved.metadata().getOrDefault(STEP, ""));
      String was = saved.metadata().getOrDefault(DIGEST, "");
      String found = digest(step, read);
      if (!found.equals(was)) {
        throw new IOException(
            damaged(file, "has the SHA-256 " + found + ", but was saved with " + was));
      }
      tensors.forEach((name, tensor) -> tensor.copy_(Objects.requireNonNull(read.get(name))));
      return step;
    } catch (UncheckedIOException | IllegalArgumentException e) {
      throw new IOException(damaged(file, String.valueOf(e.getMessage())), e);
    }
  }

  private void requireSameShapes(Path file, Safetensors saved) throws IOException {
    if (!saved.names().equals(tensors.keySet())) {
      throw new IOException(
          "The checkpoint " + file + " is of another model, with other parameters.");
    }
    for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
      String was = Arrays.toString(saved.shape(tensor.getKey()));
      String is = Arrays.toString(tensor.getValue().sizes().vec().get());
      if (!was.equals(is)) {
        throw new IOException(
            "The checkpoint "
                + file
                + " is of another model: "
                + tensor.getKey()
                + " is "
                + was
                + " there, "
                + is
                + " here.");
      }
    }
  }

  private static String damaged(Path file, String how) {
    return "Cannot read the checkpoint "
        + file
        + "; it is damaged ("
        + how
        + "). Delete it: the same command goes on from the checkpoint before it, or trains anew"
        + " where there is none.";
  }

  private static String digest(int step, Map<String, Tensor> tensors) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, step));
      new TreeMap<>(tensors)
          .forEach(
              (name, tensor) -> {
                digest.update(name.getBytes(StandardCharsets.UTF_8));
                digest.update(bytes(tensor));
              });
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("Every Java platform has SHA-256.", e);
    }
  }

  /** The memory of a tensor. */
  private static ByteBuffer bytes(Tensor tensor) {
    return new BytePointer(tensor.data_ptr()).capacity(tensor.nbytes()).asByteBuffer();
  }
}
