/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.influence4j.internal.files.InputFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Queries as lines of JSON: {@code kind}, {@code prompt} and {@code completion}, and for word order
 * {@code reworded} and {@code flipped}.
 */
final class QuerySet {
  /** The paper's kinds, questions of our own. */
  private static final List<String> KINDS =
      List.of("facts", "arithmetic", "programming", "translation", "role-play");

  private QuerySet() {}

  /** Ours. */
  static List<Asked> ours() throws IOException {
    List<Asked> out = new ArrayList<>();
    for (String kind : KINDS) {
      String name = "queries/" + kind + ".jsonl";
      try (InputStream in =
          Objects.requireNonNull(QuerySet.class.getResourceAsStream(name), name)) {
        out.addAll(parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), name));
      }
    }
    return out;
  }

  /** Those of a file. */
  static List<Asked> read(Path file) throws IOException {
    List<Asked> asked = parse(InputFile.text(file), file.toString());
    if (asked.isEmpty()) {
      throw new IllegalArgumentException(
          file
              + " has no queries; write one a line: "
              + "{\"kind\":…, \"prompt\":…, \"completion\":…}");
    }
    return asked;
  }

  private static List<Asked> parse(String text, String name) {
    List<Asked> out = new ArrayList<>();
    int number = 0;
    for (String line : text.split("\\R", -1)) {
      number++;
      if (!line.isBlank()) {
        out.add(asked(line, name + ":" + number));
      }
    }
    return out;
  }

  private static Asked asked(String line, String place) {
    JsonObject object;
    try {
      object = JsonParser.parseString(line).getAsJsonObject();
    } catch (JsonParseException | IllegalStateException e) {
      throw new IllegalArgumentException(place + " is no JSON object; write one query a line.", e);
    }
    return new Asked(
        required(object, "kind", place),
        required(object, "prompt", place),
        required(object, "completion", place),
        optional(object, "reworded", place),
        optional(object, "flipped", place));
  }

  private static String required(JsonObject object, String key, String place) {
    String value = optional(object, key, place);
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException(place + " has no \"" + key + "\", which every query has.");
    }
    return value;
  }

  private static @Nullable String optional(JsonObject object, String key, String place) {
    JsonElement value = object.get(key);
    if (value == null || value.isJsonNull()) {
      return null;
    }
    if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
      throw new IllegalArgumentException(place + ": \"" + key + "\" is no string.");
    }
    return value.getAsString();
  }

  /** The numbers of the queries of each kind, in the order that the kinds first occur. */
  static Map<String, List<Integer>> kinds(List<Asked> asked) {
    Map<String, List<Integer>> kinds = new LinkedHashMap<>();
    for (int q = 0; q < asked.size(); q++) {
      kinds.computeIfAbsent(asked.get(q).kind(), kind -> new ArrayList<>()).add(q);
    }
    return kinds;
  }

  /** The same, and all of them under a name of their own, where there are several kinds. */
  static Map<String, List<Integer>> groups(List<Asked> asked) {
    Map<String, List<Integer>> groups = kinds(asked);
    if (groups.size() > 1) {
      groups.put("all kinds", IntStream.range(0, asked.size()).boxed().toList());
    }
    return groups;
  }

  /** The mean of what some queries have; those that have none (NaN) do not count. */
  static double mean(List<Integer> queries, double[] values) {
    return queries.stream()
        .mapToDouble(q -> values[q])
        .filter(value -> !Double.isNaN(value))
        .average()
        .orElse(Double.NaN);
  }

  /** How many there are of each kind. */
  static String counts(List<Asked> asked) {
    return kinds(asked).entrySet().stream()
        .map(kind -> kind.getValue().size() + " " + kind.getKey())
        .collect(Collectors.joining(", "));
  }
}
