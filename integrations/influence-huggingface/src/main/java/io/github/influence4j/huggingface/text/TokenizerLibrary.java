/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.text;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Hugging Face's tokenizers through DJL's binding, without DJL's loader, which can download: the
 * library is unpacked from the jar to a private file that is gone when it is loaded.
 */
final class TokenizerLibrary {
  private static final String RESOURCE = "/native/lib/linux-x86_64/cpu/libtokenizers.so";

  private TokenizerLibrary() {}

  /** Loads on first use. */
  private static final class Loaded {
    static final TokenizersLibrary LIBRARY = load();
  }

  /** The library, loaded. */
  static TokenizersLibrary get() {
    return Loaded.LIBRARY;
  }

  private static TokenizersLibrary load() {
    String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!platform.matches("Linux (amd64|x86_64)")) {
      throw new IllegalStateException(
          "Tokenizers run on Linux x86-64, not on "
              + platform
              + "; tokenize elsewhere and give"
              + " token ids.");
    }
    try {
      Path folder = Files.createTempDirectory("influence4j-tokenizers-"); // its owner's alone
      Path file = folder.resolve("libtokenizers.so");
      try {
        unpack(file);
        System.load(file.toString());
      } finally {
        Files.deleteIfExists(file);
        Files.delete(folder);
      }
      return TokenizersLibrary.LIB;
    } catch (IOException | UnsatisfiedLinkError e) {
      throw new IllegalStateException(
          "The tokenizer's native library cannot be loaded: "
              + e.getMessage()
              + ". It is unpacked"
              + " to the directory for temporary files; set -Djava.io.tmpdir to one that can hold"
              + " and run it.",
          e);
    }
  }

  private static void unpack(Path file) throws IOException {
    try (InputStream in = TokenizersLibrary.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IOException("the jar of ai.djl.huggingface:tokenizers has no " + RESOURCE);
      }
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
