/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import io.github.influence4j.huggingface.config.Description;
import io.github.influence4j.huggingface.decoder.Decoder;
import io.github.influence4j.huggingface.decoder.LinearLayers;
import io.github.influence4j.pytorch.Taps;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A model in memory.
 *
 * @param description what it is made of
 * @param replicas of the decoder over the same tensors, one a thread
 * @param frozen tensors of the model where an adapter is trained
 * @param trainable tensors of the adapter, or of the model without one
 */
record LoadedModel(
    Description description,
    List<Replica> replicas,
    Map<String, Tensor> frozen,
    Map<String, Tensor> trainable) {
  /**
   * A decoder for one thread.
   *
   * @param decoder that runs
   * @param linear its linear layers with their taps
   */
  record Replica(Decoder decoder, LinearLayers linear) {
    Taps taps() {
      return linear.taps();
    }
  }

  Replica first() {
    return replicas.get(0);
  }

  Coverage coverage() {
    Map<String, Long> sizes = new LinkedHashMap<>();
    frozen.forEach((name, tensor) -> sizes.put(name, tensor.numel()));
    trainable.forEach((name, tensor) -> sizes.put(name, tensor.numel()));
    return Coverage.of(first().linear().trackedSizes(), sizes);
  }

  void close() {
    frozen.values().forEach(Tensor::close);
    trainable.values().forEach(Tensor::close);
  }
}
