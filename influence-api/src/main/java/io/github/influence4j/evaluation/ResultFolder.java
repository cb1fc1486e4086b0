/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.internal.files.AtomicFile;
import io.github.influence4j.internal.files.FolderLock;
import io.github.influence4j.internal.files.InputFile;
import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A folder of one experiment: {@code experiment.txt}, and a safetensors file for each retraining
 * with its tensor {@code measurements} [queries]. A file appears with its whole content or not at
 * all.
 */
final class ResultFolder implements AutoCloseable {
  private static final String EXPERIMENT = "experiment.txt";
  private static final String TENSOR = "measurements";
  private static final String INPUT = "subset and seed";

  private final Path folder;
  private final FolderLock lock;

  private ResultFolder(Path folder, FolderLock lock) {
    this.folder = folder;
    this.lock = lock;
  }

  static ResultFolder open(Path folder, String identity) throws IOException {
    Files.createDirectories(folder);
    FolderLock lock = FolderLock.take(folder);
    try {
      requireSame(folder, identity);
      return new ResultFolder(folder, lock);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static void requireSame(Path folder, String identity) throws IOException {
    Path file = folder.resolve(EXPERIMENT);
    if (Files.exists(file)) {
      String found = InputFile.text(file);
      if (!found.equals(identity)) {
        throw new IllegalArgumentException(
            "Folder \""
                + folder
                + "\" holds another experiment ("
                + oneLine(found)
                + ") than this one ("
                + oneLine(identity)
                + "); name another folder.");
      }
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      if (files.anyMatch(each -> !each.getFileName().toString().startsWith("."))) {
        throw new IllegalArgumentException(
            "Folder \"" + folder + "\" holds other files; name an empty folder, or a new one.");
      }
    }
    AtomicFile.writeText(file, identity);
  }

  private static String oneLine(String text) {
    return text.strip().replace("\n", ", ");
  }

  /** What a run before has left, or null. */
  double @Nullable [] read(int subset, int repeat, int[] members, long seed) throws IOException {
    Path path = path(subset, repeat);
    if (!Files.exists(path)) {
      return null;
    }
    try (Safetensors file = Safetensors.open(path)) {
      String input = file.metadata().get(INPUT);
      if (!checksum(members, seed).equals(input)) {
        throw new IllegalArgumentException(
            "Folder \""
                + folder
                + "\": "
                + path.getFileName()
                + " was trained on other examples, or with another seed; name another folder.");
      }
      return file.tensor(TENSOR).toDoubles();
    }
  }

  void write(int subset, int repeat, int[] members, long seed, double[] values) throws IOException {
    Safetensors.writer()
        .add(TENSOR, TensorView.of(values, values.length))
        .metadata(INPUT, checksum(members, seed))
        .write(path(subset, repeat));
  }

  private Path path(int subset, int repeat) {
    return folder.resolve(
        String.format(Locale.ROOT, "subset-%05d-repeat-%03d.safetensors", subset, repeat));
  }

  private static String checksum(int[] members, long seed) {
    ByteBuffer bytes =
        ByteBuffer.allocate(members.length * Integer.BYTES + Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int member : members) {
      bytes.putInt(member);
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes.putLong(seed).flip());
    return Long.toHexString(crc.getValue());
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
