/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Native methods of the test class StandIns.
#include <jni.h>

#include "standins.h"

extern "C" {

// Arms the n-th call from now to fail once; 0 disarms.
JNIEXPORT void JNICALL Java_io_github_influence4j_cuda_StandIns_failCall(JNIEnv*, jclass, jlong n) {
  standins::State* state = standin_state();
  state->calls = 0;
  state->fail_at = n;
  state->failed[0] = 0;
}

JNIEXPORT jstring JNICALL Java_io_github_influence4j_cuda_StandIns_failedFunction(JNIEnv* env, jclass) {
  return env->NewStringUTF(standin_state()->failed);
}

JNIEXPORT jlong JNICALL Java_io_github_influence4j_cuda_StandIns_calls(JNIEnv*, jclass) {
  return standin_state()->calls;
}

JNIEXPORT jlong JNICALL Java_io_github_influence4j_cuda_StandIns_deviceBytes(JNIEnv*, jclass) {
  return standin_state()->device_bytes;
}

JNIEXPORT jlong JNICALL Java_io_github_influence4j_cuda_StandIns_liveObjects(JNIEnv*, jclass) {
  standins::State* state = standin_state();
  return state->device_blocks + state->pinned_blocks + state->objects;
}

JNIEXPORT jlong JNICALL Java_io_github_influence4j_cuda_StandIns_misuses(JNIEnv*, jclass) {
  return standin_state()->misuses;
}

JNIEXPORT jlong JNICALL Java_io_github_influence4j_cuda_StandIns_crossedBytes(JNIEnv*, jclass) {
  return standin_state()->crossed;
}

JNIEXPORT jlong JNICALL Java_io_github_influence4j_cuda_StandIns_overlappedBytes(JNIEnv*, jclass) {
  return standin_state()->overlapped;
}

JNIEXPORT void JNICALL Java_io_github_influence4j_cuda_StandIns_capacity(JNIEnv*, jclass, jlong bytes) {
  standin_state()->capacity = bytes;
}

// A bit for each device that was used since the last call.
JNIEXPORT jlong JNICALL Java_io_github_influence4j_cuda_StandIns_usedDevices(JNIEnv*, jclass) {
  jlong used = standin_state()->used_devices;
  standin_state()->used_devices = 0;
  return used;
}

JNIEXPORT jlong JNICALL Java_io_github_influence4j_cuda_StandIns_products(JNIEnv*, jclass) {
  return standin_state()->products;
}

JNIEXPORT jlong JNICALL Java_io_github_influence4j_cuda_StandIns_roundedProducts(JNIEnv*, jclass) {
  return standin_state()->rounded;
}

JNIEXPORT jlong JNICALL Java_io_github_influence4j_cuda_StandIns_unalignedProducts(JNIEnv*, jclass) {
  return standin_state()->unaligned;
}

}  // extern "C"
