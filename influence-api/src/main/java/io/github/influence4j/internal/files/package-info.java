/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Everything that is written: files that are there whole or not at all, and folders that are used
 * by one run at a time. Start at {@link io.github.influence4j.internal.files.AtomicFile}.
 */
@NullMarked
package io.github.influence4j.internal.files;

import org.jspecify.annotations.NullMarked;
