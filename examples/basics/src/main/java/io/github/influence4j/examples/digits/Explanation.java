/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import io.github.influence4j.scoring.Hit;
import java.util.List;
import java.util.Map;

/**
 * Why the model says what it says about one test digit.
 *
 * @param digit its number in the test set
 * @param label the true one
 * @param prediction of the model
 * @param probability that the model gives its prediction
 * @param proponents training digits that most lower the loss on the true label, strongest first
 * @param opponents those that most raise it
 * @param layerShares each layer's share of the absolute scores of all these
 */
record Explanation(
    int digit,
    int label,
    int prediction,
    double probability,
    List<Hit> proponents,
    List<Hit> opponents,
    Map<String, Double> layerShares) {

  boolean misclassified() {
    return prediction != label;
  }

  String title() {
    String verdict = misclassified() ? "misclassified as " + prediction : "classified correctly";
    return "Test digit #" + digit + ", a " + label + ", " + verdict;
  }
}
