/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.huggingface.adapter.Adapter;
import io.github.influence4j.huggingface.config.Description;
import io.github.influence4j.huggingface.config.Families;
import io.github.influence4j.huggingface.config.LinearModules;
import io.github.influence4j.huggingface.config.Parameters;
import io.github.influence4j.huggingface.config.Part;
import io.github.influence4j.huggingface.config.Settings;
import io.github.influence4j.huggingface.config.TensorNames;
import io.github.influence4j.huggingface.decoder.Decoder;
import io.github.influence4j.huggingface.decoder.LinearLayers;
import io.github.influence4j.huggingface.decoder.LowRankUpdate;
import io.github.influence4j.huggingface.weights.Binding;
import io.github.influence4j.huggingface.weights.CheckpointFiles;
import io.github.influence4j.huggingface.weights.TensorReader;
import io.github.influence4j.pytorch.PyTorch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** From a directory to a model in memory; everything is checked before anything is read. */
final class ModelLoader {
  private final Path directory;
  private final String layers;
  private final ScalarType type;
  private final boolean gradients;
  private final int replicas;
  private final boolean recomputed;

  ModelLoader(
      Path directory,
      String layers,
      ElementType precision,
      boolean gradients,
      int replicas,
      boolean recomputed) {
    this.directory = directory;
    this.layers = layers;
    this.gradients = gradients;
    this.replicas = replicas;
    this.recomputed = recomputed;
    this.type =
        switch (precision) {
          case F64 -> ScalarType.Double;
          case BF16 -> ScalarType.BFloat16;
          default -> ScalarType.Float;
        };
  }

  LoadedModel load(@Nullable Path adapter) throws IOException {
    Description description = Families.describe(Settings.read(config(directory)));
    PyTorch.load();
    try (CheckpointFiles files = CheckpointFiles.open(directory, "model")) {
      Description bound = bound(description, files);
      if (adapter == null) {
        return model(bound, files);
      }
      try (Adapter opened = Adapter.open(adapter, modules(description, bound))) {
        return adapted(bound, files, opened);
      }
    }
  }

  /** The settings of a directory that has some. */
  static Path config(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new NotDirectoryException(
          "\"" + directory + "\" is no directory; give the one that save_pretrained wrote");
    }
    Path config = directory.resolve("config.json");
    if (!Files.exists(config)) {
      throw new IOException(
          "Directory \""
              + directory
              + "\" has no config.json; give the one that save_pretrained"
              + " wrote.");
    }
    return config;
  }

  private LoadedModel model(Description description, CheckpointFiles files) {
    Predicate<String> tracked = LinearModules.chosen(layers, description);
    Map<String, Tensor> parameters = read(description, files);
    parameters.values().forEach(tensor -> tensor.requires_grad_(gradients));
    boolean inputsFirst = description.names().inputsFirst();
    return loaded(
        description,
        () -> new LinearLayers(parameters, inputsFirst, Map.of(), tracked),
        Map.of(),
        parameters);
  }

  /** The model frozen. */
  private LoadedModel adapted(Description description, CheckpointFiles files, Adapter adapter) {
    Predicate<String> tracked = LinearModules.chosen(layers, description);
    adapter.requireAny(tracked, layers);
    Map<String, Tensor> frozen = read(description, files);
    Map<String, LowRankUpdate> updates = adapter.read(type);
    Map<String, Tensor> trainable = new LinkedHashMap<>();
    for (LowRankUpdate update : updates.values()) {
      trainable.put(update.downName() + ".weight", update.down().requires_grad_(gradients));
      trainable.put(update.upName() + ".weight", update.up().requires_grad_(gradients));
    }
    boolean inputsFirst = description.names().inputsFirst();
    return loaded(
        description,
        () -> new LinearLayers(frozen, inputsFirst, updates, tracked),
        frozen,
        trainable);
  }

  private LoadedModel loaded(
      Description description,
      Supplier<LinearLayers> layersOverTensors,
      Map<String, Tensor> frozen,
      Map<String, Tensor> trainable) {
    List<LoadedModel.Replica> made = new ArrayList<>();
    while (made.size() < replicas) {
      LinearLayers linear = layersOverTensors.get();
      Decoder decoder =
          new Decoder(description.architecture(), description.names(), linear, recomputed);
      linear.taps().examplesFirst();
      made.add(new LoadedModel.Replica(decoder, linear));
    }
    return new LoadedModel(description, List.copyOf(made), frozen, trainable);
  }

  /** The linear layers with the names that adapters know, which have the prefix always. */
  private static Map<String, Adapter.Module> modules(Description full, Description bound) {
    Map<String, long[]> shapes = Parameters.of(bound.architecture(), bound.names());
    List<String> known = LinearModules.of(full);
    Map<String, Adapter.Module> out = new LinkedHashMap<>();
    for (String module : LinearModules.of(bound)) {
      long[] shape = Objects.requireNonNull(shapes.get(module + ".weight"));
      boolean inputsFirst = bound.names().inputsFirst();
      long outputs = shape[inputsFirst ? 1 : 0];
      long inputs = shape[inputsFirst ? 0 : 1];
      out.put(module, new Adapter.Module(known.get(out.size()), outputs, inputs));
    }
    return out;
  }

  /** With the names that the files have, which hold exactly what is needed. */
  private Description bound(Description description, CheckpointFiles files) throws IOException {
    TensorNames full = description.names();
    boolean prefixed = files.names().stream().anyMatch(name -> name.startsWith(full.prefix()));
    TensorNames names = prefixed ? full : full.bare();
    String head = names.module(Part.HEAD) + ".weight";
    boolean tied = description.architecture().ends().tied();
    Map<String, long[]> needed = Parameters.of(description.architecture(), names);
    boolean twice = tied && files.names().contains(head);
    if (twice) {
      needed.put(head, needed.get(names.module(Part.TOKENS) + ".weight"));
    }
    Binding.require("Directory \"" + directory + "\"", files, needed, names::buffer);
    if (twice) {
      Binding.requireSame(files, head, names.module(Part.TOKENS) + ".weight");
    }
    return new Description(
        description.modelType(), description.architecture(), names, description.context());
  }

  private Map<String, Tensor> read(Description description, CheckpointFiles files) {
    Map<String, Tensor> out = new LinkedHashMap<>();
    for (String name : Parameters.of(description.architecture(), description.names()).keySet()) {
      out.put(name, TensorReader.read(files, name, type));
    }
    return out;
  }
}
