/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * How native libraries get from the jar into the process: verified, through a directory that nobody
 * else can write to. {@link io.github.influence4j.internal.natives.NativeLibraries} is the entry.
 */
@NullMarked
package io.github.influence4j.internal.natives;

import org.jspecify.annotations.NullMarked;
