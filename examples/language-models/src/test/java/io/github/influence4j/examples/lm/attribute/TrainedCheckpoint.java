/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.examples.lm.attribute.Texts.Text;
import io.github.influence4j.examples.lm.model.Trainer;
import io.github.influence4j.examples.lm.model.TrainingPlan;
import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.pytorch.TensorViews;
import io.github.influence4j.store.Safetensors;
import io.github.influence4j.store.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The small random model of the tests, trained on some sentences. */
final class TrainedCheckpoint {
  private static final Path GPT2 =
      Path.of("../../integrations/influence-huggingface/src/test/resources/checkpoints/gpt2");

  private TrainedCheckpoint() {}

  static List<Text> texts() {
    String[] who = {"the cat", "a dog", "my aunt", "the king", "our cook"};
    String[] does = {"sees", "likes", "paints", "hides", "sells"};
    String[] what = {"red boats", "old hats", "big trees", "new pots", "warm bread"};
    List<Text> out = new ArrayList<>();
    for (int i = 0; i < 125; i++) {
      String one = who[i % 5] + " " + does[i / 5 % 5] + " " + what[i / 25];
      String text = one + ", and then again " + one + ", for so it is.";
      out.add(new Text("text " + i, "", text));
    }
    return out;
  }

  static List<Piece> pieces(LanguageModel model) throws IOException {
    return new Pieces(model.tokenizer(), 64).of(texts());
  }

  /** Trained in memory. */
  static LanguageModel open() throws IOException {
    Torch.load();
    LanguageModel model = LanguageModel.builder(GPT2).withParameterGradients().open();
    try (Trainer trainer =
        new Trainer(
            model,
            pieces(model).stream().map(Piece::sequence).toList(),
            new TrainingPlan(150, 8, 0.01, 1),
            1)) {
      while (!trainer.done()) {
        trainer.update();
      }
    }
    return model;
  }

  /** Trained and saved. */
  static Path write(Path directory) throws IOException {
    Files.createDirectories(directory);
    for (String name : List.of("config.json", "tokenizer.json")) {
      Files.copy(GPT2.resolve(name), directory.resolve(name));
    }
    try (LanguageModel model = open()) {
      SafetensorsWriter writer = Safetensors.writer();
      model.tensors().forEach((name, tensor) -> writer.add(name, TensorViews.of(tensor.detach())));
      writer.write(directory.resolve("model.safetensors"));
    }
    return directory;
  }
}
