/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.adapter;

import io.github.influence4j.huggingface.config.Settings;
import io.github.influence4j.huggingface.decoder.LowRankUpdate;
import io.github.influence4j.huggingface.weights.Binding;
import io.github.influence4j.huggingface.weights.CheckpointFiles;
import io.github.influence4j.huggingface.weights.TensorReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** An adapter in its directory, compared with the model that it belongs to. */
public final class Adapter implements AutoCloseable {
  private static final String PREFIX = "base_model.model.";
  private static final String DOWN = ".lora_A";
  private static final String UP = ".lora_B";
  private static final String WEIGHT = ".weight";

  private final AdapterSettings settings;
  private final CheckpointFiles files;
  private final Map<String, Module> modules = new LinkedHashMap<>();

  private Adapter(AdapterSettings settings, CheckpointFiles files) {
    this.settings = settings;
    this.files = files;
  }

  /**
   * A linear layer of the model.
   *
   * @param name that the adapter knows it by
   * @param outputs of the layer
   * @param inputs of the layer
   */
  public record Module(String name, long outputs, long inputs) {}

  /**
   * Opens an adapter.
   *
   * @param directory that PEFT wrote
   * @param candidates the model's linear layers by their names in the model's files
   * @return the adapter, to be closed
   * @throws IOException if a file is missing or cannot be read
   * @throws IllegalArgumentException if it is of a kind that is not done, or of another model
   */
  public static Adapter open(Path directory, Map<String, Module> candidates) throws IOException {
    Path config = directory.resolve("adapter_config.json");
    if (!Files.exists(config)) {
      throw new IOException(
          "Directory \""
              + directory
              + "\" has no adapter_config.json; give the one that PEFT's"
              + " save_pretrained wrote.");
    }
    AdapterSettings settings = AdapterSettings.of(Settings.read(config));
    CheckpointFiles files = CheckpointFiles.open(directory, "adapter_model");
    Adapter adapter = new Adapter(settings, files);
    try {
      adapter.bind(directory, candidates);
      return adapter;
    } catch (RuntimeException | Error e) {
      files.close();
      throw e;
    }
  }

  private void bind(Path directory, Map<String, Module> candidates) {
    Map<String, long[]> needed = new LinkedHashMap<>();
    candidates.forEach(
        (module, shape) -> {
          String down = PREFIX + shape.name() + DOWN + WEIGHT;
          String up = PREFIX + shape.name() + UP + WEIGHT;
          boolean there = files.names().contains(down) || files.names().contains(up);
          if (there || settings.targets(shape.name())) {
            long rank = settings.rank(shape.name());
            needed.put(down, new long[] {rank, shape.inputs()});
            needed.put(up, new long[] {shape.outputs(), rank});
            modules.put(module, shape);
          }
        });
    Binding.require("Adapter \"" + directory + "\"", files, needed, name -> false);
    if (modules.isEmpty()) {
      throw new IllegalArgumentException("Adapter \"" + directory + "\" changes no linear layer.");
    }
  }

  /**
   * Refuses a choice of layers that leaves nothing.
   *
   * @param chosen layers of the model
   * @param choice in words, for the message
   */
  public void requireAny(Predicate<String> chosen, String choice) {
    if (modules.keySet().stream().noneMatch(chosen)) {
      throw new IllegalArgumentException(
          "The adapter changes none of the layers \""
              + choice
              + "\", but "
              + String.join(", ", modules.keySet())
              + ".");
    }
  }

  /**
   * Reads the matrices.
   *
   * @param type what to compute in
   * @return updates by the names of layers in the model's files
   */
  public Map<String, LowRankUpdate> read(ScalarType type) {
    Map<String, LowRankUpdate> out = new LinkedHashMap<>();
    modules.forEach(
        (module, shape) -> {
          String down = PREFIX + shape.name() + DOWN;
          String up = PREFIX + shape.name() + UP;
          Tensor first = TensorReader.read(files, down + WEIGHT, type);
          Tensor second = TensorReader.read(files, up + WEIGHT, type);
          Scalar scale = new Scalar(settings.scale(shape.name()));
          out.put(module, new LowRankUpdate(down, first, up, second, scale));
        });
    return out;
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
