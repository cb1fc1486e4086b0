/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How much of a model is tracked.
 *
 * @param tracked parameters that scores cover
 * @param parameters of the model, and of the adapter if it has one
 * @param leftOut parameters that scores do not cover, by module, the blocks' numbers replaced by
 *     {@code #}
 */
public record Coverage(long tracked, long parameters, Map<String, Long> leftOut) {
  /** Copies the map. */
  public Coverage {
    leftOut = Collections.unmodifiableMap(new LinkedHashMap<>(leftOut));
  }

  /**
   * Counts.
   *
   * @param tracked parameters by module
   * @param parameters of all tensors by name
   */
  static Coverage of(Map<String, Long> tracked, Map<String, Long> parameters) {
    long all = 0;
    Map<String, Long> leftOut = new LinkedHashMap<>();
    for (Map.Entry<String, Long> tensor : parameters.entrySet()) {
      all += tensor.getValue();
      String module = tensor.getKey().replaceFirst("\\.(weight|bias)$", "");
      if (!tracked.containsKey(module)) {
        leftOut.merge(module.replaceFirst("\\.\\d+\\.", ".#."), tensor.getValue(), Long::sum);
      }
    }
    long covered = tracked.values().stream().mapToLong(Long::longValue).sum();
    return new Coverage(covered, all, leftOut);
  }

  @Override
  public String toString() {
    String rest =
        leftOut.entrySet().stream()
            .map(part -> String.format("%s (%,d)", part.getKey(), part.getValue()))
            .collect(Collectors.joining(", "));
    return String.format(
            "%,d of %,d parameters are tracked (%.1f %%)",
            tracked, parameters, 100.0 * tracked / parameters)
        + (rest.isEmpty() ? "." : "; left out are " + rest + ".");
  }
}
