/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * A GPU: its memory, a stream, the libraries, the CUDA kernels; what all operations of the CUDA
 * backend share. Start at {@link io.github.influence4j.cuda.device.Engine}.
 */
@NullMarked
package io.github.influence4j.cuda.device;

import org.jspecify.annotations.NullMarked;
