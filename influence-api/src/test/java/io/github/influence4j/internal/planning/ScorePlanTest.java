/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.influence4j.testing.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Plans keep to the budget and replay the training data as seldom as it allows. */
class ScorePlanTest {
  private static LayerCost layer(String name, int inputs, int outputs) {
    return new LayerCost(name, new CostModel(inputs, outputs, 1), 1);
  }

  /**
   * 8·10, 8·20 and 8·30 bytes a query; the largest counts twice. The curvature takes 8·(29 + 20),
   * 8·(41 + 40) and 8·(61 + 60) bytes with one damping, 8·10, 8·20 and 8·30 more with two.
   */
  private static final List<LayerCost> LAYERS =
      List.of(layer("a", 5, 2), layer("b", 5, 4), layer("c", 5, 6));

  private static final Map<String, Integer> RANK_ONE = Map.of("a", 1, "b", 1, "c", 1);

  private static final long WORK = 100;

  private static final long FIXED = WORK + 8 * (49 + 81 + 121);

  private static ScorePlan plan(int dampings, long memory) {
    return ScorePlan.of(LAYERS, Map.of(), dampings, 8, memory, WORK);
  }

  @Test
  void asManyQueriesAsFit() {
    long query = 8 * (10 + 20 + 30 + 30);
    assertThat(plan(1, FIXED + 3 * query).queriesPerPass()).isEqualTo(3);
    assertThat(plan(1, FIXED + 3 * query - 1).queriesPerPass()).isEqualTo(2);
    assertThat(plan(2, FIXED + 8 * 60 + 4 * query).queriesPerPass()).isEqualTo(2);
    assertThat(plan(1, FIXED + 3 * query).passes(7)).isEqualTo(3);
    assertThat(plan(1, FIXED + 3 * query).passes(6)).isEqualTo(2);
    assertThat(plan(1, FIXED + 3 * query).layerBlocks()).containsExactly(List.of(0, 1, 2));
    assertThat(plan(1, Long.MAX_VALUE).passes(1_000_000)).isEqualTo(1);
  }

  @Test
  void truncationFitsMoreQueries() {
    ScorePlan rank1 = ScorePlan.of(LAYERS, RANK_ONE, 1, 8, FIXED + 8 * 1000, WORK);
    assertThat(rank1.queriesPerPass()).isEqualTo(1000 / (7 + 9 + 11 + 11));
    assertThat(rank1.explain(3)).contains("rank 1");
  }

  @Test
  void eachLayerHasItsOwnRank() {
    ScorePlan plan = ScorePlan.of(LAYERS, Map.of("b", 1, "c", 2), 1, 8, FIXED + 8 * 1000, WORK);
    assertThat(plan.queriesPerPass()).isEqualTo(1000 / (10 + 9 + 22 + 22));
    assertThat(LAYERS.stream().map(plan::rank)).containsExactly(0, 1, 2);
    assertThat(plan.explain(3))
        .contains("ranks 1 to 2")
        .contains("a [2 x 5]: dense query")
        .contains("c [6 x 5]: rank 2 query");
  }

  @Test
  void gradientsWaitWhereQueriesAreJoinedLater() {
    ScorePlan plan = ScorePlan.of(LAYERS, RANK_ONE, 1, 8, FIXED + 8 * 38 * 20, WORK);
    assertThat(plan.queriesPerPass()).isEqualTo(20);
    // 20 queries of the largest layer, 11 elements each, in place of gradients of 10 and 30.
    assertThat(plan.gradientsAtOnce(LAYERS.get(0))).isEqualTo(22);
    assertThat(plan.gradientsAtOnce(LAYERS.get(2))).isEqualTo(7);
    assertThat(plan(1, WORK + 8 * 181).gradientsAtOnce(LAYERS.get(2))).isEqualTo(1);
  }

  @Test
  void layersOneAfterTheOtherWhereNoQueryFits() {
    ScorePlan plan = plan(1, WORK + 8 * 181);
    assertThat(plan.queriesPerPass()).isEqualTo(1);
    assertThat(plan.layerBlocks()).containsExactly(List.of(0, 1), List.of(2));
    assertThat(plan.passes(5)).isEqualTo(10);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan(1, WORK + 8 * 181 - 1))
        .withMessage(
            "Layer \"c\": one query with 1 damping(s) needs 1548 bytes, more than maxMemory=1547"
                + " allows; raise maxMemory, ask for fewer dampings at once, or truncate the"
                + " queries (ScoreOptions.withLowRank).");
  }

  @Test
  void blocksKeepToTheBudgetAndAreAsFewAsCanBe() {
    Random random = SeededRandom.at("ScorePlan");
    for (int round = 0; round < 300; round++) {
      List<LayerCost> layers = new ArrayList<>();
      long largest = 0;
      for (int i = 0; i < 1 + random.nextInt(8); i++) {
        layers.add(layer("l" + i, 1 + random.nextInt(9), 1 + random.nextInt(9)));
        largest = Math.max(largest, bytes(layers, i, i));
      }
      long memory = largest + random.nextInt(4000);
      ScorePlan plan = ScorePlan.of(layers, Map.of(), 1, 8, memory + WORK, WORK);
      List<Integer> all = plan.layerBlocks().stream().flatMap(List::stream).toList();
      assertThat(all).hasSize(layers.size()).isSorted().doesNotHaveDuplicates();
      for (List<Integer> block : plan.layerBlocks()) {
        assertThat(bytes(layers, block.get(0), block.get(block.size() - 1)))
            .isLessThanOrEqualTo(memory);
      }
      assertThat(plan.layerBlocks()).hasSize(fewest(layers, memory));
    }
  }

  private static long bytes(List<LayerCost> layers, int first, int last) {
    long sum = 0;
    long largest = 0;
    for (LayerCost layer : layers.subList(first, last + 1)) {
      sum += layer.loadedBytes(1, 8) + layer.queryBytes(0, 8);
      largest = Math.max(largest, layer.queryBytes(0, 8));
    }
    return sum + largest;
  }

  /** By trying every cut. */
  private static int fewest(List<LayerCost> layers, long memory) {
    int[] blocks = new int[layers.size() + 1];
    for (int end = 1; end <= layers.size(); end++) {
      blocks[end] = Integer.MAX_VALUE;
      for (int first = 0; first < end; first++) {
        if (bytes(layers, first, end - 1) <= memory) {
          blocks[end] = Math.min(blocks[end], blocks[first] + 1);
        }
      }
    }
    return blocks[layers.size()];
  }
}
