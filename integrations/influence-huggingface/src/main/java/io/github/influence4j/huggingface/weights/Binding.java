/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.weights;

import io.github.influence4j.store.DType;
import io.github.influence4j.store.Safetensors;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Compares the tensors of files with those that a model needs, all of them, before any is read. */
public final class Binding {
  private static final int CHUNK = 1 << 20;

  private Binding() {}

  /**
   * Refuses files that do not hold exactly what is needed.
   *
   * @param where what is compared, for the message
   * @param files what there is
   * @param needed shapes by name
   * @param ignored names to be passed over
   * @throws IllegalArgumentException naming every tensor that is missing, unexpected, of another
   *     shape or of a type that is not computed with
   */
  public static void require(
      String where, CheckpointFiles files, Map<String, long[]> needed, Predicate<String> ignored) {
    List<String> missing = new ArrayList<>();
    List<String> odd = new ArrayList<>();
    needed.forEach(
        (name, shape) -> {
          if (!files.names().contains(name)) {
            missing.add(name);
            return;
          }
          long[] found = files.holder(name).shape(name);
          DType type = files.holder(name).dtype(name);
          if (!Arrays.equals(found, shape)) {
            odd.add(
                name
                    + " has shape "
                    + Arrays.toString(found)
                    + ", expected "
                    + Arrays.toString(shape));
          } else if (type.elementType() == null) {
            odd.add(name + " is of type " + type + ", expected F32, F16, BF16 or F64");
          }
        });
    List<String> unexpected =
        files.names().stream()
            .filter(name -> !needed.containsKey(name) && !ignored.test(name))
            .toList();
    List<String> problems = new ArrayList<>();
    if (!missing.isEmpty()) {
      problems.add("missing are " + String.join(", ", missing));
    }
    if (!unexpected.isEmpty()) {
      problems.add("unexpected are " + String.join(", ", unexpected));
    }
    problems.addAll(odd);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          where
              + " does not hold the tensors that its settings ask for: "
              + String.join("; ", problems)
              + ".");
    }
  }

  /**
   * Refuses a head beside the embedding that its settings tie it to, unless both are the same.
   *
   * @param files that hold both, of one shape
   * @param head name of the one
   * @param embedding name of the other
   */
  public static void requireSame(CheckpointFiles files, String head, String embedding) {
    Safetensors one = files.holder(head);
    Safetensors other = files.holder(embedding);
    boolean same = one.dtype(head) == other.dtype(embedding);
    long elements = Arrays.stream(one.shape(head)).reduce(1, (a, b) -> a * b);
    int size = one.dtype(head).bits() / Byte.SIZE;
    for (long at = 0; same && at < elements; at += CHUNK) {
      int bytes = (int) Math.min(CHUNK, elements - at) * size;
      ByteBuffer left = ByteBuffer.allocate(bytes);
      ByteBuffer right = ByteBuffer.allocate(bytes);
      one.read(head, at, left);
      other.read(embedding, at, right);
      same = left.flip().equals(right.flip());
    }
    if (!same) {
      throw new IllegalArgumentException(
          "\"tie_word_embeddings\" says that the head is the embedding, but \""
              + head
              + "\" differs from \""
              + embedding
              + "\"; set it to false in config.json.");
    }
  }
}
