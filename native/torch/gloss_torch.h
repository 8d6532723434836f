// The door to libtorch: a C interface, mirrored by src/Gloss.Torch/Native/NativeMethods.cs.
//
// Every function returns 0 when it succeeded and 1 when it failed; gloss_torch_error then copies this thread's
// message. A gloss_value is one c10::IValue on the heap: a tensor, or a packed weight of the quantised operators.
// The caller owns every gloss_value that it is handed and gives it back with gloss_value_free. Arguments are borrowed.
#pragma once
#include <cstdint>

#if defined(_WIN32)
#define GLOSS_EXPORT extern "C" __declspec(dllexport)
#else
#define GLOSS_EXPORT extern "C" __attribute__((visibility("default")))
#endif

struct gloss_value;
struct gloss_operator;

// What an argument or a result holds. The numbers are part of the interface.
enum gloss_kind : int32_t {
    GLOSS_NONE = 0,
    GLOSS_DEFAULT = 1,  // the value that the operator's schema names
    GLOSS_VALUE = 2,    // pointer: gloss_value
    GLOSS_INT = 3,
    GLOSS_DOUBLE = 4,
    GLOSS_BOOL = 5,
    GLOSS_STRING = 6,        // pointer: UTF-8, count bytes
    GLOSS_INT_LIST = 7,      // pointer: int64_t[count]
    GLOSS_DOUBLE_LIST = 8,   // pointer: double[count]
    GLOSS_BOOL_LIST = 9,     // pointer: int64_t[count], zero or one
    GLOSS_VALUE_LIST = 10,   // pointer: gloss_value*[count]; null entries are absent tensors
    GLOSS_DEVICE = 11        // integer: device type, count: device index
};

struct gloss_argument {
    int32_t kind;
    int32_t count;
    int64_t integer;
    double number;
    const void* pointer;
};
static_assert(sizeof(gloss_argument) == 32, "mirrored by NativeArgument");

struct gloss_tensor_info {
    int64_t element_count;
    int64_t dimension_count;
    int32_t dtype;
    int32_t device_type;
    int32_t device_index;
    int32_t element_size;
    int32_t requires_grad;
    int32_t is_contiguous;
};
static_assert(sizeof(gloss_tensor_info) == 40, "mirrored by TensorInfo");

using gloss_release = void (*)(void* context);

GLOSS_EXPORT int32_t gloss_torch_interface_version();
GLOSS_EXPORT int32_t gloss_torch_error(char* buffer, int32_t capacity);
GLOSS_EXPORT int32_t gloss_torch_initialize();
GLOSS_EXPORT int32_t gloss_torch_describe(char* buffer, int32_t capacity, int32_t* length);

GLOSS_EXPORT int32_t gloss_operator_find(const char* name, const char* overload, gloss_operator** result);
GLOSS_EXPORT int32_t gloss_operator_schema(const gloss_operator* op, char* buffer, int32_t capacity, int32_t* length);
GLOSS_EXPORT int32_t gloss_operator_call(const gloss_operator* op, const gloss_argument* arguments, int32_t count,
                                         gloss_argument* results, int32_t capacity, int32_t* result_count);

GLOSS_EXPORT void gloss_value_free(gloss_value* value);
GLOSS_EXPORT int32_t gloss_tensor_from_memory(const void* data, const int64_t* sizes, int32_t dimension_count,
                                              int32_t dtype, gloss_value** result);
GLOSS_EXPORT int32_t gloss_tensor_wrap_memory(void* data, const int64_t* sizes, int32_t dimension_count, int32_t dtype,
                                              gloss_release release, void* context, gloss_value** result);
GLOSS_EXPORT int32_t gloss_tensor_describe(const gloss_value* tensor, gloss_tensor_info* info, int64_t* sizes,
                                           int64_t* strides, int32_t capacity);
GLOSS_EXPORT int32_t gloss_tensor_data(const gloss_value* tensor, void** data);

GLOSS_EXPORT int32_t gloss_tensor_gradient(const gloss_value* tensor, gloss_value** result);
GLOSS_EXPORT int32_t gloss_tensor_set_gradient(const gloss_value* tensor, const gloss_value* gradient);
GLOSS_EXPORT int32_t gloss_backward(const gloss_value* const* roots, const gloss_value* const* gradients, int32_t count,
                                    int32_t retain_graph);
// Guards nest and end in reverse order on their own thread.
enum gloss_guard_kind : int32_t {
    GLOSS_NO_GRADIENT = 0,  // no gradients are recorded
    GLOSS_INFERENCE = 1,    // inference mode
    GLOSS_BFLOAT16 = 2,     // matrix products on the CPU compute in bfloat16
    GLOSS_BFLOAT16_CUDA = 3, // the same on GPUs
    GLOSS_FULL = 4          // they compute in the type of their inputs again
};
GLOSS_EXPORT int32_t gloss_guard_enter(int32_t kind, void** guard);
GLOSS_EXPORT int32_t gloss_guard_exit(int32_t kind, void* guard);

GLOSS_EXPORT int32_t gloss_set_threads(int32_t count);
GLOSS_EXPORT int32_t gloss_get_threads(int32_t* count);
GLOSS_EXPORT int32_t gloss_set_seed(uint64_t seed);
GLOSS_EXPORT int32_t gloss_get_random_state(gloss_value** state);
GLOSS_EXPORT int32_t gloss_set_random_state(const gloss_value* state);
GLOSS_EXPORT int32_t gloss_cuda_device_count(int32_t* count);
