/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What all commands of this jar do in a run: train, fit and score, with progress, and so that an
 * interrupted run can go on. Start at {@link
 * io.github.influence4j.examples.lm.run.LanguageModelRun}.
 */
@NullMarked
package io.github.influence4j.examples.lm.run;

import org.jspecify.annotations.NullMarked;
