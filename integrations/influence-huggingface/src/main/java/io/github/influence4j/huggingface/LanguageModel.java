/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.huggingface.config.Positions;
import io.github.influence4j.huggingface.decoder.Decoder;
import io.github.influence4j.pytorch.ModelOutput;
import io.github.influence4j.pytorch.ModelReplica;
import io.github.influence4j.pytorch.TorchGaussNewton;
import io.github.influence4j.pytorch.TorchGradients;
import io.github.influence4j.solver.GaussNewtonOperator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A decoder that transformers saved with {@code save_pretrained}, and its gradients.
 *
 * <pre>{@code
 * try (LanguageModel model = LanguageModel.open(directory);
 *     Influence influence = Influence.builder().layers(model.layers()).build()) {
 *   List<TokenSequence> sequences = new ArrayList<>();
 *   for (String text : texts) {
 *     sequences.add(model.tokenizer().sequence(text, model.context()));
 *   }
 *   TokenSequence query = model.tokenizer().completion("We must fight against", " racism");
 *   TorchGradients<?> train = model.gradients(sequences);
 *   FittedCurvature curvature = influence.fit(train.sampledLabels(new LabelSampler(1)));
 *   InfluenceScores scores =
 *       influence.score(
 *           curvature,
 *           model.gradients(List.of(query)).dataLabels(),
 *           train.dataLabels(),
 *           ScoreOptions.topK(10));
 * }
 * }</pre>
 *
 * <p>Families: GPT-2, Llama 2 and 3, Mistral, Qwen 2 and 3, GPT-NeoX (Pythia), Phi-3, Gemma 2, OLMo
 * 2, and what has the architecture of one of these, such as SmolLM. What {@code config.json} asks
 * for and is not done is refused by the key's name; every tensor of the files is bound, or named in
 * the refusal.
 *
 * <p>The model computes without dropout. It is not for several threads at once, but for {@link
 * #logits}. Load it outside any {@code PointerScope}, which would free it when it closes.
 */
public final class LanguageModel implements AutoCloseable {
  private final LoadedModel loaded;
  private final Path directory;
  private final int batchSize;
  private final ExecutorService threads;
  private @Nullable TextTokenizer tokenizer;

  private LanguageModel(LoadedModel loaded, Path directory, int batchSize) {
    this.loaded = loaded;
    this.directory = directory;
    this.batchSize = batchSize;
    // The thread that replays is one of them.
    this.threads =
        Executors.newFixedThreadPool(
            Math.max(1, loaded.replicas().size() - 1), LanguageModel::thread);
  }

  private static Thread thread(Runnable run) {
    Thread thread = new Thread(run, "influence4j-model");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Loads a model, all linear layers of its blocks tracked, to compute in float32.
   *
   * @param directory with {@code config.json} and the weights as safetensors, whole or in parts
   * @return the model, to be closed
   * @throws IOException if a file is missing or cannot be read
   * @throws IllegalArgumentException if the model cannot be run as its settings say; names the
   *     setting or the tensors
   */
  public static LanguageModel open(Path directory) throws IOException {
    return builder(directory).open();
  }

  /**
   * Starts to say how to load a model.
   *
   * @param directory as {@link #open} takes it
   * @return a builder
   */
  public static Builder builder(Path directory) {
    return new Builder(directory);
  }

  /**
   * The tracked layers, for {@code Influence.builder().layers(...)}.
   *
   * @return in the order of the model, named as in the files, without {@code .weight}
   */
  public List<LayerSpec> layers() {
    return loaded.first().taps().layers();
  }

  /**
   * How much of the model is tracked.
   *
   * @return counts of parameters
   */
  public Coverage coverage() {
    return loaded.coverage();
  }

  /**
   * The tokenizer beside the weights.
   *
   * @return opened when it is first asked for, and closed with the model
   * @throws IOException if there is none or it cannot be read
   */
  public TextTokenizer tokenizer() throws IOException {
    if (tokenizer == null) {
      tokenizer = TextTokenizer.open(directory);
    }
    return tokenizer;
  }

  /**
   * The longest sequence that the model was made for.
   *
   * @return tokens; with rotary positions it takes longer ones too
   */
  public int context() {
    return loaded.description().context();
  }

  /**
   * How many tokens there are.
   *
   * @return ids are below it
   */
  public int vocabulary() {
    return loaded.description().architecture().sizes().vocabulary();
  }

  /**
   * Gradients of sequences: of a training set, or of queries.
   *
   * @param sequences borrowed as long as the result is used
   * @return a source, replayable; its {@code dataLabels()} are for scores, its {@code
   *     sampledLabels(...)} for the curvature
   * @throws IllegalArgumentException if a token is not in the vocabulary, or a sequence is longer
   *     than a model with learned positions takes
   */
  public TorchGradients<?> gradients(List<TokenSequence> sequences) {
    SequenceChecks.require(sequences, loaded.description());
    return new TorchGradients<>(
        loaded.replicas().stream()
            .map(replica -> new ModelReplica<>(replica.taps(), output(replica.decoder())))
            .toList(),
        threads,
        TokenBatch.batches(sequences, together()));
  }

  /**
   * Products of the Gauss-Newton Hessian over training sequences, for the solvers; see {@link
   * TorchGaussNewton}.
   *
   * @param sequences borrowed as long as the result is used
   * @return an operator that runs as many sequences at once as {@code
   *     DampedSystem.withExamplesAtOnce} says
   * @throws IllegalArgumentException as {@link #gradients} does
   */
  public GaussNewtonOperator gaussNewton(List<TokenSequence> sequences) {
    SequenceChecks.require(sequences, loaded.description());
    LoadedModel.Replica replica = loaded.first();
    Function<TokenBatch, ModelOutput> run = output(replica.decoder());
    return new TorchGaussNewton(
        replica.taps(),
        sequences.size(),
        numbers -> {
          if (numbers.length > 1 && oneByOne()) {
            throw new IllegalArgumentException(
                "Positions of this model depend on the longest sequence of a batch; take products"
                    + " with DampedSystem.withExamplesAtOnce(1).");
          }
          return run.apply(
              TokenBatch.of(LongStream.of(numbers).mapToObj(n -> sequences.get((int) n)).toList()));
        });
  }

  private int together() {
    int replicas = loaded.replicas().size();
    return oneByOne() ? 1 : (batchSize + replicas - 1) / replicas;
  }

  /** Where positions depend on the longest sequence of a batch, each is a batch by itself. */
  private boolean oneByOne() {
    return loaded.description().architecture().positions() instanceof Positions.Rotary rotary
        && rotary.dependOnLength();
  }

  private static Function<TokenBatch, ModelOutput> output(Decoder decoder) {
    return batch -> {
      Tensor hidden = decoder.hidden(batch.ids(), batch.mask(), null);
      ModelOutput output = decoder.output(hidden, tensor(batch.labels()));
      return batch.padded() ? output.withMask(tensor(batch.mask())) : output;
    };
  }

  private static Tensor tensor(long[][] values) {
    long[] flat = java.util.Arrays.stream(values).flatMapToLong(java.util.Arrays::stream).toArray();
    return AbstractTensor.create(flat, values.length, values[0].length);
  }

  /**
   * Runs the model, as transformers does with {@code model(input_ids, attention_mask)}. Several
   * threads may do so at once, as long as none takes {@link #gradients}.
   *
   * @param ids [sequences][rows]
   * @param attentionMask of the same shape, 0 for padding; null for none
   * @param positionIds of the same shape; null for 0, 1, … with padding counted
   * @return logits [sequences, rows, vocabulary], the caller's; what they are at padding means
   *     nothing
   */
  public Tensor logits(
      long[][] ids, long @Nullable [][] attentionMask, long @Nullable [][] positionIds) {
    SequenceChecks.requireRectangle(ids, attentionMask, positionIds, loaded.description());
    Decoder decoder = loaded.first().decoder();
    return decoder.logits(ids, attentionMask, positionIds);
  }

  /**
   * The parameters that can be trained: those of the adapter if there is one, else all of the
   * model. Those of tied modules are there once.
   *
   * @return PyTorch's tensors by their names in the files, as they are stored there; they belong to
   *     the model
   */
  public Map<String, Tensor> parameters() {
    return Collections.unmodifiableMap(loaded.trainable());
  }

  /**
   * All tensors of the model and of its adapter, also those that are frozen. Who changes one in
   * place changes the model.
   *
   * @return PyTorch's tensors by their names in the files, as they are stored there; they belong to
   *     the model
   */
  public Map<String, Tensor> tensors() {
    Map<String, Tensor> all = new LinkedHashMap<>(loaded.frozen());
    all.putAll(loaded.trainable());
    return Collections.unmodifiableMap(all);
  }

  /** Frees the weights and the tokenizer. */
  @Override
  public void close() {
    threads.shutdown();
    loaded.close();
    if (tokenizer != null) {
      tokenizer.close();
    }
  }

  /** How to load a model. */
  public static final class Builder {
    private static final int BATCH = 8;

    private final Path directory;
    private String layers = "all";
    private ElementType precision = ElementType.F32;
    private @Nullable Path adapter;
    private boolean parameterGradients;
    private int batchSize = BATCH;
    private int threads = 1;
    private boolean recomputed;

    private Builder(Path directory) {
      this.directory = directory;
    }

    /**
     * Which linear layers of the blocks to track; all by default.
     *
     * @param choice {@code all}, {@code attention}, {@code mlp}, or a regular expression that is
     *     found in their names
     * @return this
     */
    public Builder layers(String choice) {
      layers = choice;
      return this;
    }

    /**
     * An adapter that PEFT saved. The model is frozen then, and the adapter's matrices alone are
     * tracked.
     *
     * @param adapterDirectory with {@code adapter_config.json} and {@code
     *     adapter_model.safetensors}
     * @return this
     */
    public Builder adapter(Path adapterDirectory) {
      adapter = adapterDirectory;
      return this;
    }

    /**
     * What the model computes in; F32 by default, whatever the files hold.
     *
     * @param type F32, F64 or BF16
     * @return this
     */
    public Builder precision(ElementType type) {
      if (type == ElementType.F16) {
        throw new IllegalArgumentException("A model computes in F32, F64 or BF16, not in F16.");
      }
      precision = type;
      return this;
    }

    /**
     * Sequences that run through the model at once; 8 by default. Changes no result.
     *
     * @param sequences 1 or more
     * @return this
     */
    public Builder batchSize(int sequences) {
      if (sequences < 1) {
        throw new IllegalArgumentException("A batch has 1 sequence or more, got " + sequences);
      }
      batchSize = sequences;
      return this;
    }

    /**
     * Threads that run the model for gradients, each some of the sequences of a batch; 1 by
     * default. PyTorch's own threads are best off then, for they wait for each other many times in
     * a pass: {@code torch.set_num_threads(1)} and {@code openblas.blas_set_num_threads(1)}.
     *
     * @param count 1 or more
     * @return this
     */
    public Builder threads(int count) {
      if (count < 1) {
        throw new IllegalArgumentException("A model runs on 1 thread or more, got " + count);
      }
      threads = count;
      return this;
    }

    /**
     * Makes captures keep nothing of a block but what it was fed and what its tracked layers saw;
     * the rest is computed again on the way back (activation checkpointing). Long inputs and deep
     * models then take less memory, for one more pass forwards. Changes no result.
     *
     * @return this
     */
    public Builder withRecomputedBlocks() {
      recomputed = true;
      return this;
    }

    /**
     * Makes {@link LanguageModel#parameters} require gradients, for training and for checks.
     * Captures need none, and are slower with them.
     *
     * @return this
     */
    public Builder withParameterGradients() {
      parameterGradients = true;
      return this;
    }

    /**
     * Loads the model.
     *
     * @return the model, to be closed
     * @throws IOException if a file is missing or cannot be read
     * @throws IllegalArgumentException if the model cannot be run as its settings say; names the
     *     setting or the tensors
     */
    public LanguageModel open() throws IOException {
      ModelLoader loader =
          new ModelLoader(directory, layers, precision, parameterGradients, threads, recomputed);
      return new LanguageModel(loader.load(adapter), directory, batchSize);
    }
  }
}
