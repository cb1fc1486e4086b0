/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.influence4j.huggingface.TextTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The token that ends a text, as {@code eos_token} of {@code tokenizer_config.json} says, or else
 * {@code eos_token_id} of {@code config.json}.
 *
 * @param id of the token
 * @param text of the token
 */
record EndOfText(long id, String text) {
  static EndOfText of(Path directory, TextTokenizer tokenizer) throws IOException {
    JsonElement named = value(directory.resolve("tokenizer_config.json"), "eos_token");
    JsonElement name =
        named != null && named.isJsonObject() ? named.getAsJsonObject().get("content") : named;
    if (name != null && name.isJsonPrimitive()) {
      String text = name.getAsString();
      long[] ids = tokenizer.encode(text, false).ids();
      if (ids.length == 1) {
        return new EndOfText(ids[0], text);
      }
    }
    JsonElement number = value(directory.resolve("config.json"), "eos_token_id");
    if (number != null && number.isJsonArray() && !number.getAsJsonArray().isEmpty()) {
      number = number.getAsJsonArray().get(0);
    }
    if (number != null && number.isJsonPrimitive()) {
      long id = number.getAsLong();
      return new EndOfText(id, tokenizer.decode(new long[] {id}, false));
    }
    throw new IllegalArgumentException(
        "--packing puts the end-of-text token between texts, but neither tokenizer_config.json"
            + " (eos_token) nor config.json (eos_token_id) of "
            + directory
            + " names one; add it, or leave --packing out.");
  }

  private static @Nullable JsonElement value(Path file, String key) throws IOException {
    if (!Files.exists(file)) {
      return null;
    }
    try {
      JsonObject object = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
      JsonElement value = object.get(key);
      return value == null || value.isJsonNull() ? null : value;
    } catch (JsonParseException | IllegalStateException e) {
      throw new IllegalArgumentException("File \"" + file + "\" is no JSON object.", e);
    }
  }
}
