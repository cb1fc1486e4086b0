/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The plain-Java float64 backend: always available, written to be read, and the oracle for all
 * others. Start at {@link io.github.influence4j.internal.reference.ReferenceBackend}.
 */
@NullMarked
package io.github.influence4j.internal.reference;

import org.jspecify.annotations.NullMarked;
