/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.text;

import io.github.influence4j.internal.files.InputFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** UTF-8 files as documents, one a file. */
public final class TextFiles {
  private TextFiles() {}

  /**
   * Reads a file, or all files in a folder and the folders in it. Pipes and devices in a folder are
   * passed over.
   *
   * @param path a file or folder
   * @return the files with text in them, by name; titles are their paths within the folder
   * @throws IOException if a file cannot be read, is a pipe or a device, or is not UTF-8; the
   *     message names it
   */
  public static List<Document> documents(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return List.of(document(path, path.getFileName()));
    }
    List<Path> files;
    try (Stream<Path> all = Files.walk(path)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    List<Document> documents = new ArrayList<>();
    for (Path file : files) {
      Document document = document(file, path.relativize(file));
      if (!document.text().isBlank()) {
        documents.add(document);
      }
    }
    return documents;
  }

  private static Document document(Path file, Path name) throws IOException {
    try {
      String text = InputFile.text(file);
      return new Document(name.toString(), name.toString(), Language.of(text), text);
    } catch (CharacterCodingException e) {
      throw new IOException(file + " is not UTF-8 text; convert it, or leave it out.", e);
    }
  }
}
