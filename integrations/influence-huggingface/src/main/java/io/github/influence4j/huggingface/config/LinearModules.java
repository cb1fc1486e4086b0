/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The linear layers of a decoder's blocks, and the choice among them. */
public final class LinearModules {
  private static final Set<Part> ATTENTION =
      Set.of(Part.QUERY, Part.KEY, Part.VALUE, Part.QUERY_KEY_VALUE, Part.ATTENTION_OUT);
  private static final List<Part> FEED_FORWARD =
      List.of(Part.GATE, Part.UP, Part.GATE_UP, Part.DOWN);

  /** Parts that are fed the same, and that lie in the same module of a block. */
  private static final List<Set<Part>> SHARING =
      List.of(Set.of(Part.QUERY, Part.KEY, Part.VALUE), Set.of(Part.GATE, Part.UP));

  private LinearModules() {}

  /**
   * Lists them.
   *
   * @param names of tensors
   * @param layers blocks
   * @param parameters names of what there is
   * @return part by module
   */
  static Map<String, Part> of(TensorNames names, int layers, Set<String> parameters) {
    Map<String, Part> out = new LinkedHashMap<>();
    for (int layer = 0; layer < layers; layer++) {
      for (Part part : Part.values()) {
        if (names.names().containsKey(part)
            && (ATTENTION.contains(part) || FEED_FORWARD.contains(part))) {
          String module = names.module(part, layer);
          if (parameters.contains(module + ".weight")) {
            out.put(module, part);
          }
        }
      }
    }
    return out;
  }

  /**
   * What each is fed.
   *
   * @param description of the decoder
   * @return by module, in the order of the model; the same for modules that are fed the same
   */
  public static Map<String, String> inputs(Description description) {
    Map<String, String> out = new LinkedHashMap<>();
    parts(description)
        .forEach(
            (module, part) -> {
              String block = module.substring(0, module.lastIndexOf('.') + 1);
              boolean shared = SHARING.stream().anyMatch(some -> some.contains(part));
              out.put(module, shared ? block : module);
            });
    return out;
  }

  /**
   * The names of all.
   *
   * @param description of the decoder
   * @return in the order of the model
   */
  public static List<String> of(Description description) {
    return List.copyOf(parts(description).keySet());
  }

  private static Map<String, Part> parts(Description description) {
    Set<String> parameters =
        Parameters.of(description.architecture(), description.names()).keySet();
    return of(description.names(), description.architecture().sizes().layers(), parameters);
  }

  /**
   * Chooses among them.
   *
   * @param choice {@code all}, {@code attention}, {@code mlp}, or a regular expression, found
   *     anywhere in a module's name
   * @param description of the decoder
   * @return whether a module is chosen
   * @throws IllegalArgumentException if that is no regular expression, or chooses nothing
   */
  public static Predicate<String> chosen(String choice, Description description) {
    Map<String, Part> parts = parts(description);
    Set<String> chosen = new TreeSet<>();
    Predicate<String> matches = choice.matches("all|attention|mlp") ? m -> true : regex(choice);
    parts.forEach(
        (module, part) -> {
          boolean attention = ATTENTION.contains(part);
          boolean right =
              switch (choice) {
                case "attention" -> attention;
                case "mlp" -> !attention;
                default -> matches.test(module);
              };
          if (right) {
            chosen.add(module);
          }
        });
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException(
          "No linear layer has \""
              + choice
              + "\" in its name; there are "
              + String.join(", ", parts.keySet())
              + ".");
    }
    return chosen::contains;
  }

  private static Predicate<String> regex(String choice) {
    try {
      return Pattern.compile(choice).asPredicate();
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "Layers \""
              + choice
              + "\" are neither all, attention nor mlp, nor a regular expression: "
              + e.getDescription()
              + ".",
          e);
    }
  }
}
