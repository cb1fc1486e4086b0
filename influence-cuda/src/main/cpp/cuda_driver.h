/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Asks the CUDA driver what there is, by dlopen: this library links against nothing of CUDA, so it loads everywhere.
#ifndef INFLUENCE_CUDA_DRIVER_H
#define INFLUENCE_CUDA_DRIVER_H

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>

#define INFL_DRIVER_NOT_LOADED (-1)  // text: the loader's
#define INFL_DRIVER_NO_SYMBOL (-2)   // text: the missing function
#define INFL_DRIVER_TEXT 512

static inline void infl_driver_text(char* text, const char* value) {
  snprintf(text, INFL_DRIVER_TEXT, "%s", value != NULL ? value : "no text");
}

static inline int32_t infl_driver_error(void* library, int32_t code, char* text) {
  typedef int32_t (*error_string_function)(int32_t, const char**);
  error_string_function error_string = (error_string_function)dlsym(library, "cuGetErrorString");
  const char* value = NULL;
  if (error_string != NULL) {
    error_string(code, &value);
  }
  infl_driver_text(text, value);
  return code;
}

// numbers = {CUDA version the driver supports, devices, compute capability major, minor of the device}; text
// [INFL_DRIVER_TEXT] = the device's name. Else one of the codes above, or a CUresult with the driver's text.
// A driver once loaded stays so.
static inline int32_t infl_driver_probe(const char* name, int32_t device, int32_t* numbers, char* text) {
  typedef int32_t (*init_function)(uint32_t);
  typedef int32_t (*number_function)(int32_t*);
  typedef int32_t (*get_function)(int32_t*, int32_t);
  typedef int32_t (*attribute_function)(int32_t*, int32_t, int32_t);
  typedef int32_t (*name_function)(char*, int32_t, int32_t);
  void* library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
  if (library == NULL) {
    infl_driver_text(text, dlerror());
    return INFL_DRIVER_NOT_LOADED;
  }
  const char* names[] = {"cuInit", "cuDriverGetVersion", "cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetAttribute",
      "cuDeviceGetName"};
  void* functions[6];
  for (int32_t i = 0; i < 6; ++i) {
    functions[i] = dlsym(library, names[i]);
    if (functions[i] == NULL) {
      infl_driver_text(text, names[i]);
      return INFL_DRIVER_NO_SYMBOL;
    }
  }
  int32_t code = ((number_function)functions[1])(&numbers[0]);
  if (code == 0) {
    code = ((init_function)functions[0])(0);
  }
  if (code == 0) {
    code = ((number_function)functions[2])(&numbers[1]);
  }
  if (code != 0) {
    return infl_driver_error(library, code, text);
  }
  if (device >= numbers[1]) {
    return 0;
  }
  int32_t handle = 0;
  code = ((get_function)functions[3])(&handle, device);
  if (code == 0) {
    code = ((attribute_function)functions[4])(&numbers[2], 75, handle);
  }
  if (code == 0) {
    code = ((attribute_function)functions[4])(&numbers[3], 76, handle);
  }
  if (code == 0) {
    code = ((name_function)functions[5])(text, INFL_DRIVER_TEXT, handle);
  }
  return code == 0 ? 0 : infl_driver_error(library, code, text);
}

#endif
