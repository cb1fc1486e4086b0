/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Captures gradients of models built on the JavaCPP Presets for PyTorch.
 *
 * <p>On the module path the presets' native libraries are modules of their own that nothing
 * requires; start the JVM with {@code --add-modules
 * org.bytedeco.pytorch.linux.x86_64,org.bytedeco.openblas.linux.x86_64,org.bytedeco.javacpp.linux.x86_64}.
 * On the class path nothing is needed.
 */
module io.github.influence4j.pytorch {
  requires transitive io.github.influence4j.api;
  requires static org.jspecify;
  requires transitive org.bytedeco.pytorch;
  requires org.bytedeco.javacpp;

  exports io.github.influence4j.pytorch;
}
