/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Several GPUs as one backend. Start at {@link io.github.influence4j.cuda.spread.SpreadBackend}.
 */
@NullMarked
package io.github.influence4j.cuda.spread;

import org.jspecify.annotations.NullMarked;
