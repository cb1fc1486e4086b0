/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Stand-in of libcudart.so.13: memory, lazily drained streams, events. See standins.h.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "standins.h"

namespace {

enum Error : int32_t {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  MEMORY_ALLOCATION = 2,
  INVALID_DEVICE = 101,
  INVALID_HANDLE = 400,
  LAUNCH_FAILURE = 719,
};

struct Stream {
  std::deque<std::function<void()>> queue;
  uint64_t queued = 0;   // so far
  uint64_t started = 0;  // so far; in order, so all but the last are done
};

struct Event {
  Stream* stream = nullptr;
  uint64_t mark = 0;  // work to be done before the event has happened
};

struct Attributes {  // the fields of cudaPointerAttributes that callers read
  int32_t type;
  int32_t device;
};

constexpr int64_t DEFAULT_CAPACITY = int64_t{1} << 30;
constexpr size_t ALIGNMENT = 256;

std::recursive_mutex mutex;
standins::State state = {0, 0, 0, 0, 0, 0, DEFAULT_CAPACITY, 0, 0, ""};
std::map<uintptr_t, size_t> device;
std::set<void*> pinned;
std::set<Stream*> streams;
std::set<Event*> events;
Stream default_stream;
thread_local Error last = SUCCESS;

using Lock = std::lock_guard<std::recursive_mutex>;

Error result(Error error) {
  if (error != SUCCESS) {
    last = error;
  }
  return error;
}

bool valid(Stream* stream) { return stream == nullptr || streams.count(stream) != 0; }

Stream* resolve(void* stream) { return stream == nullptr ? &default_stream : static_cast<Stream*>(stream); }

void enqueue(Stream* stream, std::function<void()> work) {
  stream->queue.push_back(std::move(work));
  ++stream->queued;
}

// Does the work up to a mark, if it was not begun.
void drain(Stream* stream, uint64_t mark = UINT64_MAX) {
  while (!stream->queue.empty() && stream->started < mark) {
    auto work = std::move(stream->queue.front());
    stream->queue.pop_front();
    ++stream->started;
    work();
  }
}

bool exists(Stream* stream) { return stream == &default_stream || streams.count(stream) != 0; }

void drain_all() {
  drain(&default_stream);
  for (Stream* stream : streams) {
    drain(stream);
  }
}

// The block an address lies in, or the end.
std::map<uintptr_t, size_t>::iterator block_of(const void* address) {
  auto at = reinterpret_cast<uintptr_t>(address);
  auto block = device.upper_bound(at);
  if (block == device.begin()) {
    return device.end();
  }
  --block;
  return at < block->first + block->second ? block : device.end();
}

bool within(const void* address, size_t bytes) {
  auto block = block_of(address);
  return block != device.end() &&
         reinterpret_cast<uintptr_t>(address) + bytes <= block->first + block->second;
}

Error check_side(const char* function, const void* address, size_t bytes, bool on_device) {
  if (bytes == 0) {
    return SUCCESS;
  }
  if (on_device) {
    return standin_on_device(function, address, bytes) ? SUCCESS : INVALID_VALUE;
  }
  if (block_of(address) != device.end()) {
    standin_misuse(function, "device memory where host memory is said");
    return INVALID_VALUE;
  }
  return SUCCESS;
}

Error check_copy(const char* function, const void* to, const void* from, size_t bytes, int32_t kind) {
  bool to_device = kind == 1 || kind == 3;
  bool from_device = kind == 2 || kind == 3;
  Error error = check_side(function, to, bytes, to_device);
  return error == SUCCESS ? check_side(function, from, bytes, from_device) : error;
}

}  // namespace

extern "C" {

standins::State* standin_state() { return &state; }

bool standin_fails(const char* function) {
  Lock lock(mutex);
  if (++state.calls != state.fail_at) {
    return false;
  }
  snprintf(state.failed, sizeof state.failed, "%s", function);
  return true;
}

void standin_misuse(const char* function, const char* what) {
  Lock lock(mutex);
  ++state.misuses;
  fprintf(stderr, "CUDA stand-in: %s: %s\n", function, what);
}

void standin_object(int64_t change) {
  Lock lock(mutex);
  state.objects += change;
}

bool standin_on_device(const char* function, const void* address, size_t bytes) {
  Lock lock(mutex);
  if (bytes == 0 || within(address, bytes)) {
    return true;
  }
  standin_misuse(function, block_of(address) == device.end() ? "host memory where device memory is said"
                                                             : "beyond the end of an allocation");
  return false;
}

Error cudaGetDeviceCount(int32_t* count) {
  if (standin_fails("cudaGetDeviceCount")) {
    return result(LAUNCH_FAILURE);
  }
  *count = 1;
  return SUCCESS;
}

Error cudaGetDevice(int32_t* number) {
  *number = 0;
  return SUCCESS;
}

Error cudaSetDevice(int32_t number) {
  if (standin_fails("cudaSetDevice")) {
    return result(LAUNCH_FAILURE);
  }
  return result(number == 0 ? SUCCESS : INVALID_DEVICE);
}

Error cudaRuntimeGetVersion(int32_t* version) {
  if (standin_fails("cudaRuntimeGetVersion")) {
    return result(LAUNCH_FAILURE);
  }
  *version = 13000;
  return SUCCESS;
}

// Of a mid-sized sm_80 device.
Error cudaDeviceGetAttribute(int32_t* value, int32_t attribute, int32_t) {
  switch (attribute) {
    case 16: *value = 4; break;         // multiprocessors
    case 75: *value = 8; break;         // compute capability, major
    case 76: *value = 0; break;         // minor
    case 97: *value = 166912; break;    // shared memory a block may opt in to
    default: *value = 1; break;
  }
  return SUCCESS;
}

Error cudaMemGetInfo(size_t* free_bytes, size_t* total) {
  Lock lock(mutex);
  if (standin_fails("cudaMemGetInfo")) {
    return result(LAUNCH_FAILURE);
  }
  *free_bytes = static_cast<size_t>(state.capacity - state.device_bytes);
  *total = static_cast<size_t>(state.capacity);
  return SUCCESS;
}

Error cudaMalloc(void** address, size_t bytes) {
  Lock lock(mutex);
  if (standin_fails("cudaMalloc")) {
    return result(LAUNCH_FAILURE);
  }
  if (static_cast<int64_t>(bytes) > state.capacity - state.device_bytes) {
    return result(MEMORY_ALLOCATION);
  }
  size_t rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + ALIGNMENT;
  *address = aligned_alloc(ALIGNMENT, rounded);
  memset(*address, 0xFF, rounded);
  device[reinterpret_cast<uintptr_t>(*address)] = bytes;
  state.device_bytes += static_cast<int64_t>(bytes);
  ++state.device_blocks;
  return SUCCESS;
}

// Like the real ones, the functions that release do so even where they report an error (of earlier work).
Error cudaFree(void* address) {
  Lock lock(mutex);
  bool fails = standin_fails("cudaFree");
  if (address != nullptr) {
    drain_all();
    auto block = device.find(reinterpret_cast<uintptr_t>(address));
    if (block == device.end()) {
      standin_misuse("cudaFree", "not an allocation, or freed before");
      return result(INVALID_VALUE);
    }
    state.device_bytes -= static_cast<int64_t>(block->second);
    --state.device_blocks;
    device.erase(block);
    free(address);
  }
  return result(fails ? LAUNCH_FAILURE : SUCCESS);
}

Error cudaHostAlloc(void** address, size_t bytes, uint32_t) {
  Lock lock(mutex);
  if (standin_fails("cudaHostAlloc")) {
    return result(LAUNCH_FAILURE);
  }
  *address = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  pinned.insert(*address);
  ++state.pinned_blocks;
  return SUCCESS;
}

Error cudaFreeHost(void* address) {
  Lock lock(mutex);
  bool fails = standin_fails("cudaFreeHost");
  drain_all();
  if (pinned.erase(address) == 0) {
    standin_misuse("cudaFreeHost", "not pinned memory, or freed before");
    return result(INVALID_VALUE);
  }
  --state.pinned_blocks;
  free(address);
  return result(fails ? LAUNCH_FAILURE : SUCCESS);
}

Error cudaMemcpyAsync(void* to, const void* from, size_t bytes, int32_t kind, void* stream) {
  Lock lock(mutex);
  if (standin_fails("cudaMemcpyAsync")) {
    return result(LAUNCH_FAILURE);
  }
  Error error = check_copy("cudaMemcpyAsync", to, from, bytes, kind);
  if (error == SUCCESS) {
    state.crossed += kind == 3 ? 0 : static_cast<int64_t>(bytes);
    enqueue(resolve(stream), [=] { memcpy(to, from, bytes); });
  }
  return result(error);
}

Error cudaMemsetAsync(void* to, int32_t value, size_t bytes, void* stream) {
  Lock lock(mutex);
  if (standin_fails("cudaMemsetAsync")) {
    return result(LAUNCH_FAILURE);
  }
  Error error = check_side("cudaMemsetAsync", to, bytes, true);
  if (error == SUCCESS) {
    enqueue(resolve(stream), [=] { memset(to, value, bytes); });
  }
  return result(error);
}

Error cudaStreamCreateWithFlags(void** stream, uint32_t) {
  Lock lock(mutex);
  if (standin_fails("cudaStreamCreateWithFlags")) {
    return result(LAUNCH_FAILURE);
  }
  auto* made = new Stream;
  streams.insert(made);
  standin_object(1);
  *stream = made;
  return SUCCESS;
}

Error cudaStreamDestroy(void* stream) {
  Lock lock(mutex);
  bool fails = standin_fails("cudaStreamDestroy");
  auto* known = static_cast<Stream*>(stream);
  if (streams.count(known) == 0) {
    standin_misuse("cudaStreamDestroy", "not a stream, or destroyed before");
    return result(INVALID_HANDLE);
  }
  drain(known);
  streams.erase(known);
  delete known;
  standin_object(-1);
  return result(fails ? LAUNCH_FAILURE : SUCCESS);
}

Error cudaStreamSynchronize(void* stream) {
  Lock lock(mutex);
  if (standin_fails("cudaStreamSynchronize")) {
    return result(LAUNCH_FAILURE);
  }
  if (!valid(static_cast<Stream*>(stream))) {
    return result(INVALID_HANDLE);
  }
  drain(resolve(stream));
  return SUCCESS;
}

Error cudaDeviceSynchronize() {
  Lock lock(mutex);
  drain_all();
  return SUCCESS;
}

Error cudaEventCreateWithFlags(void** event, uint32_t) {
  Lock lock(mutex);
  if (standin_fails("cudaEventCreateWithFlags")) {
    return result(LAUNCH_FAILURE);
  }
  auto* made = new Event;
  events.insert(made);
  standin_object(1);
  *event = made;
  return SUCCESS;
}

Error cudaEventDestroy(void* event) {
  Lock lock(mutex);
  bool fails = standin_fails("cudaEventDestroy");
  if (events.erase(static_cast<Event*>(event)) == 0) {
    standin_misuse("cudaEventDestroy", "not an event, or destroyed before");
    return result(INVALID_HANDLE);
  }
  delete static_cast<Event*>(event);
  standin_object(-1);
  return result(fails ? LAUNCH_FAILURE : SUCCESS);
}

Error cudaEventRecord(void* event, void* stream) {
  Lock lock(mutex);
  if (standin_fails("cudaEventRecord")) {
    return result(LAUNCH_FAILURE);
  }
  auto* known = static_cast<Event*>(event);
  known->stream = resolve(stream);
  known->mark = known->stream->queued;
  return SUCCESS;
}

// Drains the whole stream: more than asked, never less.
Error cudaEventSynchronize(void* event) {
  Lock lock(mutex);
  if (standin_fails("cudaEventSynchronize")) {
    return result(LAUNCH_FAILURE);
  }
  auto* known = static_cast<Event*>(event);
  if (known->stream != nullptr && exists(known->stream)) {
    drain(known->stream);
  }
  return SUCCESS;
}

// What is queued afterwards comes after what was queued when the event was recorded, and after no more.
Error cudaStreamWaitEvent(void* stream, void* event, uint32_t) {
  Lock lock(mutex);
  if (standin_fails("cudaStreamWaitEvent")) {
    return result(LAUNCH_FAILURE);
  }
  if (!valid(static_cast<Stream*>(stream))) {
    return result(INVALID_HANDLE);
  }
  Event awaited = *static_cast<Event*>(event);
  if (awaited.stream != nullptr) {
    enqueue(resolve(stream), [=] {
      if (exists(awaited.stream)) {
        drain(awaited.stream, awaited.mark);
      }
    });
  }
  return SUCCESS;
}

// Host memory that CUDA does not know has type 0.
Error cudaPointerGetAttributes(Attributes* attributes, const void* address) {
  Lock lock(mutex);
  if (standin_fails("cudaPointerGetAttributes")) {
    return result(LAUNCH_FAILURE);
  }
  *attributes = {block_of(address) == device.end() ? 0 : 2, 0};
  return SUCCESS;
}

int32_t cudaLaunchHostFunc(void* stream, void (*function)(void*), void* data) {
  Lock lock(mutex);
  if (standin_fails("cudaLaunchHostFunc")) {
    return result(LAUNCH_FAILURE);
  }
  if (!valid(static_cast<Stream*>(stream))) {
    return result(INVALID_HANDLE);
  }
  enqueue(resolve(stream), [=] { function(data); });
  return SUCCESS;
}

Error cudaFuncSetAttribute(const void*, int32_t, int32_t) { return SUCCESS; }

Error cudaGetLastError() {
  Error error = last;
  last = SUCCESS;
  return error;
}

Error cudaPeekAtLastError() { return last; }

const char* cudaGetErrorName(Error error) {
  switch (error) {
    case SUCCESS: return "cudaSuccess";
    case INVALID_VALUE: return "cudaErrorInvalidValue";
    case MEMORY_ALLOCATION: return "cudaErrorMemoryAllocation";
    case INVALID_DEVICE: return "cudaErrorInvalidDevice";
    case INVALID_HANDLE: return "cudaErrorInvalidResourceHandle";
    case LAUNCH_FAILURE: return "cudaErrorLaunchFailure";
    default: return "unrecognized error code";
  }
}

const char* cudaGetErrorString(Error error) {
  switch (error) {
    case SUCCESS: return "no error";
    case INVALID_VALUE: return "invalid argument";
    case MEMORY_ALLOCATION: return "out of memory";
    case INVALID_DEVICE: return "invalid device ordinal";
    case INVALID_HANDLE: return "invalid resource handle";
    case LAUNCH_FAILURE: return "unspecified launch failure";
    default: return "unrecognized error code";
  }
}

}  // extern "C"
