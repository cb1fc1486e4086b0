/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What a family calls its tensors in a checkpoint.
 *
 * @param prefix of all but the head; files saved from the bare model, without a head, lack it
 * @param names of modules by part, those of blocks with the block's number in place of {@code #}
 * @param inputsFirst whether matrices of blocks are stored as [inputs, outputs]
 * @param buffers names without the prefix of tensors that hold no parameters, such as masks, to be
 *     passed over
 */
public record TensorNames(
    String prefix, Map<Part, String> names, boolean inputsFirst, Pattern buffers) {
  /** From lines such as {@code "QUERY layers.#.self_attn.q_proj"}. */
  static TensorNames of(String prefix, boolean inputsFirst, String buffers, List<String> lines) {
    Map<Part, String> names = new EnumMap<>(Part.class);
    for (String line : lines) {
      String[] both = line.split(" ", -1);
      names.put(Part.valueOf(both[0]), both[1]);
    }
    return new TensorNames(prefix, names, inputsFirst, Pattern.compile(buffers));
  }

  /** The same without the prefix. */
  public TensorNames bare() {
    return new TensorNames("", names, inputsFirst, buffers);
  }

  /** Name of a module outside blocks. */
  public String module(Part part) {
    String name = Objects.requireNonNull(names.get(part), part::name);
    return part == Part.HEAD ? name : prefix + name;
  }

  /** Name of a module of a block. */
  public String module(Part part, int block) {
    return module(part).replace("#", Integer.toString(block));
  }

  /** Whether a tensor of a file holds no parameters. */
  public boolean buffer(String name) {
    return buffers
        .matcher(name.startsWith(prefix) ? name.substring(prefix.length()) : name)
        .matches();
  }
}
