/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Captures are right whatever the garbage collector does between the passes. */
final class GarbageCollectionTest {
  private static final int REPETITIONS = Integer.getInteger("influence4j.djl.repetitions", 500);
  private static final long[][] IDS = {{1, 5, 3, 0, 7}, {2, 2, 10, 4, 9}};

  private final NDManager manager = NDManager.newBaseManager();
  private final Taps taps = new Taps().examplesFirst();
  private final List<ByteBuffer> poison = new ArrayList<>();

  @AfterEach
  void close() {
    manager.close();
  }

  /** Whatever DJL lays over a Java buffer and autograd keeps. */
  private enum Operation {
    FLOAT(x -> x.mul(3f)),
    DOUBLE(x -> x.mul(3.0)),
    INT(x -> x.mul(3)),
    LONG(x -> x.mul(3L)),
    DIVISION(x -> x.div(7f)),
    POWER(x -> x.pow(3)),
    REMAINDER(x -> x.mod(2f)),
    MAXIMUM(x -> x.maximum(0.5f)),
    MINIMUM(x -> x.minimum(0.5f)),
    IN_PLACE(x -> x.add(0).muli(3f)),
    ON_THE_LEFT(x -> x.getManager().create(3f).mul(x)),
    CLIPPED(x -> x.clip(-0.5f, 0.5f).mul(x)),
    CLOSED_ARRAY(
        x -> {
          try (NDArray three = x.getManager().create(new float[] {1, 2, 3})) {
            return x.mul(three);
          }
        }),
    CLOSED_VIEW(
        x -> {
          try (NDArray six = x.getManager().create(new float[] {1, 2, 3, 4, 5, 6});
              NDArray rows = six.reshape(2, 3)) {
            return x.mul(rows.get(1));
          }
        }),
    CLOSED_INDEX(
        x -> {
          try (NDArray index = x.getManager().create(new long[] {2, 0, 1})) {
            return x.swapAxes(0, 1).get(index).swapAxes(0, 1).square();
          }
        }),
    SCOPE(
        x -> {
          try (NDScope scope = new NDScope()) {
            NDArray y = x.mul(3f).pow(2);
            NDScope.unregister(y);
            scope.suppressNotUsedWarning();
            return y;
          }
        }),
    OWN_MANAGER(
        x -> {
          try (NDManager own = x.getManager().newSubManager()) {
            NDArray y = x.mul(own.create(new float[] {1, 2, 3}));
            y.attach(x.getManager());
            return y;
          }
        });

    @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
    private final UnaryOperator<NDArray> operation;

    Operation(UnaryOperator<NDArray> operation) {
      this.operation = operation;
    }
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void operations(Operation operation) {
    Block layer = taps.linear("fc", Linear.builder().setUnits(3));
    layer.initialize(manager, DataType.FLOAT32, new Shape(4, 3));
    NDArray x = manager.arange(12).toType(DataType.FLOAT32, false).reshape(4, 3).div(12f);
    Consumer<Runnable> twice =
        between -> {
          GradientBatch batch =
              taps.capture(
                  manager,
                  () -> {
                    NDArray y = operation.operation.apply(taps.forward(layer, x)).square().sum();
                    between.run();
                    return ModelOutput.ofLoss(y, 4);
                  });
          expectSame(values(batch));
        };
    twice.accept(() -> {});
    twice.accept(() -> poison.addAll(FreedMemory.collectAndPoison()));
  }

  private double @Nullable [] first;

  private void expectSame(double[] values) {
    assertThat(Arrays.stream(values).anyMatch(v -> v != 0)).isTrue();
    if (first == null) {
      first = values;
    }
    assertThat(values).containsExactly(first);
  }

  private static double[] values(GradientBatch batch) {
    return batch.layers().stream()
        .flatMapToDouble(
            layer ->
                Arrays.stream(
                    concat(layer.activations().toDoubles(), layer.outputGradients().toDoubles())))
        .toArray();
  }

  private static double[] concat(double[] a, double[] b) {
    double[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  private DjlGradients<long[][]> transformer(Runnable between) {
    Engine.getEngine("PyTorch").setRandomSeed(3);
    TinyTransformer model = new TinyTransformer(taps);
    model.initialize(manager, DataType.FLOAT32, new Shape(1, TinyTransformer.CONTEXT));
    return new DjlGradients<>(
        taps,
        Collections.singleton(IDS),
        ids -> {
          NDArray tokens = Naive.ids(manager, ids);
          NDArray logits = taps.forward(model, tokens);
          between.run();
          return ModelOutput.classification(logits, tokens);
        });
  }

  @Test
  void transformerWithACollectionBetweenThePasses() {
    AtomicBoolean collect = new AtomicBoolean();
    DjlGradients<long[][]> data =
        transformer(
            () -> {
              if (collect.get()) {
                poison.addAll(FreedMemory.collectAndPoison());
              }
            });
    data.dataLabels().replay(batch -> expectSame(values(batch)));
    collect.set(true);
    for (int i = 0; i < 5; i++) {
      data.dataLabels().replay(batch -> expectSame(values(batch)));
    }
  }

  /** With a collection after the backward pass, before the library has used what was captured. */
  @Test
  void capturedMemoryLastsAsLongAsTheBatch() {
    Block layer = taps.linear("fc", Linear.builder().setUnits(2));
    layer.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
    DjlGradients<Integer> data =
        new DjlGradients<>(
            taps,
            List.of(1),
            n -> {
              try (NDArray x = manager.create(new float[] {1, 2, 3}).reshape(1, 3)) {
                return ModelOutput.ofLoss(taps.forward(layer, x).sum(), n);
              }
            });
    data.dataLabels()
        .replay(
            batch -> {
              poison.addAll(FreedMemory.collectAndPoison());
              LayerBatch captured = batch.layers().get(0);
              assertThat(captured.activations().toDoubles()).containsExactly(1, 2, 3);
            });
    try (NDManager own = manager.newSubManager()) {
      GradientBatch batch =
          taps.capture(
              own,
              () -> {
                try (NDArray x = manager.create(new float[] {4, 5, 6}, new Shape(1, 3))) {
                  return ModelOutput.ofLoss(taps.forward(layer, x).sum(), 1);
                }
              });
      poison.addAll(FreedMemory.collectAndPoison());
      assertThat(batch.layers().get(0).activations().toDoubles()).containsExactly(4, 5, 6);
    }
  }

  /** Another thread collects garbage and takes what was freed. */
  @Test
  void transformerUnderLoad() throws InterruptedException {
    DjlGradients<long[][]> data = transformer(() -> {});
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong collections = new AtomicLong();
    Thread load =
        new Thread(
            () -> {
              while (!done.get()) {
                FreedMemory.collectAndPoison();
                collections.incrementAndGet();
              }
            });
    load.start();
    try {
      for (int i = 0; i < REPETITIONS; i++) {
        data.dataLabels().replay(batch -> expectSame(values(batch)));
      }
    } finally {
      done.set(true);
      load.join();
    }
    assertThat(collections.get()).isGreaterThan(REPETITIONS / 100);
  }
}
