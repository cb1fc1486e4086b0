/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What adapters have in common: the replay loop, and names of layers. */
final class ModelGradientsTest {
  private static final LayerSpec LAYER = LayerSpec.linear("fc", 1, 1);

  /** Batches are numbers of examples; the gradient tells what each was asked for. */
  private static final class Counting extends ModelGradients<Integer> {
    private final List<String> log = new ArrayList<>();

    Counting(List<Integer> batches) {
      super(batches);
    }

    @Override
    protected boolean pushNext(Replay<Integer> replay) {
      log.add("open");
      boolean more =
          replay.push(
              size -> {
                log.add(
                    (replay.sampler() == null ? "data" : "sampled") + " " + replay.firstExample());
                TensorView ones = TensorView.of(new float[size], size, 1);
                return GradientBatch.of(size, new LayerBatch(LAYER.name(), ones, ones));
              });
      log.add("close");
      return more;
    }
  }

  @Test
  void everyBatchIsPushedWithinAScopeOfItsOwn() {
    Counting gradients = new Counting(List.of(2, 3));
    GradientSource source = gradients.dataLabels();
    for (int replay = 0; replay < 2; replay++) {
      gradients.log.clear();
      source.replay(batch -> gradients.log.add("sink " + batch.examples()));
      assertThat(gradients.log)
          .containsExactly(
              "open", "data 0", "sink 2", "close", //
              "open", "data 2", "sink 3", "close", //
              "open", "close");
    }
    gradients.log.clear();
    gradients.sampledLabels(new LabelSampler(1)).replay(batch -> {});
    assertThat(gradients.log).contains("sampled 0", "sampled 2");
  }

  @Test
  void namesOfLayersThatAreNotTapped() {
    final class OneLayer extends ModelTaps<OneLayer> {
      @Override
      protected Set<String> names() {
        return Set.of("fc");
      }

      @Override
      protected boolean capturing() {
        return true;
      }
    }

    OneLayer taps = new OneLayer();
    assertThat(taps.examplesFirst().rowsFirst("fc").mayBeUncalled("fc").rowsOf("fc", 0, 1))
        .isSameAs(taps);
    assertThat(taps.rows().take("fc")).containsExactly(0, 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> taps.examplesFirst("fd"))
        .withMessage("No layer named \"fd\" was tapped; there are [fc].");
  }
}
