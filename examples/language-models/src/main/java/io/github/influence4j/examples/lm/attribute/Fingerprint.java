/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Tells models and corpora apart by their content, wherever they lie. */
final class Fingerprint {
  private static final int SHOWN = 16;
  private static final String WEIGHTS = ".safetensors";

  private final MessageDigest digest;

  private Fingerprint() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("Every Java platform has SHA-256.", e);
    }
  }

  /** Of a model's settings and weights. */
  static String ofModel(Path directory) throws IOException {
    return of(directory, "config.json", "model");
  }

  /** Of an adapter's. */
  static String ofAdapter(Path directory) throws IOException {
    return of(directory, "adapter_config.json", "adapter_model");
  }

  /** Weights are one file, or else all parts that there are. */
  private static String of(Path directory, String settings, String weights) throws IOException {
    Fingerprint fingerprint = new Fingerprint();
    fingerprint.add(directory.resolve(settings));
    Path whole = directory.resolve(weights + WEIGHTS);
    if (Files.exists(whole)) {
      fingerprint.add(whole);
      return fingerprint.text();
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(file -> file.toString().endsWith(WEIGHTS)).sorted().toList()) {
        fingerprint.add(file);
      }
    }
    return fingerprint.text();
  }

  /** Of tokens and labels. */
  static String of(List<Piece> pieces) {
    Fingerprint fingerprint = new Fingerprint();
    for (Piece piece : pieces) {
      fingerprint.add(piece.sequence().ids());
      fingerprint.add(piece.sequence().labels());
    }
    return pieces.size() + " sequences, " + fingerprint.text();
  }

  private void add(Path file) throws IOException {
    digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
    try (InputStream in = Files.newInputStream(file);
        OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
      in.transferTo(out);
    }
  }

  private void add(long[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * (values.length + 1));
    bytes.putLong(values.length);
    bytes.asLongBuffer().put(values);
    digest.update(bytes.array());
  }

  private String text() {
    return HexFormat.of().formatHex(digest.digest()).substring(0, SHOWN);
  }
}
