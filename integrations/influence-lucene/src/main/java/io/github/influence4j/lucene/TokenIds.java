/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.lucene;

import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/** The tokens of a language model as Lucene's terms. */
final class TokenIds extends TokenStream {
  private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
  private final int[] ids;
  private int next;

  TokenIds(int[] ids) {
    this.ids = ids;
  }

  @Override
  public boolean incrementToken() {
    if (next == ids.length) {
      return false;
    }
    clearAttributes();
    term.append(Integer.toString(ids[next++]));
    return true;
  }
}
