/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import io.github.influence4j.huggingface.TextTokenizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A byte-level byte-pair encoding (Sennrich et al. 2016; Radford et al. 2019) that was learnt from
 * texts, to be written as {@code tokenizer.json}. Ids 0 to 255 are the bytes, 256 is {@code
 * <|endoftext|>}, which also begins every text, the others are merges of two tokens.
 *
 * @param tokens by their id, in the letters of byte-level encodings
 * @param merges pairs of tokens, a space between them, the first to be merged first
 */
public record LearntTokenizer(List<String> tokens, List<String> merges) {
  /** Ends a text, and begins the next. */
  static final String END = "<|endoftext|>";

  /** GPT-2's own, which {@code ByteLevel} stands for: merges do not cross the borders of words. */
  private static final Pattern WORDS =
      Pattern.compile(
          "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
          Pattern.UNICODE_CHARACTER_CLASS);

  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls().create();

  /** Copies the lists. */
  public LearntTokenizer {
    tokens = List.copyOf(tokens);
    merges = List.copyOf(merges);
  }

  /**
   * Learns merges, the most frequent pair first.
   *
   * @param texts to learn from
   * @param vocabulary number of tokens wanted; fewer where the texts have no repeated pairs left
   * @return the tokenizer
   */
  public static LearntTokenizer learn(Iterable<String> texts, int vocabulary) {
    List<String> beginning = new ArrayList<>(ByteLetters.all());
    beginning.add(END);
    if (vocabulary < beginning.size()) {
      throw new IllegalArgumentException(
          "A vocabulary of "
              + vocabulary
              + " tokens is too small; the bytes and the end of text alone are "
              + beginning.size()
              + ".");
    }
    MergeLearner learner = new MergeLearner(beginning, words(texts));
    learner.learn(vocabulary);
    return new LearntTokenizer(learner.tokens(), learner.merges());
  }

  private static Map<String, Integer> words(Iterable<String> texts) {
    Map<String, Integer> counts = new HashMap<>();
    for (String text : texts) {
      Matcher words = WORDS.matcher(text);
      while (words.find()) {
        counts.merge(words.group(), 1, Integer::sum);
      }
    }
    return counts;
  }

  /**
   * Number of tokens.
   *
   * @return one more than the largest id
   */
  public int vocabulary() {
    return tokens.size();
  }

  /**
   * The token that begins every text, and ends the one before.
   *
   * @return its id
   */
  public int end() {
    return tokens.indexOf(END);
  }

  /**
   * To cut texts with.
   *
   * @return to be closed
   */
  public TextTokenizer open() {
    return TextTokenizer.of(json());
  }

  /** As Hugging Face's tokenizers read it. */
  String json() {
    JsonObject tokenizer = parsed("{'version': '1.0', 'truncation': null, 'padding': null}");
    JsonObject end =
        parsed(
            "{'single_word': false, 'lstrip': false, 'rstrip': false, 'normalized': false,"
                + " 'special': true}");
    end.addProperty("id", end());
    end.addProperty("content", END);
    tokenizer.add("added_tokens", GSON.toJsonTree(List.of(end)));
    tokenizer.add("normalizer", null);
    tokenizer.add("pre_tokenizer", byteLevel());
    tokenizer.add("post_processor", endFirst());
    tokenizer.add("decoder", byteLevel());
    tokenizer.add("model", model());
    return GSON.toJson(tokenizer) + "\n";
  }

  private static JsonObject byteLevel() {
    return parsed(
        "{'type': 'ByteLevel', 'add_prefix_space': false, 'trim_offsets': true, 'use_regex': true}");
  }

  /** Puts the end of the text before in front of a text. */
  private JsonObject endFirst() {
    String first = "{'SpecialToken': {'id': '" + END + "', 'type_id': 0}}";
    String text = "{'Sequence': {'id': 'A', 'type_id': 0}}";
    return parsed(
        "{'type': 'TemplateProcessing', 'single': ["
            + (first + ", " + text)
            + "], 'pair': ["
            + (first + ", " + text + ", " + first.replace('0', '1'))
            + ", {'Sequence': {'id': 'B', 'type_id': 1}}], 'special_tokens': {'"
            + END
            + "': {'id': '"
            + END
            + "', 'ids': ["
            + end()
            + "], 'tokens': ['"
            + END
            + "']}}}");
  }

  private JsonObject model() {
    JsonObject model =
        parsed(
            "{'type': 'BPE', 'dropout': null, 'unk_token': null,"
                + " 'continuing_subword_prefix': null, 'end_of_word_suffix': null,"
                + " 'fuse_unk': false, 'byte_fallback': false, 'ignore_merges': false}");
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    tokens.forEach(token -> vocabulary.put(token, vocabulary.size()));
    model.add("vocab", GSON.toJsonTree(vocabulary));
    model.add("merges", GSON.toJsonTree(merges));
    return model;
  }

  private static JsonObject parsed(String json) {
    return GSON.fromJson(json.replace('\'', '"'), JsonObject.class);
  }
}
