/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Tables and pictures of documents that commands write. Start at {@link Table} and {@link
 * LineChart}.
 */
@NullMarked
package io.github.influence4j.examples.document;

import org.jspecify.annotations.NullMarked;
