/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * Texts in files: {@code .txt} and {@code .md}, one a file; {@code .jsonl}, one a line; each also
 * as {@code .gz}; folders of such.
 */
final class Texts {
  private static final String KINDS = ".*\\.(txt|md|jsonl)(\\.gz)?";

  private Texts() {}

  /**
   * A text.
   *
   * @param label where it is from
   * @param prompt that is not to be predicted; empty for none
   * @param text the rest
   */
  record Text(String label, String prompt, String text) {}

  /** Reads files and folders. */
  static List<Text> read(List<Path> paths) throws IOException {
    List<Text> out = new ArrayList<>();
    for (Path path : paths) {
      if (Files.isDirectory(path)) {
        try (Stream<Path> all = Files.walk(path)) {
          for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
            if (name(file).matches(KINDS)) {
              out.addAll(ofFile(file, path.relativize(file).toString()));
            }
          }
        }
      } else if (Files.isRegularFile(path)) {
        out.addAll(ofFile(path, path.getFileName().toString()));
      } else {
        throw new NoSuchFileException(path.toString());
      }
    }
    if (out.isEmpty()) {
      throw new IllegalArgumentException(
          "--corpus: there is no text in "
              + paths
              + "; read are .txt, .md and .jsonl, each also"
              + " as .gz.");
    }
    return out;
  }

  /** Lines of JSON with {@code prompt} and {@code completion}. */
  static List<Text> lines(Path file) throws IOException {
    List<Text> out = new ArrayList<>();
    int number = 0;
    for (String line : text(file).split("\\R", -1)) {
      number++;
      if (!line.isBlank()) {
        out.add(ofLine(line, file + ":" + number));
      }
    }
    return out;
  }

  private static List<Text> ofFile(Path file, String label) throws IOException {
    if (name(file).matches(".*\\.jsonl(\\.gz)?")) {
      return lines(file);
    }
    String text = text(file);
    return text.isBlank() ? List.of() : List.of(new Text(label, "", text));
  }

  private static Text ofLine(String line, String label) {
    try {
      JsonElement parsed = JsonParser.parseString(line);
      if (parsed.isJsonObject()) {
        JsonObject object = parsed.getAsJsonObject();
        if (isString(object, "text")) {
          return new Text(label, "", object.get("text").getAsString());
        }
        if (isString(object, "prompt") && isString(object, "completion")) {
          return new Text(
              label, object.get("prompt").getAsString(), object.get("completion").getAsString());
        }
      }
    } catch (JsonParseException e) {
      throw new IllegalArgumentException(label + " is no JSON: " + e.getMessage(), e);
    }
    throw new IllegalArgumentException(
        label + " has neither \"text\" nor both \"prompt\" and \"completion\" as strings.");
  }

  private static boolean isString(JsonObject object, String key) {
    return object.has(key)
        && object.get(key).isJsonPrimitive()
        && object.get(key).getAsJsonPrimitive().isString();
  }

  private static String text(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file));
        InputStream plain = name(file).endsWith(".gz") ? new GZIPInputStream(in) : in) {
      bytes = plain.readAllBytes();
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IOException(file + " is not UTF-8 text; convert it, or leave it out.", e);
    }
  }

  private static String name(Path file) {
    return file.getFileName().toString().toLowerCase(Locale.ROOT);
  }
}
