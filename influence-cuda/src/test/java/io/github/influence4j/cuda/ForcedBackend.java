/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A program that asks for the backend and writes what it gets, or why it does not. */
final class ForcedBackend {
  private ForcedBackend() {}

  public static void main(String[] arguments) {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    Influence.Builder builder = Influence.builder().layers(LayerSpec.linear("layer", 2, 3));
    if (!Boolean.getBoolean("test.default")) {
      builder.backend("cuda");
    }
    Integer device = Integer.getInteger("test.device");
    if (device != null) {
      builder.devices(device);
    }
    try (Influence influence = builder.build()) {
      out.println(influence.backend());
    } catch (IllegalStateException e) {
      out.println(e.getMessage());
    }
  }
}
