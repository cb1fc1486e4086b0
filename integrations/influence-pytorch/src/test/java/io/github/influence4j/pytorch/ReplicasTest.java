/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.set_num_threads;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Several replicas of a model give what one gives. */
final class ReplicasTest {
  private static final int BATCHES = 7;

  private final LinearImpl module = new LinearImpl(4, 5);
  private final Set<String> threads = ConcurrentHashMap.newKeySet();
  private final List<Tensor> batches =
      IntStream.range(0, BATCHES).mapToObj(b -> randn(1 + b % 3, 6, 4)).toList();

  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
  }

  private final ExecutorService executor = Executors.newFixedThreadPool(2);

  @AfterEach
  void shutDown() {
    executor.shutdown();
  }

  ReplicasTest() {
    module.eval();
  }

  private List<ModelReplica<Tensor>> replicas(int count) {
    List<ModelReplica<Tensor>> out = new ArrayList<>();
    for (int r = 0; r < count; r++) {
      Taps taps = new Taps();
      TappedLinear layer = taps.linear("layer", module);
      out.add(
          new ModelReplica<>(
              taps,
              x -> {
                threads.add(Thread.currentThread().getName());
                Tensor labels = zeros(x.size(0), 6).to(ScalarType.Long);
                return ModelOutput.classification(layer.forward(x), labels);
              }));
    }
    return out;
  }

  private static List<double[]> captured(GradientSource source) {
    List<double[]> out = new ArrayList<>();
    source.replay(
        batch -> {
          out.add(batch.layers().get(0).activations().toDoubles());
          out.add(batch.layers().get(0).outputGradients().toDoubles());
        });
    return out;
  }

  @Test
  void giveTheSameBatchesInTheSameOrder() {
    TorchGradients<Tensor> one = new TorchGradients<>(replicas(1), Runnable::run, batches);
    for (int count : new int[] {2, 3, 9}) {
      TorchGradients<Tensor> several = new TorchGradients<>(replicas(count), executor, batches);
      LabelSampler sampler = new LabelSampler(4);
      assertThat(captured(several.sampledLabels(sampler)))
          .usingRecursiveComparison()
          .isEqualTo(captured(one.sampledLabels(sampler)));
      assertThat(captured(several.dataLabels()))
          .usingRecursiveComparison()
          .isEqualTo(captured(one.dataLabels()));
    }
    assertThat(threads).hasSize(3);
  }

  @Test
  void leaveNoScopeOnTheirThreads() throws Exception {
    captured(new TorchGradients<>(replicas(3), executor, batches).dataLabels());
    assertThat(PointerScope.getInnerScope()).isNull();
    Callable<@Nullable PointerScope> inner = PointerScope::getInnerScope;
    for (Future<@Nullable PointerScope> left : executor.invokeAll(List.of(inner, inner, inner))) {
      assertThat(left.get()).isNull();
    }
  }

  @Test
  void throwWhatTheFirstOfThemThrew() {
    List<ModelReplica<Tensor>> some = new ArrayList<>(replicas(3));
    for (int r = 1; r < 3; r++) {
      String message = "replica " + r;
      some.set(
          r,
          new ModelReplica<>(
              some.get(r).taps(),
              x -> {
                throw new IllegalStateException(message);
              }));
    }
    int[] seen = {0};
    assertThatThrownBy(
            () ->
                new TorchGradients<>(some, executor, batches)
                    .sampledLabels(new LabelSampler(4))
                    .replay(batch -> seen[0]++))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("replica 1");
    assertThat(seen[0]).isEqualTo(1);
  }

  @Test
  void sayThatTheirThreadsAreGone() {
    TorchGradients<Tensor> gradients = new TorchGradients<>(replicas(2), executor, batches);
    executor.shutdown();
    assertThatThrownBy(() -> captured(gradients.dataLabels()))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void ofWhichThereMustBeOne() {
    assertThatThrownBy(
            () -> new TorchGradients<>(List.<ModelReplica<Tensor>>of(), executor, batches))
        .hasMessageContaining("no model");
  }
}
