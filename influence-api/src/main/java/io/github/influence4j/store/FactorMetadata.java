/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a factor file says about itself: its format, the strategy, and the model it belongs to. */
final class FactorMetadata {
  /** The format this version reads and writes. Format 1 had no checksums. */
  static final int FORMAT = 2;

  private static final String PREFIX = "influence4j.";
  private static final String NAME = "name";

  private final Path file;
  private final Map<String, String> metadata;

  FactorMetadata(Safetensors tensors) {
    this.file = tensors.file();
    this.metadata = tensors.metadata();
  }

  static void write(FittedCurvature curvature, SafetensorsWriter writer) {
    writer
        .metadata(PREFIX + "format", Integer.toString(FORMAT))
        .metadata(PREFIX + "version", version())
        .metadata(PREFIX + "strategy", curvature.strategy().kind().name())
        .metadata(PREFIX + "blocks", Integer.toString(curvature.strategy().blocks()))
        .metadata(PREFIX + "layers", Integer.toString(curvature.layers().size()));
    int index = 0;
    for (LayerSpec layer : curvature.layers()) {
      String prefix = layerPrefix(index++);
      describe(layer).forEach((field, value) -> writer.metadata(prefix + field, value));
    }
  }

  private static String layerPrefix(int index) {
    return PREFIX + "layer." + index + ".";
  }

  /** The fields that make two layers the same, in the order in which differences are reported. */
  private static Map<String, String> describe(LayerSpec layer) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put(NAME, layer.name());
    fields.put("inputs", Integer.toString(layer.inputs()));
    fields.put("outputs", Integer.toString(layer.outputs()));
    fields.put("bias", Boolean.toString(layer.bias()));
    if (layer.convolution() != null) {
      fields.put("convolution", describe(layer.convolution()));
    }
    if (layer.inputOf() != null) {
      fields.put("inputOf", layer.inputOf());
    }
    return fields;
  }

  private static String describe(Conv2d geometry) {
    return String.format(
        Locale.ROOT,
        "channels=%d>%d kernel=%dx%d stride=%dx%d padding=%dx%d mode=%s dilation=%dx%d groups=%d",
        geometry.inChannels(),
        geometry.outChannels(),
        geometry.kernelHeight(),
        geometry.kernelWidth(),
        geometry.strideHeight(),
        geometry.strideWidth(),
        geometry.paddingHeight(),
        geometry.paddingWidth(),
        geometry.paddingMode(),
        geometry.dilationHeight(),
        geometry.dilationWidth(),
        geometry.groups());
  }

  private static String version() {
    Optional<String> modular =
        Optional.ofNullable(FactorMetadata.class.getModule().getDescriptor())
            .flatMap(ModuleDescriptor::rawVersion);
    String packaged = FactorMetadata.class.getPackage().getImplementationVersion();
    return modular.orElse(packaged == null ? "development" : packaged);
  }

  /** Refuses what is no factor file of this format. */
  void requireFormat() throws InvalidSafetensorsException {
    if (!metadata.containsKey(PREFIX + "format")) {
      throw invalid(
          "holds no factors of Influence4J (its metadata lack \"influence4j.format\"); pass a file"
              + " that FactorStore.save wrote");
    }
    int format = number("format");
    if (format != FORMAT) {
      throw invalid(
          "was written in factor format "
              + format
              + " by version "
              + InvalidSafetensorsException.quoted(metadata.getOrDefault(PREFIX + "version", "?"))
              + ", this version reads format "
              + FORMAT
              + "; "
              + (format > FORMAT ? "use a newer Influence4J" : "fit again and save"));
    }
  }

  CurvatureStrategy strategy() throws InvalidSafetensorsException {
    String kind = value(PREFIX + "strategy");
    int blocks = number("blocks");
    try {
      return new CurvatureStrategy(CurvatureStrategy.Kind.valueOf(kind), blocks);
    } catch (IllegalArgumentException e) {
      InvalidSafetensorsException invalid =
          invalid(
              "has the strategy "
                  + InvalidSafetensorsException.quoted(kind)
                  + " with "
                  + blocks
                  + " blocks, which does not exist");
      invalid.initCause(e);
      throw invalid;
    }
  }

  private int number(String key) throws InvalidSafetensorsException {
    String text = value(PREFIX + key);
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      InvalidSafetensorsException invalid =
          invalid(
              "has "
                  + InvalidSafetensorsException.quoted(text)
                  + " as metadata \""
                  + PREFIX
                  + key
                  + "\", expected an integer");
      invalid.initCause(e);
      throw invalid;
    }
  }

  private String value(String key) throws InvalidSafetensorsException {
    String value = metadata.get(key);
    if (value == null) {
      throw invalid("lacks the metadata \"" + key + "\"; it is damaged");
    }
    return value;
  }

  /** Compares the model of the file with the caller's. */
  void requireModel(List<LayerSpec> model) throws InvalidSafetensorsException {
    Map<String, Integer> indices = new LinkedHashMap<>();
    int count = number("layers");
    for (int i = 0; i < count; i++) {
      String name = value(layerPrefix(i) + NAME);
      if (indices.put(name, i) != null) {
        throw invalid("has two layers " + InvalidSafetensorsException.quoted(name));
      }
    }
    for (LayerSpec layer : model) {
      Integer index = indices.remove(layer.name());
      if (index == null) {
        throw anotherModel(layer.name(), "is not in the file");
      }
      requireLayer(layer, index);
    }
    if (!indices.isEmpty()) {
      throw anotherModel(indices.keySet().iterator().next(), "is only in the file");
    }
  }

  private void requireLayer(LayerSpec layer, int index) {
    Map<String, String> expected = describe(layer);
    List<String> fields = new ArrayList<>(expected.keySet());
    fields.addAll(List.of("convolution", "inputOf"));
    for (String field : fields) {
      String stored = metadata.get(layerPrefix(index) + field);
      String wanted = expected.get(field);
      if (wanted == null ? stored != null : !wanted.equals(stored)) {
        throw anotherModel(
            layer.name(),
            "has "
                + field
                + " "
                + shown(stored)
                + " in the file and "
                + shown(wanted)
                + " in this model");
      }
    }
  }

  private static String shown(@Nullable String value) {
    return value == null ? "none" : InvalidSafetensorsException.quoted(value);
  }

  private IllegalArgumentException anotherModel(String layer, String difference) {
    return new IllegalArgumentException(
        "Layer "
            + InvalidSafetensorsException.quoted(layer)
            + " "
            + difference
            + "; these factors belong to another model. Pass the layers they were fitted with, or"
            + " fit again. File \""
            + file
            + "\".");
  }

  private InvalidSafetensorsException invalid(String problem) {
    return new InvalidSafetensorsException(file, problem + ".");
  }
}
