/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A copy of a checkpoint, to be changed before it is written. */
final class EditedCheckpoint {
  private final Path from;
  private final String name;
  private final JsonObject config;
  private final Map<String, TensorView> tensors = new LinkedHashMap<>();

  private EditedCheckpoint(Path from, String config, String name) throws IOException {
    this.from = from;
    this.name = name;
    this.config = JsonParser.parseString(Files.readString(from.resolve(config))).getAsJsonObject();
    try (Safetensors file = Safetensors.open(from.resolve(name + ".safetensors"))) {
      file.names().forEach(tensor -> tensors.put(tensor, file.tensor(tensor)));
    }
  }

  static EditedCheckpoint model(Path from) throws IOException {
    return new EditedCheckpoint(from, "config.json", "model");
  }

  static EditedCheckpoint adapter(Path from) throws IOException {
    return new EditedCheckpoint(from, "adapter_config.json", "adapter_model");
  }

  /** Sets a setting from JSON. */
  EditedCheckpoint set(String key, String json) {
    config.add(key, JsonParser.parseString(json));
    return this;
  }

  EditedCheckpoint remove(String key) {
    config.remove(key);
    return this;
  }

  JsonElement setting(String key) {
    return config.get(key);
  }

  Map<String, TensorView> tensors() {
    return tensors;
  }

  Path write(Path to) throws IOException {
    Files.createDirectories(to);
    String settings = name.equals("model") ? "config.json" : "adapter_config.json";
    Files.writeString(to.resolve(settings), config.toString());
    Safetensors.write(to.resolve(name + ".safetensors"), tensors, Map.of());
    Path tokenizer = from.resolve("tokenizer.json");
    if (Files.exists(tokenizer)) {
      Files.copy(tokenizer, to.resolve("tokenizer.json"));
    }
    return to;
  }
}
