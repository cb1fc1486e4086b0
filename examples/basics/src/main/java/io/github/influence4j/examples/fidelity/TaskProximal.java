/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.evaluation.ProximalModel;
import java.util.Arrays;

/** A trained model of a task for the proximal Bregman objective. */
final class TaskProximal implements ProximalModel {
  private final Task task;
  private final double[] trained;
  private final double[] outputs;

  TaskProximal(Task task, double[] trained) {
    this.task = task;
    this.trained = trained.clone();
    this.outputs = Pass.of(task.model(), trained, task.train()).outputs();
  }

  @Override
  public double[] trained() {
    return trained.clone();
  }

  @Override
  public double divergence(double[] parameters, double[] gradient) {
    Pass pass = Pass.of(task.model(), parameters, task.train());
    int each = pass.outputsEach();
    int samples = task.train().size();
    double sum = 0;
    for (int at = 0; at < outputs.length; at += each) {
      sum += task.model().head().divergence(pass.outputs(), outputs, at, each, pass.atOutputs());
    }
    Arrays.fill(gradient, 0);
    pass.backward().addWeightGradient(gradient);
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] /= samples;
    }
    return sum / samples;
  }

  @Override
  public double loss(int example, double[] parameters, double[] gradient) {
    Pass pass = Pass.of(task.model(), parameters, task.train().select(new int[] {example}));
    Arrays.fill(gradient, 0);
    pass.backwardFromLoss().addWeightGradient(gradient);
    return pass.loss(0);
  }

  @Override
  public double[] measurements(double[] parameters) {
    return task.measure(parameters);
  }
}
