/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What the commands of all examples share: how they are run, what they print through, and the
 * options of the engine. Entry class: {@link io.github.influence4j.examples.cli.CommandRunner}.
 */
@NullMarked
package io.github.influence4j.examples.cli;

import org.jspecify.annotations.NullMarked;
