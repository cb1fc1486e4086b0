/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.weights;

import io.github.influence4j.huggingface.config.Settings;
import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The open safetensors files of a directory: one, or several with an index. */
public final class CheckpointFiles implements AutoCloseable {
  private final List<Safetensors> open = new ArrayList<>();
  private final Map<String, Safetensors> tensors = new LinkedHashMap<>();

  private CheckpointFiles() {}

  /**
   * Opens {@code NAME.safetensors} or the files that {@code NAME.safetensors.index.json} lists.
   *
   * @param directory of the checkpoint
   * @param name {@code model} or {@code adapter_model}
   * @return the open files
   * @throws IOException if there are none, or they cannot be read
   * @throws IllegalArgumentException if the index and the files contradict each other
   */
  public static CheckpointFiles open(Path directory, String name) throws IOException {
    Path one = directory.resolve(name + ".safetensors");
    Path index = directory.resolve(name + ".safetensors.index.json");
    CheckpointFiles files = new CheckpointFiles();
    try {
      if (Files.exists(one)) {
        Safetensors file = files.add(one);
        file.names().forEach(tensor -> files.tensors.put(tensor, file));
      } else if (Files.exists(index)) {
        files.addIndexed(directory, index);
      } else {
        throw new IOException(
            "Directory \""
                + directory
                + "\" has neither "
                + one.getFileName()
                + " nor "
                + index.getFileName()
                + "; save the model with save_pretrained(..., safe_serialization=True).");
      }
      return files;
    } catch (IOException | RuntimeException | Error e) {
      files.closeAfter(e);
      throw e;
    }
  }

  private Safetensors add(Path file) throws IOException {
    Safetensors opened = Safetensors.open(file);
    open.add(opened);
    return opened;
  }

  private void addIndexed(Path directory, Path index) throws IOException {
    Map<String, String> places = Settings.read(index).strings("weight_map");
    if (places.isEmpty()) {
      throw new IllegalArgumentException("File \"" + index + "\": \"weight_map\" is empty.");
    }
    Set<String> names = new LinkedHashSet<>(places.values());
    for (String file : names) {
      if (file.contains("/") || file.contains("\\") || file.startsWith(".")) {
        throw new IllegalArgumentException(
            "File \"" + index + "\": \"" + file + "\" is no name of a file beside it.");
      }
    }
    List<String> absent =
        names.stream().filter(file -> !Files.exists(directory.resolve(file))).toList();
    if (!absent.isEmpty()) {
      throw new IOException(
          "File \""
              + index
              + "\" lists files that are not in the directory: "
              + String.join(", ", absent)
              + "; copy or download the whole checkpoint.");
    }
    Map<String, Safetensors> byName = new LinkedHashMap<>();
    for (String file : names) {
      byName.put(file, add(directory.resolve(file)));
    }
    Set<String> lost = new TreeSet<>();
    places.forEach(
        (tensor, file) -> {
          Safetensors holder = byName.get(file);
          if (holder != null && holder.contains(tensor)) {
            tensors.put(tensor, holder);
          } else {
            lost.add("\"" + tensor + "\" in " + file);
          }
        });
    if (!lost.isEmpty()) {
      throw new IllegalArgumentException(
          "File \""
              + index
              + "\" names tensors that are not there: "
              + String.join(", ", lost)
              + ".");
    }
    // What a file holds beside is bound or refused like the rest.
    open.forEach(file -> file.names().forEach(tensor -> tensors.putIfAbsent(tensor, file)));
  }

  /** Names of all tensors. */
  public Set<String> names() {
    return tensors.keySet();
  }

  /** The file that holds a tensor. */
  Safetensors holder(String tensor) {
    Safetensors holder = tensors.get(tensor);
    if (holder == null) {
      throw new IllegalArgumentException("No tensor \"" + tensor + "\"");
    }
    return holder;
  }

  private void closeAfter(Throwable failure) {
    try {
      close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  @Override
  public void close() throws IOException {
    for (Safetensors file : open) {
      file.close();
    }
  }
}
