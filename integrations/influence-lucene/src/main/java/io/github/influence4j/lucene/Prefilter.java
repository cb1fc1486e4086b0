/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.lucene;

import io.github.influence4j.retrieval.CandidateFilter;
import io.github.influence4j.scoring.Hit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.TermToBytesRefAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.BytesRef;

/**
 * An index of the training examples' terms. Every example that is scored costs a forward and a
 * backward pass; the examples that share rare terms with the query are found in no time, and many
 * of the influential ones are among them (Grosse et al. 2023, section 3.2). Examples that say the
 * same in other words are lost: measure how many with {@link Recall}.
 *
 * <pre>{@code
 * try (Prefilter<int[]> filter = Prefilter.ofTokens(sequences)) {
 *   List<Hit> candidates = filter.candidates(queryTokens, 10_000, Ranking.TF_IDF);
 *   double recall = Recall.recallAt(10, scores.scores(0), candidates); // scores of a full scan
 * }
 * }</pre>
 *
 * <p>May be asked by several threads at once.
 *
 * @param <D> what an example and a query are: token ids or text
 */
public final class Prefilter<D> implements AutoCloseable {
  private static final String FIELD = "terms";

  private final Function<D, TokenStream> terms;
  private final Directory directory;
  private final DirectoryReader reader;

  private Prefilter(Directory directory, Iterable<D> examples, Function<D, TokenStream> terms)
      throws IOException {
    this.terms = terms;
    this.directory = directory;
    index(directory, examples, terms);
    this.reader = DirectoryReader.open(directory);
  }

  /**
   * Indexes token ids, in memory.
   *
   * @param sequences the training sequences, in the order of the gradients
   * @return the index, to be closed
   */
  public static Prefilter<int[]> ofTokens(Iterable<int[]> sequences) {
    return ofTokens(sequences, new ByteBuffersDirectory());
  }

  /**
   * Indexes token ids.
   *
   * @param sequences the training sequences, in the order of the gradients
   * @param directory where the index is kept, for instance {@code FSDirectory.open(path)}; what it
   *     held is replaced. Closed with the index
   * @return the index, to be closed
   */
  public static Prefilter<int[]> ofTokens(Iterable<int[]> sequences, Directory directory) {
    return of(directory, sequences, TokenIds::new);
  }

  /**
   * Indexes texts, in memory.
   *
   * @param texts the training texts, in the order of the gradients
   * @param analyzer cuts texts into terms, such as Lucene's {@code StandardAnalyzer}
   * @return the index, to be closed
   */
  public static Prefilter<String> ofTexts(Iterable<String> texts, Analyzer analyzer) {
    return ofTexts(texts, analyzer, new ByteBuffersDirectory());
  }

  /**
   * Indexes texts.
   *
   * @param texts the training texts, in the order of the gradients
   * @param analyzer cuts texts into terms, such as Lucene's {@code StandardAnalyzer}
   * @param directory where the index is kept, for instance {@code FSDirectory.open(path)}; what it
   *     held is replaced. Closed with the index
   * @return the index, to be closed
   */
  public static Prefilter<String> ofTexts(
      Iterable<String> texts, Analyzer analyzer, Directory directory) {
    return of(directory, texts, text -> analyzer.tokenStream(FIELD, text));
  }

  private static <D> Prefilter<D> of(
      Directory directory, Iterable<D> examples, Function<D, TokenStream> terms) {
    try {
      return new Prefilter<>(directory, examples, terms);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write the index to " + directory, e);
    }
  }

  /** Numbers documents as the examples come: only neighbours are merged. */
  private static <D> void index(
      Directory directory, Iterable<D> examples, Function<D, TokenStream> terms)
      throws IOException {
    FieldType type = new FieldType();
    type.setTokenized(true);
    type.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
    type.freeze();
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setOpenMode(IndexWriterConfig.OpenMode.CREATE)
            .setSimilarity(Ranking.BM25.similarity())
            .setMergePolicy(new LogDocMergePolicy());
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (D example : examples) {
        Document document = new Document();
        document.add(new Field(FIELD, terms.apply(example), type));
        writer.addDocument(document);
      }
      writer.forceMerge(1);
    }
  }

  /**
   * Number of training examples.
   *
   * @return how many were indexed
   */
  public int examples() {
    return reader.numDocs();
  }

  /**
   * The examples that rank highest for a query.
   *
   * @param query the query's tokens or text; terms that it has twice count twice
   * @param count at most how many, at least 1
   * @param ranking the formula
   * @return numbers of examples and their ranking scores (no influence yet), highest first, equal
   *     ones by number; examples without any term of the query are never among them
   */
  public List<Hit> candidates(D query, int count, Ranking ranking) {
    if (count < 1) {
      throw new IllegalArgumentException("count must be at least 1, got " + count);
    }
    if (examples() == 0) {
      return List.of();
    }
    try {
      IndexSearcher searcher = new IndexSearcher(reader);
      searcher.setSimilarity(ranking.similarity());
      List<Hit> hits = new ArrayList<>();
      for (ScoreDoc hit : searcher.search(parse(query), count).scoreDocs) {
        hits.add(new Hit(hit.doc, hit.score));
      }
      return hits;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the index in " + directory, e);
    }
  }

  /**
   * This index as the first stage of a {@link io.github.influence4j.retrieval.RetrievalFunnel}.
   *
   * @param query the query's tokens or text
   * @param ranking the formula
   * @return what {@link #candidates} finds for the query; for use until this is closed
   */
  public CandidateFilter filter(D query, Ranking ranking) {
    return atMost -> candidates(query, atMost, ranking).stream().mapToLong(Hit::example).toArray();
  }

  private Query parse(D query) throws IOException {
    Map<BytesRef, Integer> counts = new LinkedHashMap<>();
    try (TokenStream stream = terms.apply(query)) {
      TermToBytesRefAttribute term = stream.addAttribute(TermToBytesRefAttribute.class);
      stream.reset();
      while (stream.incrementToken()) {
        counts.merge(BytesRef.deepCopyOf(term.getBytesRef()), 1, Integer::sum);
      }
      stream.end();
    }
    if (counts.size() > IndexSearcher.getMaxClauseCount()) {
      throw new IllegalArgumentException(
          "The query has "
              + counts.size()
              + " different terms, but Lucene takes "
              + IndexSearcher.getMaxClauseCount()
              + "; shorten it, or raise the limit with IndexSearcher.setMaxClauseCount.");
    }
    BooleanQuery.Builder builder = new BooleanQuery.Builder();
    counts.forEach(
        (term, times) ->
            builder.add(
                new BoostQuery(new TermQuery(new Term(FIELD, term)), times),
                BooleanClause.Occur.SHOULD));
    return builder.build();
  }

  @Override
  public void close() {
    try {
      reader.close();
      directory.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close the index in " + directory, e);
    }
  }
}
