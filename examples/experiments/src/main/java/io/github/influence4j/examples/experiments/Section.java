/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

/** What has a section in a document. */
interface Section {
  /** Argument on the command line and name of the picture; letters and hyphens. */
  String name();

  /** Heading in the document. */
  String title();
}
