/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

/**
 * A data set seen through a model: runs forward and backward over its examples and pushes what each
 * layer saw. It is replayed: fitting runs over it twice, scoring once for each pass the planner
 * needs. Every replay must give the same examples in the same order, which is checked; how they are
 * cut into batches does not matter.
 *
 * <pre>{@code
 * GradientSource train = sink -> {
 *   for (Batch batch : data) {
 *     model.forwardBackward(batch);
 *     sink.accept(GradientBatch.of(batch.size(),
 *         new LayerBatch("fc1", model.input1(), model.gradient1()),
 *         new LayerBatch("fc2", model.input2(), model.gradient2())));
 *   }
 * };
 * }</pre>
 */
@FunctionalInterface
public interface GradientSource {
  /**
   * Pushes all batches, on the calling thread.
   *
   * @param sink takes each batch during the call
   */
  void replay(GradientSink sink);
}
