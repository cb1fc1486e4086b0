/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Who may use an object that owns memory of a backend, and when it is freed. Start at {@link
 * io.github.influence4j.internal.lifetimes.Lifetime}.
 */
@NullMarked
package io.github.influence4j.internal.lifetimes;

import org.jspecify.annotations.NullMarked;
