/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.internal.files.AtomicFile;
import io.github.influence4j.internal.files.FolderLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the results go; checked before any work starts. */
final class OutputFolder {
  private final Path folder;
  private final Path inputs;

  OutputFolder(Path folder, Path inputs) {
    this.folder = folder;
    this.inputs = inputs;
    Check.that(Files.isReadable(inputs), "--inputs: there is no readable file %s.", inputs);
    Check.that(!Files.isDirectory(inputs), "--inputs: %s is a folder; name a file.", inputs);
    Path existing = folder.toAbsolutePath();
    while (existing.getParent() != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    Check.that(
        Files.isDirectory(existing) && Files.isWritable(existing),
        "--out: cannot write in %s; name a folder that is writable, or that can be made.",
        folder);
  }

  /** Makes the folder where it is not there, and keeps other runs out of it. */
  FolderLock take() throws IOException {
    Files.createDirectories(folder);
    for (Path file : List.of(scores(), factors())) {
      Check.that(
          !Files.exists(file) || !Files.isSameFile(file, inputs),
          "--out: the results would replace the captures %s; name another folder.",
          inputs);
      AtomicFile.check(file);
    }
    return FolderLock.take(folder);
  }

  Path scores() {
    return folder.resolve("scores.safetensors");
  }

  Path factors() {
    return folder.resolve("factors.safetensors");
  }
}
