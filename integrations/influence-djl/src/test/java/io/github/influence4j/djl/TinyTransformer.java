/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

/** A language model of one causal transformer block, as a user would write it. */
final class TinyTransformer extends AbstractBlock {
  static final int VOCABULARY = 11;
  static final int CONTEXT = 8;
  private static final int WIDTH = 8;
  private static final int HEADS = 2;

  private final Parameter tokens = embedding("tokens", VOCABULARY);
  private final Parameter positions = embedding("positions", CONTEXT);
  private final Block before = addChildBlock("before", LayerNorm.builder().axis(2).build());
  private final Block between = addChildBlock("between", LayerNorm.builder().axis(2).build());
  private final Block dropout = addChildBlock("dropout", Dropout.builder().optRate(0.5f).build());
  private final Block q;
  private final Block k;
  private final Block v;
  private final Block projection;
  private final Block up;
  private final Block down;
  private final Block head;

  TinyTransformer(Taps taps) {
    q = tap(taps, "q", WIDTH, true);
    k = tap(taps, "k", WIDTH, true);
    v = tap(taps, "v", WIDTH, true);
    taps.shareInput("k", "q").shareInput("v", "q");
    projection = tap(taps, "projection", WIDTH, true);
    up = tap(taps, "up", 2 * WIDTH, true);
    down = tap(taps, "down", WIDTH, true);
    head = tap(taps, "head", VOCABULARY, false);
  }

  private Parameter embedding(String name, int rows) {
    return addParameter(
        Parameter.builder()
            .setName(name)
            .setType(Parameter.Type.WEIGHT)
            .optShape(new Shape(rows, WIDTH))
            .build());
  }

  private Block tap(Taps taps, String name, int units, boolean bias) {
    return addChildBlock(name, taps.linear(name, Linear.builder().setUnits(units).optBias(bias)));
  }

  /** The tapped layer of a name. */
  Block layer(String name) {
    return getChildren().stream()
        .filter(child -> child.getKey().endsWith(name))
        .findFirst()
        .orElseThrow()
        .getValue();
  }

  @Override
  protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
    Shape wide = inputs[0].add(WIDTH);
    for (Block block : new Block[] {before, between, dropout, q, k, v, projection, up, head}) {
      block.initialize(manager, type, wide);
    }
    down.initialize(manager, type, inputs[0].add(2 * WIDTH));
  }

  /** Ids [N, T] to logits [N, T, vocabulary]. */
  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList inputs, boolean training, PairList<String, Object> arguments) {
    NDArray ids = inputs.singletonOrThrow();
    long length = ids.getShape().get(1);
    Calls calls =
        (block, array) -> block.forward(store, new NDList(array), training).singletonOrThrow();
    NDArray place = ids.getManager().arange((int) length).toType(DataType.INT64, false);
    NDArray x =
        store
            .getValue(tokens, ids.getDevice(), training)
            .get(ids)
            .add(store.getValue(positions, ids.getDevice(), training).get(place));
    NDArray h = calls.of(before, x);
    NDArray mixed =
        attention(heads(calls.of(q, h)), heads(calls.of(k, h)), heads(calls.of(v, h)))
            .transpose(0, 2, 1, 3)
            .reshape(-1, length, WIDTH);
    NDArray y = x.add(calls.of(dropout, calls.of(projection, mixed)));
    // Rows only, as many models do before their feed-forward part.
    NDArray rows = calls.of(between, y).reshape(-1, WIDTH);
    NDArray forward = calls.of(down, Activation.gelu(calls.of(up, rows))).reshape(y.getShape());
    return new NDList(calls.of(head, y.add(forward)));
  }

  private interface Calls {
    NDArray of(Block block, NDArray input);
  }

  private static NDArray heads(NDArray x) {
    Shape shape = x.getShape();
    return x.reshape(shape.get(0), shape.get(1), HEADS, WIDTH / HEADS).transpose(0, 2, 1, 3);
  }

  private static NDArray attention(NDArray q, NDArray k, NDArray v) {
    long length = q.getShape().get(2);
    NDArray place = q.getManager().arange((int) length);
    NDArray future =
        place.expandDims(0).gt(place.expandDims(1)).toType(q.getDataType(), false).mul(-1e9);
    NDArray weights = q.matMul(k.transpose(0, 1, 3, 2)).div(Math.sqrt(WIDTH / (double) HEADS));
    return weights.add(future).softmax(-1).matMul(v);
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    return new Shape[] {inputs[0].add(VOCABULARY)};
  }
}
