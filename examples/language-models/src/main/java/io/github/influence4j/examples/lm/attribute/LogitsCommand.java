/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import static org.bytedeco.pytorch.global.torch.cross_entropy;
import static org.bytedeco.pytorch.global.torch.grad;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.examples.cli.ReportFile;
import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.pytorch.TensorViews;
import io.github.influence4j.store.Safetensors;
import io.github.influence4j.store.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.CrossEntropyLossOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.bytedeco.pytorch.kSum;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Is this model the one that Python runs? */
@Command(
    name = "logits",
    description = {
      "Runs a checkpoint of transformers on token ids and writes logits, loss and gradients, to"
          + " compare with those of Python.",
      "Reads input_ids, and where there are any attention_mask, position_ids and labels: not"
          + " shifted, -100 where there is no loss. Writes logits (0 at padding), loss (summed) and"
          + " grad.NAME."
    })
public final class LogitsCommand implements Callable<Integer> {
  private static final long IGNORED = -100;

  @Mixin private CheckpointOptions checkpoint = new CheckpointOptions();

  @Option(
      names = "--inputs",
      paramLabel = "FILE",
      required = true,
      description = "Token ids as safetensors.")
  private Path inputs = Path.of("");

  @Option(
      names = "--prefix",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Before the names of the tensors in the file, such as \"right.\".")
  private String prefix = "";

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The safetensors file to write.")
  private Path result = Path.of("");

  @Option(
      names = "--gradients",
      description = "Also the gradient of the summed loss by every parameter.")
  private boolean gradients;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      defaultValue = "f32",
      description = "f32, f64 or bf16 (default: f32).")
  private ElementType precision = ElementType.F32;

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  public LogitsCommand() {}

  @Override
  @SuppressWarnings("try") // the scope is a guard
  public Integer call() throws IOException {
    ReportFile.requireWritable("--out", result);
    Torch.load();
    LanguageModel.Builder builder = checkpoint.builder(precision);
    if (gradients) {
      builder.withParameterGradients();
    }
    try (Safetensors file = Safetensors.open(inputs)) {
      long[][] ids = IdTables.table(file, prefix + "input_ids");
      long[][] labels = IdTables.beside(file, prefix + "labels", ids);
      if (gradients && labels == null) {
        throw new IllegalArgumentException(
            "--gradients: file \""
                + inputs
                + "\" has no tensor \""
                + prefix
                + "labels\", of whose"
                + " loss they would be.");
      }
      try (LanguageModel model = builder.open();
          PointerScope scope = new PointerScope()) {
        write(model, file, ids, labels);
      }
    }
    return 0;
  }

  private void write(
      LanguageModel model, Safetensors file, long[][] ids, long @Nullable [][] labels)
      throws IOException {
    long[][] mask = IdTables.beside(file, prefix + "attention_mask", ids);
    Tensor logits = model.logits(ids, mask, IdTables.beside(file, prefix + "position_ids", ids));
    SafetensorsWriter writer = Safetensors.writer();
    Tensor shown = logits.detach();
    if (mask != null) {
      shown = shown.masked_fill(tensor(mask).eq(new Scalar(0)).unsqueeze(2), new Scalar(0));
    }
    Tensor written = shown.contiguous();
    writer.add("logits", TensorViews.of(written));
    List<Tensor> kept = new ArrayList<>(List.of(written));
    if (labels != null) {
      int counted = requireLabels(labels, model.vocabulary());
      Tensor loss = loss(logits, labels);
      Tensor sum = loss.detach().reshape(1).contiguous();
      kept.add(sum);
      writer.add("loss", TensorViews.of(sum));
      double value = sum.to(ScalarType.Double).item_double();
      print("Loss %.6f over %d tokens, %.4f a token%n", value, counted, value / counted);
      if (gradients) {
        addGradients(model, loss, writer, kept);
      }
    }
    writer.write(result);
    print("%s written%n", result);
  }

  private static void addGradients(
      LanguageModel model, Tensor loss, SafetensorsWriter writer, List<Tensor> kept) {
    List<String> names = List.copyOf(model.parameters().keySet());
    TensorVector parameters = new TensorVector();
    names.forEach(name -> parameters.push_back(model.parameters().get(name)));
    TensorVector found = grad(new TensorVector(loss), parameters);
    for (int i = 0; i < names.size(); i++) {
      Tensor gradient = found.get(i).contiguous();
      kept.add(gradient);
      writer.add("grad." + names.get(i), TensorViews.of(gradient));
    }
  }

  /** How many count. */
  private int requireLabels(long[][] labels, int vocabulary) {
    int counted = 0;
    for (long[] sequence : labels) {
      for (int i = 1; i < sequence.length; i++) {
        if (sequence[i] != IGNORED && (sequence[i] < 0 || sequence[i] >= vocabulary)) {
          throw new IllegalArgumentException(
              "Tensor \""
                  + prefix
                  + "labels\" has "
                  + sequence[i]
                  + ", but the model knows 0 to "
                  + (vocabulary - 1)
                  + ".");
        }
        counted += sequence[i] == IGNORED ? 0 : 1;
      }
    }
    if (counted == 0) {
      throw new IllegalArgumentException(
          "Tensor \"" + prefix + "labels\" has nothing to predict: all are -100.");
    }
    return counted;
  }

  private static Tensor loss(Tensor logits, long[][] labels) {
    long[][] next =
        Arrays.stream(labels)
            .map(sequence -> Arrays.copyOfRange(sequence, 1, sequence.length))
            .toArray(long[][]::new);
    CrossEntropyLossOptions sum = new CrossEntropyLossOptions();
    sum.reduction().put(new kSum());
    Tensor rows = logits.narrow(1, 0, logits.size(1) - 1).reshape(-1, logits.size(2));
    return cross_entropy(rows, tensor(next).reshape(-1), sum);
  }

  private static Tensor tensor(long[][] values) {
    long[] flat = Arrays.stream(values).flatMapToLong(Arrays::stream).toArray();
    return AbstractTensor.create(flat, values.length, values[0].length);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library of Error Prone
  private void print(String format, Object... arguments) {
    if (spec != null) {
      spec.commandLine().getOut().printf(Locale.ROOT, format, arguments);
    }
  }
}
