/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Watching and stopping long runs. Start at {@link
 * io.github.influence4j.progress.ProgressListener}.
 */
@NullMarked
package io.github.influence4j.progress;

import org.jspecify.annotations.NullMarked;
