/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.text;

/**
 * A text to learn from.
 *
 * @param id unique in its corpus, such as a file name or a line number
 * @param title for readers
 * @param language code such as "en", or "?" where it is not known
 * @param text what the model reads
 */
public record Document(String id, String title, String language, String text) {
  /** What to call its sequences. */
  String label() {
    return title.equals(id) ? id : title + " (" + id + ")";
  }
}
