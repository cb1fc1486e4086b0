/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Language models that transformers saved, on the JavaCPP Presets for PyTorch, with their
 * gradients. What {@code io.github.influence4j.pytorch} says of the module path holds here too.
 */
module io.github.influence4j.huggingface {
  requires transitive io.github.influence4j.pytorch;
  requires static org.jspecify;
  requires ai.djl.tokenizers;
  requires com.google.gson;
  requires org.bytedeco.javacpp;

  exports io.github.influence4j.huggingface;
}
