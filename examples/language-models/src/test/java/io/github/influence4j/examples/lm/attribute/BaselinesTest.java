/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.bytedeco.pytorch.global.torch.cross_entropy;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.examples.lm.attribute.Texts.Text;
import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.LanguageModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.CrossEntropyLossOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.kSum;
import org.junit.jupiter.api.Test;

final class BaselinesTest {
  private static final Path GPT2 =
      Path.of("../../integrations/influence-huggingface/src/test/resources/checkpoints/gpt2");

  /** Ranks by hand: scores 5 4 1 3 2, words 4 5 1 2 3, strengths 5 1 2 3 4, norms 1 2 3 4 5. */
  @Test
  void overlapAndAgreementAreThoseOfTheOrders() {
    double[] scores = {9, 8, -7, 2, 1};
    double[] words = {3, 4, 0, 1, 2};
    double[] norms = {1, 2, 3, 4, 5};
    List<String> lines = new Baselines(List.of(words), norms).compared(0, scores, 2);
    // Spearman: 1 - 6 Σd² / (n (n² - 1)); d of words 1 1 0 1 1, of strengths 4 2 0 2 4
    assertThat(lines.get(0)).contains("of the 2 strongest proponents 2 are").contains(" +0.80.");
    assertThat(lines.get(1)).contains("against, 0 are").contains(" -1.00.");
  }

  @Test
  void placesStandBesideASequence() {
    Baselines baselines = new Baselines(List.of(new double[] {3, 0, 4}), new double[] {1, 2, 3});
    assertThat(baselines.places(0, 0)).isEqualTo("BM25: place 2, gradient norm: place 3");
    assertThat(baselines.places(0, 1)).contains("shares no token", "place 2");
  }

  @Test
  void normsAreThoseOfPyTorchAndWordsThoseOfTheFormula() throws IOException {
    Torch.load();
    try (LanguageModel model = LanguageModel.builder(GPT2).withParameterGradients().open()) {
      Pieces pieces = new Pieces(model.tokenizer(), 64);
      List<Text> texts = new ArrayList<>();
      for (String who : new String[] {"the cat", "a dog", "my aunt"}) {
        for (String what : new String[] {"old hats", "big trees", "the cat"}) {
          texts.add(new Text(who + what, "", who + " sees " + what));
        }
      }
      List<Piece> corpus = pieces.of(texts);
      assertThat(corpus).allMatch(piece -> piece.terms().length < 40);
      Piece query = pieces.completion(new Text("q", "the cat", " sees"));
      Baselines found =
          Baselines.of(
              new Subject(model, corpus, List.of(query), new RunProfile()),
              Influence.builder().layers(model.layers()).threads(1));
      double[] norms = corpus.stream().mapToDouble(piece -> norm(model, piece)).toArray();
      double[] words = corpus.stream().mapToDouble(piece -> bm25(corpus, piece, query)).toArray();
      for (int i = 0; i < corpus.size(); i++) {
        assertThat(found.norms()[i]).isCloseTo(norms[i], withinPercentage(0.01));
        assertThat(found.words(0)[i]).isCloseTo(words[i], within(1e-5));
      }
    }
  }

  /** Of the gradients that autograd gives the tracked weights and biases. */
  @SuppressWarnings("try") // the scope is a guard
  private static double norm(LanguageModel model, Piece piece) {
    try (PointerScope scope = new PointerScope()) {
      model.parameters().values().forEach(parameter -> parameter.mutable_grad().reset());
      long[] ids = piece.sequence().ids();
      int rows = ids.length - 1;
      long[] next = Arrays.copyOfRange(ids, 1, ids.length);
      Tensor logits = model.logits(new long[][] {Arrays.copyOf(ids, rows)}, null, null);
      CrossEntropyLossOptions sum = new CrossEntropyLossOptions();
      sum.reduction().put(new kSum());
      cross_entropy(logits.reshape(rows, logits.size(2)), AbstractTensor.create(next, rows), sum)
          .backward();
      double squares = 0;
      for (LayerSpec layer : model.layers()) {
        for (String part : new String[] {".weight", ".bias"}) {
          double norm = model.parameters().get(layer.name() + part).grad().norm().item_double();
          squares += norm * norm;
        }
      }
      return Math.sqrt(squares);
    }
  }

  /** As docs of Ranking give it; texts have fewer than 40 tokens, whose length is not rounded. */
  private static double bm25(List<Piece> corpus, Piece piece, Piece query) {
    double mean = corpus.stream().mapToInt(p -> p.terms().length).average().orElseThrow();
    double score = 0;
    for (int term : query.terms()) {
      double having =
          corpus.stream().filter(p -> Arrays.stream(p.terms()).anyMatch(t -> t == term)).count();
      double often = Arrays.stream(piece.terms()).filter(t -> t == term).count();
      double rarity = Math.log((corpus.size() - having + 0.5) / (having + 0.5) + 1);
      double length = 1.2 * (0.25 + 0.75 * piece.terms().length / mean);
      score += rarity * often / (often + length);
    }
    return score;
  }
}
