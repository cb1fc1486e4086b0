/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** Files that are there whole or not at all. */
@NullMarked
package io.github.influence4j.internal.files;

import org.jspecify.annotations.NullMarked;
