/*
 * SPDX-License-Identifier: Apache-2.0
 */
// cp.async: copies happen only when they are waited for; until then their destination is poisoned.
#ifndef SIMT_CUDA_PIPELINE_H
#define SIMT_CUDA_PIPELINE_H

#include "cuda_runtime.h"

inline void __pipeline_memcpy_async(void* to, const void* from, size_t bytes, size_t zeroed = 0) {
  simt::machine().async_copy(to, from, bytes, zeroed);
}
inline void __pipeline_commit() { simt::machine().async_commit(); }
inline void __pipeline_wait_prior(size_t newest_left) { simt::machine().async_wait(newest_left); }

#endif
