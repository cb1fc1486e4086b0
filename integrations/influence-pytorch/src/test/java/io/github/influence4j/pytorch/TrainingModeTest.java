/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.bytedeco.pytorch.global.torch.dropout;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import io.github.influence4j.adapters.LoggedWarnings;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.testing.TerminalCommands;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BatchNorm1dImpl;
import org.bytedeco.pytorch.BatchNormOptions;
import org.bytedeco.pytorch.DropoutImpl;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Dropout and batch statistics falsify gradients; the adapter sees what it can see of them. */
@SuppressWarnings("try") // scopes are guards
final class TrainingModeTest {
  private static final String ADVICE = "taps.allowTrainingMode()";

  private final Taps taps = new Taps().examplesFirst();
  private final Net net = new Net(taps);
  private final Tensor x = randn(4, 3);
  private double functionalDropout;

  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
    manual_seed(2);
  }

  private static final class Net extends Module {
    private final EmbeddingImpl tokens = register_module("tokens", new EmbeddingImpl(5, 3));
    private final BatchNorm1dImpl norm =
        register_module("norm", new BatchNorm1dImpl(new BatchNormOptions(3)));
    private final DropoutImpl dropout = register_module("dropout", new DropoutImpl(0.5));
    private final TappedLinear in;
    private final TappedLinear head;

    Net(Taps taps) {
      in = taps.linear("in", register_module("in", new LinearImpl(3, 3)));
      head = taps.linear("head", register_module("head", new LinearImpl(3, 5)));
    }
  }

  private GradientBatch capture() {
    try (PointerScope scope = new PointerScope()) {
      return taps.capture(
          () -> {
            Tensor h = net.dropout.forward(net.norm.forward(net.in.forward(x)));
            Tensor y = net.head.forward(dropout(h, functionalDropout, true));
            return ModelOutput.ofLoss(y.sum(), 4);
          });
    }
  }

  private void expectRefusal(String message) {
    assertThatIllegalStateException()
        .isThrownBy(this::capture)
        .withMessageContaining(message)
        .withMessageContaining(ADVICE);
  }

  @Test
  void aModelThatIsBeingTrained() {
    expectRefusal("Layer \"in\" is in training mode");
    net.eval();
    assertThat(capture().layers()).hasSize(2);
    net.train(true);
    expectRefusal("Layer \"in\" is in training mode");
    taps.allowTrainingMode();
    assertThat(capture().layers()).hasSize(2);
  }

  /** The tapped layers are in evaluation mode, another module is not. */
  @Test
  void dropoutInAModelThatEvaluates() {
    net.eval();
    net.dropout.train(true);
    expectRefusal("Random numbers were drawn between the layers \"in\" and \"head\"");
    net.dropout.eval();
    functionalDropout = 0.5;
    expectRefusal("Random numbers were drawn between the layers \"in\" and \"head\"");
    taps.allowTrainingMode();
    assertThat(capture().layers()).hasSize(2);
  }

  @Test
  void modulesThatOnlyTheModelKnows() {
    net.eval();
    taps.watch(net);
    assertThat(capture().layers()).hasSize(2);
    net.norm.train(true);
    expectRefusal("Module \"model.norm\" is in training mode");
    net.norm.eval();
    net.dropout.train(true);
    expectRefusal("Module \"model.dropout\" is in training mode");
    taps.allowTrainingMode();
    assertThat(capture().layers()).hasSize(2);
  }

  /** The embedding's part of the gradient does not come through the tapped head. */
  @Test
  void aHeadTiedToTheEmbedding() {
    assertThat(LoggedWarnings.of(Taps.class, () -> taps.watch(net))).isEmpty();
    Net tied = new Net(new Taps());
    tied.head.module().weight(tied.tokens.weight());
    Taps others = new Taps().examplesFirst();
    others.linear("head", tied.head.module());
    assertThat(LoggedWarnings.of(Taps.class, () -> others.watch(tied)))
        .singleElement()
        .asString()
        .contains("Layer \"head\": modules that are not tapped hold its weight too")
        .contains("the model has it as [tokens.weight]");
  }

  /** Names of layers and of the model's modules are the user's files' in the end. */
  @Test
  void namesInTheWarningDoNotCommandTheTerminal() {
    Module tied = new Module();
    EmbeddingImpl tokens = tied.register_module("tokens\u202e", new EmbeddingImpl(5, 3));
    LinearImpl head = tied.register_module("head\u001b[2J", new LinearImpl(3, 5));
    head.weight(tokens.weight());
    Taps others = new Taps();
    others.linear("head\u009b31m\u2066", head);
    String warning = LoggedWarnings.of(Taps.class, () -> others.watch(tied)).get(0);
    assertThat(warning).contains("head\\u009b31m\\u2066", "tokens\\u202e.weight");
    assertThat(TerminalCommands.in(warning)).isEmpty();
  }
}
