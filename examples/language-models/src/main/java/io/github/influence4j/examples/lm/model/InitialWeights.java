/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.store.Safetensors;
import io.github.influence4j.store.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/**
 * The weights that GPT-2 begins with: normal with a deviation of 0.02, smaller where a block adds
 * to the residual stream, the more blocks there are; biases 0, norms 1.
 */
final class InitialWeights {
  private static final double DEVIATION = 0.02;

  private final ModelShape shape;
  private final Random random;
  private final SafetensorsWriter file = Safetensors.writer().metadata("format", "pt");

  private InitialWeights(ModelShape shape, long seed) {
    this.shape = shape;
    this.random = new Random(seed);
  }

  static void write(ModelShape shape, long seed, Path file) throws IOException {
    new InitialWeights(shape, seed).write(file);
  }

  private void write(Path target) throws IOException {
    int width = shape.width();
    double residual = DEVIATION / Math.sqrt(2.0 * shape.layers());
    normal("transformer.wte", DEVIATION, shape.vocabulary(), width);
    normal("transformer.wpe", DEVIATION, shape.context(), width);
    for (int layer = 0; layer < shape.layers(); layer++) {
      String block = "transformer.h." + layer;
      norm(block + ".ln_1");
      linear(block + ".attn.c_attn", DEVIATION, width, 3 * width);
      linear(block + ".attn.c_proj", residual, width, width);
      norm(block + ".ln_2");
      linear(block + ".mlp.c_fc", DEVIATION, width, 4 * width);
      linear(block + ".mlp.c_proj", residual, 4 * width, width);
    }
    norm("transformer.ln_f");
    file.write(target);
  }

  private void linear(String module, double deviation, int inputs, int outputs) {
    normal(module, deviation, inputs, outputs);
    constant(module + ".bias", 0, outputs);
  }

  private void norm(String module) {
    constant(module + ".weight", 1, shape.width());
    constant(module + ".bias", 0, shape.width());
  }

  private void constant(String name, float value, int size) {
    float[] values = new float[size];
    Arrays.fill(values, value);
    file.add(name, TensorView.of(values, size));
  }

  private void normal(String module, double deviation, int rows, int columns) {
    float[] values = new float[Math.multiplyExact(rows, columns)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    file.add(module + ".weight", TensorView.of(values, rows, columns));
  }
}
