/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.internal.files.AtomicFile;
import io.github.influence4j.internal.files.FolderLock;
import io.github.influence4j.internal.files.InputFile;
import io.github.influence4j.store.FactorStore;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Where a run keeps what it has finished: a description of itself, the model and the factors. One
 * run at a time has it.
 */
public final class RunFolder implements AutoCloseable {
  private final Path folder;
  private final FolderLock lock;

  /**
   * Takes a folder.
   *
   * @param folder made where it is not there
   * @throws IOException if it can be neither made nor written, or if another run has it
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
    lock = FolderLock.take(folder);
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
      StringWriter text = new StringWriter();
      Properties properties = new Properties();
      properties.putAll(run);
      properties.store(text, "What is in this folder; delete the folder to start anew.");
      AtomicFile.writeText(file, text.toString());
      return;
    }
    Properties before = read(file);
    new TreeMap<>(run).forEach((name, value) -> requireSame(file, before, name, value));
  }

  private static Properties read(Path file) throws IOException {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(InputFile.text(file)));
    } catch (CharacterCodingException | IllegalArgumentException e) {
      throw new IOException(damaged(file), e);
    }
    return properties;
  }

  private static String damaged(Path file) {
    return "The description of the run, "
        + file
        + ", is damaged. Delete it if the options are those of the run before: checkpoint and"
        + " factors stay.";
  }

  private void requireSame(Path file, Properties before, String name, String value) {
    String was = before.getProperty(name);
    if (was == null) {
      throw new IllegalArgumentException(
          "--work: "
              + folder
              + " holds a run of another command, or its description "
              + file
              + " is damaged; name another folder, or delete the description if the options are"
              + " those of the run before.");
    }
    if (!value.equals(was)) {
      throw new IllegalArgumentException(
          "--work: "
              + folder
              + " holds another run, with "
              + name
              + " "
              + was
              + ", not "
              + value
              + "; name another folder, or delete this one.");
    }
  }

  /**
   * The model, as transformers would save it.
   *
   * @return a directory, which may not exist yet
   */
  public Path model() {
    return folder.resolve("model");
  }

  /**
   * The state of the training.
   *
   * @return a file, which may not exist yet
   */
  public Path checkpoint() {
    return folder.resolve("checkpoint.safetensors");
  }

  /**
   * Makes room for a new checkpoint: the one there is becomes that before it.
   *
   * @throws IOException if it cannot be renamed
   */
  void keepCheckpoint() throws IOException {
    AtomicFile.rename(checkpoint(), checkpointBefore());
  }

  /** The newest checkpoint there is; empty at the start. */
  Optional<Path> newestCheckpoint() {
    return Stream.of(checkpoint(), checkpointBefore()).filter(Files::exists).findFirst();
  }

  private Path checkpointBefore() {
    return folder.resolve("checkpoint-before.safetensors");
  }

  /**
   * A curvature that was fitted before, or is fitted now and kept.
   *
   * @param method how it is fitted, such as "EKFAC F32"
   * @param layers of the model
   * @param fit fits it
   * @return the curvature
   * @throws IOException if the factors cannot be read or written
   */
  public FittedCurvature factors(
      String method, List<LayerSpec> layers, Supplier<FittedCurvature> fit) throws IOException {
    Path file = factors(method);
    if (Files.exists(file)) {
      try {
        return FactorStore.load(file, layers);
      } catch (IOException e) {
        throw new IOException(
            e.getMessage() + " Delete the file: the same command fits the factors again.", e);
      }
    }
    FittedCurvature curvature = fit.get();
    FactorStore.save(file, curvature);
    return curvature;
  }

  /**
   * Where a curvature is kept.
   *
   * @param method how it is fitted
   * @return a file, which may not exist yet
   */
  public Path factors(String method) {
    String name = method.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    return folder.resolve("factors-" + name + ".safetensors");
  }

  /** As on the command line. */
  @Override
  public String toString() {
    return folder.toString();
  }

  /** Gives the folder back. */
  @Override
  public void close() throws IOException {
    lock.close();
  }
}
