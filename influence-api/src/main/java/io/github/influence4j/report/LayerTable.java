/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What each layer adds to a score. Names such as {@code h.3.attn.qkv} become a table of blocks and
 * kinds; all others are listed.
 */
final class LayerTable {
  private static final Pattern BLOCK = Pattern.compile("(\\D*)(\\d+)[._/-](.*)", Pattern.DOTALL);

  /** Layers that are listed at most. */
  private static final int MOST = 1000;

  /** By block, by kind. */
  private final Map<Integer, Map<String, Double>> blocks = new TreeMap<>();

  private final Set<String> kinds = new LinkedHashSet<>();
  private final Map<String, Double> others = new LinkedHashMap<>();
  private final String title;
  private final double total;

  LayerTable(String title, Map<String, Double> layers) {
    total = layers.values().stream().mapToDouble(Double::doubleValue).sum();
    layers.forEach(this::sortIn);
    if (blocks.size() < 2 || kinds.size() < 2 || layers.size() > MOST) {
      blocks.clear();
      others.clear();
      others.putAll(strongest(layers));
    }
    this.title =
        others.size() < layers.size() && blocks.isEmpty()
            ? title + ": the " + MOST + " strongest of " + Numbers.grouped(layers.size())
            : title;
  }

  /** In the order of the model. */
  private static Map<String, Double> strongest(Map<String, Double> layers) {
    Map<String, Double> some = new LinkedHashMap<>(layers);
    Comparator<Map.Entry<String, Double>> bySize =
        Comparator.comparingDouble(layer -> Math.abs(layer.getValue()));
    layers.entrySet().stream()
        .sorted(bySize.reversed())
        .skip(MOST)
        .forEach(layer -> some.remove(layer.getKey()));
    return some;
  }

  private void sortIn(String layer, double part) {
    Matcher name = BLOCK.matcher(layer);
    String prefix = name.matches() ? name.group(1) : "";
    if (prefix.isEmpty() || name.group(2).length() > 6) {
      others.put(layer, part);
      return;
    }
    String kind = name.group(3);
    kinds.add(kind);
    Map<String, Double> block =
        blocks.computeIfAbsent(Integer.valueOf(name.group(2)), b -> new LinkedHashMap<>());
    if (block.putIfAbsent(kind, part) != null) {
      others.put(layer, part);
    }
  }

  void append(StringBuilder html) {
    if (!blocks.isEmpty()) {
      grid(html);
    }
    if (!others.isEmpty()) {
      list(html);
    }
  }

  private void grid(StringBuilder html) {
    double strongest =
        blocks.values().stream()
            .flatMap(block -> block.values().stream())
            .mapToDouble(Math::abs)
            .max()
            .orElse(0);
    double strongestBlock =
        blocks.values().stream().mapToDouble(block -> Math.abs(sum(block))).max().orElse(0);
    html.append("<div class=wide role=group aria-label=\"Layers by block\" tabindex=0>");
    html.append("<table class=grid><caption>").append(title);
    html.append(", by block and kind of layer</caption><thead><tr><th scope=col>Block");
    kinds.forEach(kind -> html.append("<th scope=col>").append(Html.label(kind)));
    html.append("<th scope=col colspan=2>Whole block</thead><tbody>");
    blocks.forEach(
        (number, block) -> {
          html.append("<tr><th scope=row>").append(number);
          for (String kind : kinds) {
            cell(html, block.get(kind), strongest);
          }
          html.append("<td>").append(Numbers.signed(sum(block)));
          bar(html, sum(block), strongestBlock);
        });
    html.append("</tbody>");
    foot(html, kinds.size() + 1);
    html.append("</table></div>\n");
  }

  private static void cell(StringBuilder html, @Nullable Double part, double strongest) {
    if (part == null) {
      html.append("<td>");
      return;
    }
    String level = Scale.level(part, strongest);
    html.append(level.isEmpty() ? "<td>" : "<td class=" + level + ">");
    html.append(Numbers.signed(part));
  }

  private void list(StringBuilder html) {
    double strongest = others.values().stream().mapToDouble(Math::abs).max().orElse(0);
    html.append("<div class=wide role=group aria-label=Layers tabindex=0><table><caption>");
    html.append(blocks.isEmpty() ? title : "Other layers").append("</caption><thead><tr>");
    html.append("<th scope=col>Layer<th scope=col colspan=2>Part of the score</thead><tbody>");
    others.forEach(
        (layer, part) -> {
          html.append("<tr><th scope=row>").append(Html.label(layer));
          html.append("<td>").append(Numbers.signed(part));
          bar(html, part, strongest);
        });
    html.append("</tbody>");
    if (blocks.isEmpty()) {
      foot(html, 1);
    }
    html.append("</table></div>\n");
  }

  private void foot(StringBuilder html, int columns) {
    html.append("<tfoot><tr><th scope=row colspan=").append(columns).append(">All layers<td>");
    html.append(Numbers.signed(total)).append("<td></tfoot>");
  }

  private static void bar(StringBuilder html, double part, double strongest) {
    double width = strongest > 0 ? Math.round(1000 * Math.abs(part) / strongest) / 10.0 : 0;
    html.append("<td class=bar><span class=").append(TokenText.sign(part));
    html.append(" style=--w:").append(width).append("%></span>");
  }

  private static double sum(Map<String, Double> block) {
    return block.values().stream().mapToDouble(Double::doubleValue).sum();
  }
}
