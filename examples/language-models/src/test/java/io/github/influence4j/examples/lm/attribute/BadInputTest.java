/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.examples.lm.Cli;
import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot work is refused with one line that names it. */
final class BadInputTest {
  private static final Path CHECKPOINTS =
      Path.of("../../integrations/influence-huggingface/src/test/resources/checkpoints");
  private static final Path GPT2 = CHECKPOINTS.resolve("gpt2");

  @TempDir private Path folder;

  /** Models and texts that the tables name. */
  @BeforeEach
  void write() throws IOException {
    Files.writeString(folder.resolve("corpus.txt"), "some text of some words");
    Files.writeString(folder.resolve("broken.jsonl"), "{\"texts\": 1}");
    Files.writeString(folder.resolve("mute.jsonl"), "{\"prompt\": \"a\", \"completion\": \"\"}");
    Files.writeString(folder.resolve("none.jsonl"), "\n");
    Files.writeString(folder.resolve("short.txt"), "a");
    Files.createDirectories(folder.resolve("empty"));
    model("bare", "config.json", "model.safetensors");
    model("weightless", "config.json", "tokenizer.json");
    Path other = model("other", "config.json", "model.safetensors", "tokenizer.json");
    String config = Files.readString(other.resolve("config.json"));
    Files.writeString(
        other.resolve("config.json"), config.replace("\"n_embd\": 32", "\"n_embd\": 64"));
    Path endless = model("endless", "model.safetensors", "tokenizer.json");
    Files.writeString(
        endless.resolve("config.json"),
        config.replace("\"eos_token_id\": 512", "\"eos_token_id\": null"));
    Safetensors.writer()
        .add("train.input_ids", new long[] {1, 2, 513}, 1, 3)
        .add("query.input_ids", new long[] {1, 2, 3}, 1, 3)
        .add("query.labels", new long[] {-100, -100, -100}, 1, 3)
        .write(folder.resolve("ids.safetensors"));
  }

  private Path model(String name, String... files) throws IOException {
    Path directory = Files.createDirectories(folder.resolve(name));
    for (String file : files) {
      Files.copy(GPT2.resolve(file), directory.resolve(file));
    }
    return directory;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--model nowhere --corpus @corpus.txt | \"nowhere\" is no directory",
        "--model @bare --corpus @corpus.txt | has no tokenizer.json",
        "--model @weightless --corpus @corpus.txt | model.safetensors",
        "--model @other --corpus @corpus.txt | shape",
        "--model GPT2 --adapter GPT2 --corpus @corpus.txt | has no adapter_config.json",
        "--model QWEN2 --adapter LORA --corpus @corpus.txt | does not hold the tensors that its settings ask for",
        "--model GPT2 --corpus nowhere | No such file: nowhere",
        "--model GPT2 --corpus @empty | there is no text in",
        "--model GPT2 --corpus @short.txt | No text of the corpus has two tokens",
        "--model GPT2 --corpus @broken.jsonl | broken.jsonl:1 has neither",
        "--model GPT2 --corpus @mute.jsonl | mute.jsonl:1: The completion has no tokens",
        "--model GPT2 --corpus-ids GPT2/golden.safetensors | no tensor",
        "--model GPT2 --corpus-ids @ids.safetensors | token 513, but the model knows 0 to 512",
        "--model GPT2 --corpus @corpus.txt --query-ids @ids.safetensors | nothing to predict",
        "--model GPT2 | Give either --corpus or --corpus-ids",
        "--model GPT2 --corpus-ids @ids.safetensors --packing | are about texts",
        "--model @endless --corpus @corpus.txt --packing | leave --packing out",
        "--model GPT2 --corpus @corpus.txt --packing | fewer tokens than one sequence of 64",
      })
  void modelsAndTexts(String options, String message) {
    assertRefused(options + " --prompt a --completion b", message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--sequence-length 1 | --sequence-length must be at least 2",
        "--layers x | No linear layer has",
        "--fisher some | '--fisher'",
        "--fit-sequences 0 | --fit-sequences must be at least 1, got 0",
        "--damping 0 | --damping must be a number above 0, got 0.0",
        "--damping NaN | --damping must be a number above 0",
        "--rank 0 | \"0\" is neither full nor a number of 1 or more",
        "--rank some | \"some\" is neither full nor",
        "--max-residual 0.1 | give --rank R too",
        "--rank full --max-residual 0.1 | give --rank R too",
        "--rank 4 --max-residual 2 | --max-residual must be above 0 and at most 1, got 2.0",
        "--filter words:10 | \"words:10\" is no filter; write tfidf:N or bm25:N",
        "--filter bm25 | \"bm25\" is no filter",
        "--filter bm25:0 | \"bm25:0\" is no filter",
        "--filter bm25:9 | raise its number to 10",
        "--filter bm25:10 --compare | --compare needs the scores of all sequences",
        "--filter bm25:10 --scores @s.safetensors | --scores needs the scores of all sequences",
        "--blocks 0 | blocks must be at least 1",
        "--blocks 2 --strategy identity | has no blocks",
        "--max-memory much | \"much\" is no amount of memory; write it as 800m or 4g",
        "--max-memory 1 | maxMemory",
        "--backend warp | warp",
        "--threads 0 | --batch-size and --threads must be at least 1",
        "--batch-size 0 | --batch-size and --threads must be at least 1",
        "--check-tokens -1 | --check-tokens must be at least 0",
        "--top 0 | --top must be at least 1",
        "--scores @no/s.safetensors | --scores: cannot write",
        "--report @no/r.html | --report: cannot write",
        "--work @corpus.txt | --work: cannot make the folder",
      })
  void options(String options, String message) {
    assertRefused(
        "--model GPT2 --corpus @corpus.txt --prompt a --completion b " + options, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | No query",
        "--prompt a | --completion",
        "--queries @none.jsonl | has no line with a query",
        "--queries nowhere | No such file: nowhere",
        "--query-ids GPT2/golden.safetensors | no tensor",
      })
  void queries(String options, String message) {
    assertRefused("--model GPT2 --corpus @corpus.txt " + options, message);
  }

  private void assertRefused(String options, String message) {
    List<Object> words = new ArrayList<>(List.of("attribute"));
    for (String word : options.strip().split(" +", -1)) {
      words.add(
          word.replaceFirst("^@", folder + "/")
              .replace("GPT2", GPT2.toString())
              .replace("QWEN2", CHECKPOINTS.resolve("qwen2").toString())
              .replace("LORA", CHECKPOINTS.resolve("gpt2-lora").toString()));
    }
    if (!words.contains("--report")) {
      words.addAll(List.of("--report", folder.resolve("r.html")));
    }
    Cli run = Cli.run(words.toArray());
    assertThat(run.code()).as(run.out() + run.err()).isEqualTo(2);
    List<String> lines =
        run.err().lines().filter(line -> !line.startsWith("matrices")).toList(); // progress
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0)).startsWith("error: ").contains(message);
  }
}
