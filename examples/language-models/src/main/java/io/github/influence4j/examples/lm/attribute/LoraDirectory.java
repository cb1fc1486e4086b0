/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import io.github.influence4j.capture.CounterRandom;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.internal.files.AtomicFile;
import io.github.influence4j.pytorch.TensorViews;
import io.github.influence4j.store.Safetensors;
import io.github.influence4j.store.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** A LoRA adapter as PEFT saves it. */
final class LoraDirectory {
  private static final String WEIGHTS = "adapter_model.safetensors";

  private final Path directory;

  LoraDirectory(Path directory) {
    this.directory = directory;
  }

  /**
   * Writes an adapter that changes nothing yet, one update for each tracked layer of a model: A
   * uniform as PEFT draws it, B zero.
   *
   * @throws IllegalArgumentException if something is there already
   */
  void begin(Path base, LanguageModel model, int rank, long seed) throws IOException {
    if (Files.exists(directory.resolve("adapter_config.json"))
        || Files.exists(directory.resolve(WEIGHTS))) {
      throw new IllegalArgumentException(
          "--out: " + directory + " holds an adapter; name another folder.");
    }
    Files.createDirectories(directory);
    List<LayerSpec> layers = model.layers();
    AtomicFile.writeText(
        directory.resolve("adapter_config.json"), config(base, layers, rank) + "\n");
    SafetensorsWriter writer = Safetensors.writer().metadata("format", "pt");
    int number = 0;
    for (LayerSpec layer : layers) {
      int inputs = layer.inputs();
      float[] down = new float[Math.multiplyExact(rank, inputs)];
      for (int i = 0; i < down.length; i++) {
        down[i] = (float) ((2 * CounterRandom.uniform(seed, number, i) - 1) / Math.sqrt(inputs));
      }
      String name = "base_model.model." + layer.name();
      writer.add(name + ".lora_A.weight", TensorView.of(down, rank, inputs));
      float[] up = new float[Math.multiplyExact(layer.outputs(), rank)];
      writer.add(name + ".lora_B.weight", TensorView.of(up, layer.outputs(), rank));
      number++;
    }
    writer.write(directory.resolve(WEIGHTS));
  }

  private static String config(Path base, List<LayerSpec> layers, int rank) {
    JsonObject config = new JsonObject();
    config.addProperty("peft_type", "LORA");
    config.addProperty("task_type", "CAUSAL_LM");
    config.addProperty("base_model_name_or_path", base.toString());
    config.addProperty("r", rank);
    config.addProperty("lora_alpha", 2 * rank);
    config.addProperty("lora_dropout", 0);
    config.addProperty("bias", "none");
    config.addProperty("fan_in_fan_out", layers.get(0).name().startsWith("transformer.h."));
    config.addProperty("init_lora_weights", true);
    config.addProperty("inference_mode", true);
    config.add(
        "target_modules",
        new GsonBuilder().create().toJsonTree(layers.stream().map(LayerSpec::name).toList()));
    return new GsonBuilder().setPrettyPrinting().create().toJson(config);
  }

  /** Replaces the matrices by those of a model that was opened with this adapter and trained. */
  void save(LanguageModel adapted) throws IOException {
    SafetensorsWriter writer = Safetensors.writer().metadata("format", "pt");
    List<Tensor> kept = new ArrayList<>();
    for (Map.Entry<String, Tensor> entry : adapted.parameters().entrySet()) {
      Tensor matrix = entry.getValue().detach().contiguous();
      kept.add(matrix);
      writer.add(entry.getKey(), TensorViews.of(matrix));
    }
    writer.write(directory.resolve(WEIGHTS));
    kept.forEach(Tensor::close);
  }
}
