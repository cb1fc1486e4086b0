/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import java.util.Comparator;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Sorts names as people do: {@code block.2} comes before {@code block.10}. */
final class NaturalOrder implements Comparator<String> {
  private static final Pattern PIECES = Pattern.compile("[0-9]+|[^0-9]+");

  @Override
  public int compare(String a, String b) {
    List<String> left = pieces(a);
    List<String> right = pieces(b);
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      int order = comparePieces(left.get(i), right.get(i));
      if (order != 0) {
        return order;
      }
    }
    int bySize = Integer.compare(left.size(), right.size());
    return bySize != 0 ? bySize : a.compareTo(b);
  }

  private static List<String> pieces(String name) {
    return PIECES.matcher(name).results().map(MatchResult::group).toList();
  }

  private static int comparePieces(String a, String b) {
    if (!isNumber(a) || !isNumber(b)) {
      return a.compareTo(b);
    }
    String x = a.replaceFirst("^0+(?=.)", "");
    String y = b.replaceFirst("^0+(?=.)", "");
    int byLength = Integer.compare(x.length(), y.length());
    return byLength != 0 ? byLength : x.compareTo(y);
  }

  private static boolean isNumber(String piece) {
    return piece.charAt(0) >= '0' && piece.charAt(0) <= '9';
  }
}
