/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.github.influence4j.adapters.LoggedWarnings;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.testing.TerminalCommands;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Models run in evaluation mode; blocks that do not keep to it are refused. */
final class TrainingModeTest {
  private final NDManager manager = NDManager.newBaseManager();
  private final Taps taps = new Taps().examplesFirst();

  @AfterEach
  void close() {
    manager.close();
  }

  /** Calls its child in training mode, whatever it is told. */
  private static final class AlwaysTraining extends AbstractBlock {
    private final Block child;

    AlwaysTraining(Block child) {
      this.child = addChildBlock("child", child);
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
      child.initialize(manager, type, inputs);
    }

    @Override
    protected NDList forwardInternal(
        ParameterStore store, NDList inputs, boolean training, PairList<String, Object> arguments) {
      return child.forward(store, inputs, true);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
      return child.getOutputShapes(inputs);
    }
  }

  private GradientBatch capture(Block net) {
    NDArray x = manager.arange(12f).reshape(4, 3);
    return taps.capture(manager, () -> ModelOutput.ofLoss(taps.forward(net, x).sum(), 4));
  }

  private static Block initialized(NDManager manager, Block net) {
    net.initialize(manager, DataType.FLOAT32, new Shape(4, 3));
    return net;
  }

  @Test
  void dropoutAndBatchNormsEvaluate() {
    Block net =
        initialized(
            manager,
            new SequentialBlock()
                .add(taps.linear("fc", Linear.builder().setUnits(3)))
                .add(BatchNorm.builder().build())
                .add(Dropout.builder().optRate(0.5f).build()));
    double[] first = capture(net).layers().get(0).outputGradients().toDoubles();
    assertThat(first).doesNotContain(0);
    assertThat(capture(net).layers().get(0).outputGradients().toDoubles()).containsExactly(first);
  }

  @Test
  void blocksThatTrainWhateverTheyAreTold() {
    for (Block child :
        List.of(taps.linear("fc", Linear.builder().setUnits(3)), BatchNorm.builder().build())) {
      Block net =
          initialized(
              manager,
              new SequentialBlock()
                  .add(taps.linear("in " + child, Linear.builder().setUnits(3)))
                  .add(new AlwaysTraining(child)));
      assertThatIllegalStateException()
          .isThrownBy(() -> capture(net))
          .withMessageContaining("was called in training mode")
          .withMessageContaining("taps.allowTrainingMode()");
    }
    taps.allowTrainingMode();
    Block net = taps.linear("last", Linear.builder().setUnits(3));
    assertThat(capture(initialized(manager, new AlwaysTraining(net))).layers()).hasSize(1);
  }

  /** The other block's part of the gradient does not come through the tapped layer. */
  @Test
  void aLayerThatSharesItsWeight() {
    Linear tapped = taps.linear("head\u001b[2J\u202e", Linear.builder().setUnits(3).optBias(false));
    Linear other = Linear.builder().setUnits(3).optBias(false).build();
    other.initialize(manager, DataType.FLOAT32, new Shape(4, 3));
    tapped
        .getDirectParameters()
        .get("weight")
        .setArray(other.getDirectParameters().get("weight").getArray());
    Block net = new SequentialBlock().add(other).add(tapped);
    net.initialize(manager, DataType.FLOAT32, new Shape(4, 3));
    List<String> warnings =
        LoggedWarnings.of(
            Taps.class,
            () -> {
              capture(net);
              capture(net);
            });
    assertThat(warnings)
        .singleElement()
        .asString()
        .contains("Layer \"head\\u001b[2J\\u202e\": its weight is the array of several parameters")
        .satisfies(warning -> assertThat(TerminalCommands.in(warning)).isEmpty());
    Block alone = initialized(manager, taps.linear("alone", Linear.builder().setUnits(3)));
    assertThat(LoggedWarnings.of(Taps.class, () -> capture(alone))).isEmpty();
  }
}
