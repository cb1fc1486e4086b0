/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The settings in a JSON file, or in a section of it. A key that is missing and one that is null
 * are the same. Every refusal names the file and the key.
 */
public final class Settings {
  private static final int MOST_LAYERS = 10_000;

  private final Path file;
  private final String section;
  private final JsonObject values;

  private Settings(Path file, String section, JsonObject values) {
    this.file = file;
    this.section = section;
    this.values = values;
  }

  /**
   * Reads a file.
   *
   * @param file of JSON in UTF-8, an object at the top
   * @return its settings
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if it is no JSON object
   */
  public static Settings read(Path file) throws IOException {
    try (Reader text = Files.newBufferedReader(file);
        JsonReader reader = new JsonReader(text)) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement all = JsonParser.parseReader(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new IllegalArgumentException(
            "File \"" + file + "\" is no JSON: there is more behind its end.");
      }
      if (!all.isJsonObject()) {
        throw new IllegalArgumentException("File \"" + file + "\" is no JSON object {...}.");
      }
      return new Settings(file, "", all.getAsJsonObject());
    } catch (JsonParseException | MalformedJsonException e) {
      throw new IllegalArgumentException(
          "File \"" + file + "\" is no JSON: " + firstLine(e) + ".", e);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("File \"" + file + "\" is not in UTF-8.", e);
    }
  }

  /** Whether the key has a value. */
  public boolean has(String key) {
    return values.has(key) && !values.get(key).isJsonNull();
  }

  /** Whether the key is there, be it null. */
  boolean mentions(String key) {
    return values.has(key);
  }

  /** A finite number above 0; 0 where the key is null, and what holds without the key. */
  double positiveOrNull(String key, double otherwise) {
    if (!mentions(key)) {
      return otherwise;
    }
    return has(key) ? positive(key) : 0;
  }

  /** The keys that have a value. */
  public List<String> keys() {
    return values.keySet().stream().filter(this::has).toList();
  }

  /** The file, for messages. */
  public Path file() {
    return file;
  }

  /** A whole number of at least 1. */
  public int size(String key) {
    double value = number(key);
    if (value != Math.rint(value) || value < 1 || value > Integer.MAX_VALUE) {
      throw problem(key, "is " + values.get(key) + ", expected a whole number of 1 or more");
    }
    return (int) value;
  }

  /** How many blocks there are; each has tensors, so what no file can hold is a mistake. */
  int layers(String key) {
    int value = size(key);
    if (value > MOST_LAYERS) {
      throw problem(key, "is " + value + ", expected at most " + MOST_LAYERS);
    }
    return value;
  }

  /** A whole number of at least 1, or what holds without the key. */
  public int size(String key, int otherwise) {
    return has(key) ? size(key) : otherwise;
  }

  /** A finite number. */
  public double number(String key) {
    JsonPrimitive value = primitive(key, "a number");
    if (!value.isNumber() || !Double.isFinite(value.getAsDouble())) {
      throw problem(key, "is " + value + ", expected a number");
    }
    return value.getAsDouble();
  }

  /** A finite number, or what holds without the key. */
  public double number(String key, double otherwise) {
    return has(key) ? number(key) : otherwise;
  }

  /** A finite number above 0. */
  public double positive(String key) {
    double value = number(key);
    if (value <= 0) {
      throw problem(key, "is " + values.get(key) + ", expected more than 0");
    }
    return value;
  }

  /** A finite number above 0, or what holds without the key. */
  public double positive(String key, double otherwise) {
    return has(key) ? positive(key) : otherwise;
  }

  /** True or false, or what holds without the key. */
  public boolean flag(String key, boolean otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    JsonPrimitive value = primitive(key, "true or false");
    if (!value.isBoolean()) {
      throw problem(key, "is " + value + ", expected true or false");
    }
    return value.getAsBoolean();
  }

  /** A string. */
  public String text(String key) {
    JsonPrimitive value = primitive(key, "a string");
    if (!value.isString()) {
      throw problem(key, "is " + value + ", expected a string");
    }
    return value.getAsString();
  }

  /** A string, or what holds without the key. */
  public String text(String key, String otherwise) {
    return has(key) ? text(key) : otherwise;
  }

  /** A list of strings, or a string alone; empty without the key. */
  public List<String> texts(String key) {
    if (!has(key)) {
      return List.of();
    }
    if (!values.get(key).isJsonArray()) {
      return List.of(text(key));
    }
    List<String> out = new ArrayList<>();
    for (JsonElement element : values.get(key).getAsJsonArray()) {
      if (!element.isJsonPrimitive() || !element.getAsJsonPrimitive().isString()) {
        throw problem(key, "has " + element + ", expected strings");
      }
      out.add(element.getAsString());
    }
    return out;
  }

  /** Whether the value is a list. */
  public boolean isList(String key) {
    return has(key) && values.get(key).isJsonArray();
  }

  /** The settings inside a setting; null without the key. */
  public @Nullable Settings section(String key) {
    if (!has(key)) {
      return null;
    }
    if (!values.get(key).isJsonObject()) {
      throw problem(key, "is " + values.get(key) + ", expected an object {...}");
    }
    return new Settings(file, section + key + ".", values.get(key).getAsJsonObject());
  }

  /** The settings inside a setting as strings; empty without the key. */
  public Map<String, String> strings(String key) {
    Map<String, String> out = new LinkedHashMap<>();
    Settings inside = section(key);
    if (inside != null) {
      inside.keys().forEach(name -> out.put(name, inside.text(name)));
    }
    return out;
  }

  /**
   * Refuses a setting that changes what the model computes, unless it has one of the values under
   * which it does not.
   */
  public void require(String key, Set<Object> harmless, String why) {
    if (!has(key)) {
      return;
    }
    JsonElement value = values.get(key);
    boolean empty =
        (value.isJsonArray() && value.getAsJsonArray().isEmpty())
            || (value.isJsonObject() && value.getAsJsonObject().isEmpty());
    if (!empty && !(value.isJsonPrimitive() && harmless.contains(plain(value)))) {
      throw problem(key, "is " + shortened(value) + ": " + why);
    }
  }

  /** A refusal that names the file and the key. */
  public IllegalArgumentException problem(String key, String text) {
    return new IllegalArgumentException(
        "File \"" + file + "\": \"" + section + key + "\" " + text + ".");
  }

  private JsonPrimitive primitive(String key, String expected) {
    if (!has(key)) {
      throw problem(key, "is missing, expected " + expected);
    }
    if (!values.get(key).isJsonPrimitive()) {
      throw problem(key, "is " + shortened(values.get(key)) + ", expected " + expected);
    }
    return values.get(key).getAsJsonPrimitive();
  }

  private static Object plain(JsonElement value) {
    JsonPrimitive primitive = value.getAsJsonPrimitive();
    if (primitive.isBoolean()) {
      return primitive.getAsBoolean();
    }
    return primitive.isNumber() ? primitive.getAsDouble() : primitive.getAsString();
  }

  /** Gson adds where to read more. */
  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private static String shortened(JsonElement value) {
    String text = value.toString();
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }
}
