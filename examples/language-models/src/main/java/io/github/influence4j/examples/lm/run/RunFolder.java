/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** Where a run keeps what it has finished: a description of itself, the model and the factors. */
public final class RunFolder {
  private final Path folder;

  /**
   * A folder.
   *
   * @param folder made where it is not there
   * @throws IOException if it can be neither made nor written
   */
  public RunFolder(Path folder) throws IOException {
    this.folder = folder;
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new IOException("--work: cannot make the folder " + folder + "; name another.", e);
    }
    if (!Files.isWritable(folder)) {
      throw new IOException("--work: cannot write in " + folder + "; name another folder.");
    }
  }

  /**
   * Notes what is run here, or checks that it is what was run here before.
   *
   * @param run options and data that decide the result
   * @throws IOException if the description cannot be read or written
   * @throws IllegalArgumentException if the folder holds another run
   */
  public void require(Map<String, String> run) throws IOException {
    Path file = folder.resolve("run.properties");
    if (!Files.exists(file)) {
      Properties properties = new Properties();
      properties.putAll(run);
      try (BufferedWriter writer = Files.newBufferedWriter(file)) {
        properties.store(writer, "What is in this folder; delete the folder to start anew.");
      }
      return;
    }
    Properties before = new Properties();
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      before.load(reader);
    }
    new TreeMap<>(run)
        .forEach(
            (name, value) -> {
              if (!value.equals(before.getProperty(name))) {
                throw new IllegalArgumentException(
                    "--work: "
                        + folder
                        + " holds another run, with "
                        + name
                        + " "
                        + before.getProperty(name)
                        + ", not "
                        + value
                        + "; name another folder, or delete this one.");
              }
            });
  }

  /**
   * The model and the state of its training.
   *
   * @return a file, which may not exist yet
   */
  public Path checkpoint() {
    return folder.resolve("checkpoint.pt");
  }

  /**
   * A fitted curvature.
   *
   * @param method how it is fitted, such as "EKFAC F32"
   * @return a file, which may not exist yet
   */
  public Path factors(String method) {
    String name = method.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    return folder.resolve("factors-" + name + ".safetensors");
  }
}
