/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * How files are read and written: whole or not at all, and folders that are used by one run at a
 * time. Start at {@link io.github.influence4j.internal.files.AtomicFile} and {@link
 * io.github.influence4j.internal.files.InputFile}.
 */
@NullMarked
package io.github.influence4j.internal.files;

import org.jspecify.annotations.NullMarked;
