/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Stand-in of libcudart.so.13: three devices, memory, lazily drained streams, events; and what the driver has of contexts,
// as their state is the runtime's. See standins.h.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <vector>

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

constexpr int32_t DEVICES = 3;

struct Context {
  int32_t device;
};

struct Stream {
  int32_t device = 0;
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
standins::State state = {0, 0, 0, 0, 0, 0, DEFAULT_CAPACITY, 0, 0, 0, 0, 0, 0, 0, ""};
Context contexts[DEVICES] = {{0}, {1}, {2}};
thread_local std::vector<Context*> current;  // the last one is
thread_local int32_t chosen = 0;             // the device of a thread without a context
std::map<uintptr_t, size_t> device;
std::map<uintptr_t, int32_t> device_of;
int64_t bytes_on[DEVICES] = {};  // allocated and not freed, of each
std::set<void*> pinned;
std::set<Stream*> streams;
std::set<Event*> events;
Stream default_streams[DEVICES] = {{0, {}, 0, 0}, {1, {}, 0, 0}, {2, {}, 0, 0}};
thread_local Stream per_thread_streams[DEVICES] = {{0, {}, 0, 0}, {1, {}, 0, 0}, {2, {}, 0, 0}};
thread_local Error last = SUCCESS;

using Lock = std::lock_guard<std::recursive_mutex>;

Error result(Error error) {
  if (error != SUCCESS) {
    last = error;
  }
  return error;
}

int32_t current_device() { return current.empty() ? chosen : current.back()->device; }

// What a call of the runtime does on a thread without a context: makes one of the device that is chosen.
void use_device() {
  Lock lock(mutex);
  if (current.empty()) {
    current.push_back(&contexts[chosen]);
  }
  state.used_devices |= int64_t{1} << current_device();
}

// 0 and 1 are the default stream of the device, 2 is that of the thread.
Stream* resolve(void* stream) {
  switch (reinterpret_cast<uintptr_t>(stream)) {
    case 0:
    case 1: return &default_streams[current_device()];
    case 2: return &per_thread_streams[current_device()];
    default: return static_cast<Stream*>(stream);
  }
}

bool valid(void* stream) {
  return reinterpret_cast<uintptr_t>(stream) <= 2 || streams.count(static_cast<Stream*>(stream)) != 0;
}

// Work goes to streams of the current device.
Error check_stream(const char* function, void* stream) {
  use_device();
  if (!valid(stream)) {
    return INVALID_HANDLE;
  }
  if (resolve(stream)->device != current_device()) {
    standin_misuse(function, "a stream of another device than the current one");
    return INVALID_HANDLE;
  }
  return SUCCESS;
}

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

bool exists(Stream* stream) {
  bool ours = stream >= default_streams && stream < default_streams + DEVICES;
  return ours || stream == resolve(reinterpret_cast<void*>(2)) || streams.count(stream) != 0;
}

void drain_all() {
  for (Stream& stream : default_streams) {
    drain(&stream);
  }
  for (Stream& stream : per_thread_streams) {
    drain(&stream);
  }
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
  *count = DEVICES;
  return SUCCESS;
}

Error cudaGetDevice(int32_t* number) {
  *number = current_device();
  return SUCCESS;
}

// Makes the context, if there is none, and current in place of any other.
Error cudaSetDevice(int32_t number) {
  if (standin_fails("cudaSetDevice")) {
    return result(LAUNCH_FAILURE);
  }
  if (number < 0 || number >= DEVICES) {
    return result(INVALID_DEVICE);
  }
  chosen = number;
  if (!current.empty()) {
    current.pop_back();
  }
  current.push_back(&contexts[number]);
  use_device();
  return SUCCESS;
}

Error cuDevicePrimaryCtxRetain(void** context, int32_t number) {
  if (standin_fails("cuDevicePrimaryCtxRetain")) {
    return LAUNCH_FAILURE;
  }
  if (number < 0 || number >= DEVICES) {
    return INVALID_DEVICE;
  }
  Lock lock(mutex);
  state.used_devices |= int64_t{1} << number;
  *context = &contexts[number];
  return SUCCESS;
}

Error cuCtxPushCurrent_v2(void* context) {
  if (standin_fails("cuCtxPushCurrent")) {
    return LAUNCH_FAILURE;
  }
  current.push_back(static_cast<Context*>(context));
  return SUCCESS;
}

Error cuCtxPopCurrent_v2(void** context) {
  bool fails = standin_fails("cuCtxPopCurrent");
  if (current.empty()) {
    standin_misuse("cuCtxPopCurrent", "no context is current");
    return INVALID_VALUE;
  }
  *context = current.back();
  current.pop_back();
  return fails ? LAUNCH_FAILURE : SUCCESS;
}

Error cuCtxGetCurrent(void** context) {
  *context = current.empty() ? nullptr : current.back();
  return SUCCESS;
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
  use_device();
  if (standin_fails("cudaMemGetInfo")) {
    return result(LAUNCH_FAILURE);
  }
  *free_bytes = static_cast<size_t>(state.capacity - bytes_on[current_device()]);
  *total = static_cast<size_t>(state.capacity);
  return SUCCESS;
}

Error cudaMalloc(void** address, size_t bytes) {
  Lock lock(mutex);
  use_device();
  if (standin_fails("cudaMalloc")) {
    return result(LAUNCH_FAILURE);
  }
  if (static_cast<int64_t>(bytes) > state.capacity - bytes_on[current_device()]) {
    return result(MEMORY_ALLOCATION);
  }
  size_t rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + ALIGNMENT;
  *address = aligned_alloc(ALIGNMENT, rounded);
  memset(*address, 0xFF, rounded);
  device[reinterpret_cast<uintptr_t>(*address)] = bytes;
  device_of[reinterpret_cast<uintptr_t>(*address)] = current_device();
  state.device_bytes += static_cast<int64_t>(bytes);
  bytes_on[current_device()] += static_cast<int64_t>(bytes);
  ++state.device_blocks;
  return SUCCESS;
}

// Like the real ones, the functions that release do so even where they report an error (of earlier work).
Error cudaFree(void* address) {
  Lock lock(mutex);
  use_device();
  bool fails = standin_fails("cudaFree");
  if (address != nullptr) {
    drain_all();
    auto block = device.find(reinterpret_cast<uintptr_t>(address));
    if (block == device.end()) {
      standin_misuse("cudaFree", "not an allocation, or freed before");
      return result(INVALID_VALUE);
    }
    state.device_bytes -= static_cast<int64_t>(block->second);
    bytes_on[device_of[block->first]] -= static_cast<int64_t>(block->second);
    --state.device_blocks;
    device_of.erase(block->first);
    device.erase(block);
    free(address);
  }
  return result(fails ? LAUNCH_FAILURE : SUCCESS);
}

Error cudaHostAlloc(void** address, size_t bytes, uint32_t) {
  Lock lock(mutex);
  use_device();
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
  use_device();
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
    error = check_stream("cudaMemcpyAsync", stream);
  }
  if (error == SUCCESS) {
    state.crossed += kind == 3 ? 0 : static_cast<int64_t>(bytes);
    Stream* own = resolve(stream);
    enqueue(own, [=] {
      memcpy(to, from, bytes);
      bool waiting = std::any_of(streams.begin(), streams.end(), [own](Stream* other) {
        return other != own && other->device == own->device && !other->queue.empty();
      });
      state.overlapped += kind == 1 && waiting ? static_cast<int64_t>(bytes) : 0;
    });
  }
  return result(error);
}

Error cudaMemset2DAsync(void* to, size_t pitch, int32_t value, size_t width, size_t height, void* stream) {
  Lock lock(mutex);
  if (standin_fails("cudaMemset2DAsync")) {
    return result(LAUNCH_FAILURE);
  }
  if (width == 0 || height == 0) {
    return SUCCESS;
  }
  Error error = check_side("cudaMemset2DAsync", to, (height - 1) * pitch + width, true);
  if (error == SUCCESS) {
    error = width <= pitch ? check_stream("cudaMemset2DAsync", stream) : INVALID_VALUE;
  }
  if (error == SUCCESS) {
    enqueue(resolve(stream), [=] {
      for (size_t row = 0; row < height; ++row) {
        memset(static_cast<char*>(to) + row * pitch, value, width);
      }
    });
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
    error = check_stream("cudaMemsetAsync", stream);
  }
  if (error == SUCCESS) {
    enqueue(resolve(stream), [=] { memset(to, value, bytes); });
  }
  return result(error);
}

Error cudaStreamCreateWithFlags(void** stream, uint32_t) {
  Lock lock(mutex);
  use_device();
  if (standin_fails("cudaStreamCreateWithFlags")) {
    return result(LAUNCH_FAILURE);
  }
  auto* made = new Stream;
  made->device = current_device();
  streams.insert(made);
  standin_object(1);
  *stream = made;
  return SUCCESS;
}

Error cudaStreamDestroy(void* stream) {
  Lock lock(mutex);
  use_device();
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
  use_device();
  if (standin_fails("cudaStreamSynchronize")) {
    return result(LAUNCH_FAILURE);
  }
  if (!valid(stream)) {
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
  use_device();
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
  use_device();
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
  if (Error error = check_stream("cudaEventRecord", stream)) {
    return result(error);
  }
  auto* known = static_cast<Event*>(event);
  known->stream = resolve(stream);
  known->mark = known->stream->queued;
  return SUCCESS;
}

// Drains the whole stream: more than asked, never less.
Error cudaEventSynchronize(void* event) {
  Lock lock(mutex);
  use_device();
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
  use_device();
  if (standin_fails("cudaStreamWaitEvent")) {
    return result(LAUNCH_FAILURE);
  }
  if (!valid(stream)) {
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
  use_device();
  if (standin_fails("cudaPointerGetAttributes")) {
    return result(LAUNCH_FAILURE);
  }
  auto block = block_of(address);
  *attributes = block == device.end() ? Attributes{0, -1} : Attributes{2, device_of[block->first]};
  return SUCCESS;
}

int32_t cudaLaunchHostFunc(void* stream, void (*function)(void*), void* data) {
  Lock lock(mutex);
  if (standin_fails("cudaLaunchHostFunc")) {
    return result(LAUNCH_FAILURE);
  }
  if (Error error = check_stream("cudaLaunchHostFunc", stream)) {
    return result(error);
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
