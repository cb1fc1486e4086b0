/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** CUDA backend; the entry class is {@link io.github.influence4j.cuda.CudaBackendProvider}. */
@NullMarked
package io.github.influence4j.cuda;

import org.jspecify.annotations.NullMarked;
