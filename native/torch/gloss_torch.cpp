#include "gloss_torch.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/torch.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

constexpr int32_t interface_version = 1;

thread_local std::string last_error;

// Runs the body of an export; whatever it throws becomes this thread's message.
template <typename Body>
int32_t guarded(Body&& body) noexcept {
    try {
        body();
        return 0;
    } catch (const c10::Error& error) {
        last_error = error.what_without_backtrace();
    } catch (const std::exception& error) {
        last_error = error.what();
    } catch (...) {
        last_error = "an exception of unknown type";
    }
    return 1;
}

void copy_text(const std::string& text, char* buffer, int32_t capacity, int32_t* length) {
    *length = static_cast<int32_t>(text.size());
    if (capacity > 0)
        std::memcpy(buffer, text.data(), std::min<size_t>(text.size(), static_cast<size_t>(capacity)));
}

gloss_value* own(c10::IValue value) {
    return reinterpret_cast<gloss_value*>(new c10::IValue(std::move(value)));
}

const c10::IValue& value_of(const void* handle) {
    TORCH_CHECK(handle != nullptr, "a value that was already disposed");
    return *static_cast<const c10::IValue*>(handle);
}

const at::Tensor& tensor_of(const void* handle) {
    const auto& value = value_of(handle);
    TORCH_CHECK(value.isTensor(), "expected a tensor, got ", value.tagKind());
    return value.toTensor();
}

c10::OperatorHandle operator_of(const gloss_operator* op) {
    return *reinterpret_cast<const c10::OperatorHandle*>(op);
}

c10::IValue value_list(const gloss_argument& argument, const c10::TypePtr& type) {
    const auto* handles = static_cast<const c10::IValue* const*>(argument.pointer);
    auto list_type = type->kind() == c10::TypeKind::OptionalType
                         ? type->castRaw<c10::OptionalType>()->getElementType()
                         : type;
    const bool optional_elements =
        list_type->kind() == c10::TypeKind::ListType &&
        list_type->castRaw<c10::ListType>()->getElementType()->kind() == c10::TypeKind::OptionalType;
    if (optional_elements) {
        c10::List<c10::optional<at::Tensor>> list;
        list.reserve(argument.count);
        for (int32_t i = 0; i < argument.count; ++i)
            list.push_back(handles[i] ? c10::optional<at::Tensor>(handles[i]->toTensor()) : c10::nullopt);
        return list;
    }
    c10::List<at::Tensor> list;
    list.reserve(argument.count);
    for (int32_t i = 0; i < argument.count; ++i)
        list.push_back(tensor_of(handles[i]));
    return list;
}

bool wants_double(const c10::TypePtr& type) {
    if (type->kind() == c10::TypeKind::OptionalType)
        return wants_double(type->castRaw<c10::OptionalType>()->getElementType());
    return type->kind() == c10::TypeKind::FloatType;
}

c10::IValue to_value(const gloss_argument& argument, const c10::Argument& formal) {
    switch (argument.kind) {
        case GLOSS_NONE:
            return {};
        case GLOSS_DEFAULT:
            TORCH_CHECK(formal.default_value().has_value(), "argument '", formal.name(), "' has no default");
            return *formal.default_value();
        case GLOSS_VALUE:
            return value_of(argument.pointer);
        case GLOSS_INT:
            return wants_double(formal.type()) ? c10::IValue(static_cast<double>(argument.integer))
                                               : c10::IValue(argument.integer);
        case GLOSS_DOUBLE:
            return argument.number;
        case GLOSS_BOOL:
            return argument.integer != 0;
        case GLOSS_STRING:
            return std::string(static_cast<const char*>(argument.pointer), argument.count);
        case GLOSS_INT_LIST: {
            const auto* items = static_cast<const int64_t*>(argument.pointer);
            return std::vector<int64_t>(items, items + argument.count);
        }
        case GLOSS_DOUBLE_LIST: {
            const auto* items = static_cast<const double*>(argument.pointer);
            return std::vector<double>(items, items + argument.count);
        }
        case GLOSS_BOOL_LIST: {
            const auto* items = static_cast<const int64_t*>(argument.pointer);
            c10::List<bool> list;
            for (int32_t i = 0; i < argument.count; ++i)
                list.push_back(items[i] != 0);
            return list;
        }
        case GLOSS_VALUE_LIST:
            return value_list(argument, formal.type());
        case GLOSS_DEVICE:
            return c10::Device(static_cast<c10::DeviceType>(argument.integer),
                               static_cast<c10::DeviceIndex>(argument.count));
        default:
            TORCH_CHECK(false, "argument '", formal.name(), "' has the unknown kind ", argument.kind);
    }
}

// Hands results out; a list of tensors is laid out one after another. What was handed out is taken back on failure.
class Results {
public:
    Results(gloss_argument* items, int32_t capacity) : items_(items), capacity_(capacity) {}
    ~Results() {
        for (int32_t i = 0; i < count_; ++i)
            if (items_[i].kind == GLOSS_VALUE)
                gloss_value_free(static_cast<gloss_value*>(const_cast<void*>(items_[i].pointer)));
    }

    void add(c10::IValue value) {
        if (value.isTensorList()) {
            for (const at::Tensor& tensor : value.toTensorVector())
                add(tensor);
            return;
        }
        TORCH_CHECK(count_ < capacity_, "more than ", capacity_, " results");
        gloss_argument& item = items_[count_];
        item = {};
        if (value.isInt()) {
            item.kind = GLOSS_INT;
            item.integer = value.toInt();
        } else if (value.isDouble()) {
            item.kind = GLOSS_DOUBLE;
            item.number = value.toDouble();
        } else if (value.isBool()) {
            item.kind = GLOSS_BOOL;
            item.integer = value.toBool();
        } else if (value.isNone() || (value.isTensor() && !value.toTensor().defined())) {
            item.kind = GLOSS_NONE;
        } else {
            item.pointer = own(std::move(value));
            item.kind = GLOSS_VALUE;
        }
        ++count_;
    }

    int32_t hand_out() {
        const int32_t count = count_;
        count_ = 0;
        return count;
    }

private:
    gloss_argument* items_;
    int32_t capacity_;
    int32_t count_ = 0;
};

// Matrix products and convolutions on one kind of device compute in bfloat16 while it lives.
class BFloat16Guard {
public:
    explicit BFloat16Guard(bool is_cuda) : is_cuda_(is_cuda), before_(get()) {
        at::autocast::increment_nesting();
        set({true, at::kBFloat16});
    }
    ~BFloat16Guard() {
        set(before_);
        if (at::autocast::decrement_nesting() == 0)
            at::autocast::clear_cache();
    }

private:
    struct State {
        bool is_enabled;
        at::ScalarType type;
    };

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    at::DeviceType device() const { return is_cuda_ ? at::kCUDA : at::kCPU; }
    State get() const { return {at::autocast::is_autocast_enabled(device()), at::autocast::get_autocast_dtype(device())}; }
    void set(State state) const {
        at::autocast::set_autocast_dtype(device(), state.type);
        at::autocast::set_autocast_enabled(device(), state.is_enabled);
    }
#else
    State get() const {
        return is_cuda_ ? State{at::autocast::is_enabled(), at::autocast::get_autocast_gpu_dtype()}
                        : State{at::autocast::is_cpu_enabled(), at::autocast::get_autocast_cpu_dtype()};
    }
    void set(State state) const {
        if (is_cuda_) {
            at::autocast::set_autocast_gpu_dtype(state.type);
            at::autocast::set_enabled(state.is_enabled);
        } else {
            at::autocast::set_autocast_cpu_dtype(state.type);
            at::autocast::set_cpu_enabled(state.is_enabled);
        }
    }
#endif

    bool is_cuda_;
    State before_;
};

// Matrix products compute in the type of their inputs while it lives, inside a BFloat16Guard too.
class FullGuard {
public:
    FullGuard() : cpu_(is_enabled(false)), cuda_(is_enabled(true)) {
        set(false, false);
        set(true, false);
    }
    ~FullGuard() {
        set(false, cpu_);
        set(true, cuda_);
    }

private:
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    static bool is_enabled(bool is_cuda) { return at::autocast::is_autocast_enabled(is_cuda ? at::kCUDA : at::kCPU); }
    static void set(bool is_cuda, bool is_enabled) {
        at::autocast::set_autocast_enabled(is_cuda ? at::kCUDA : at::kCPU, is_enabled);
    }
#else
    static bool is_enabled(bool is_cuda) {
        return is_cuda ? at::autocast::is_enabled() : at::autocast::is_cpu_enabled();
    }
    static void set(bool is_cuda, bool is_enabled) {
        if (is_cuda)
            at::autocast::set_enabled(is_enabled);
        else
            at::autocast::set_cpu_enabled(is_enabled);
    }
#endif

    bool cpu_;
    bool cuda_;
};

at::TensorOptions options_of(int32_t dtype) {
    TORCH_CHECK(dtype >= 0 && dtype < static_cast<int32_t>(c10::ScalarType::NumOptions), "unknown dtype ", dtype);
    return at::TensorOptions().dtype(static_cast<c10::ScalarType>(dtype));
}

}  // namespace

int32_t gloss_torch_interface_version() { return interface_version; }

int32_t gloss_torch_error(char* buffer, int32_t capacity) {
    int32_t length = 0;
    copy_text(last_error, buffer, capacity, &length);
    return length;
}

int32_t gloss_torch_initialize() {
    return guarded([] { c10::Dispatcher::singleton(); });
}

int32_t gloss_torch_describe(char* buffer, int32_t capacity, int32_t* length) {
    return guarded([&] {
        copy_text(std::string("libtorch ") + TORCH_VERSION + "\n" + at::show_config() + at::get_parallel_info(), buffer,
                  capacity, length);
    });
}

int32_t gloss_operator_find(const char* name, const char* overload, gloss_operator** result) {
    return guarded([&] {
        const auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
        TORCH_CHECK(handle.has_value(), "this libtorch (", TORCH_VERSION, ") has no operator ", name,
                    *overload ? "." : "", overload);
        *result = reinterpret_cast<gloss_operator*>(new c10::OperatorHandle(*handle));
    });
}

int32_t gloss_operator_schema(const gloss_operator* op, char* buffer, int32_t capacity, int32_t* length) {
    return guarded([&] {
        std::ostringstream text;
        text << operator_of(op).schema();
        copy_text(text.str(), buffer, capacity, length);
    });
}

int32_t gloss_operator_call(const gloss_operator* op, const gloss_argument* arguments, int32_t count,
                            gloss_argument* results, int32_t capacity, int32_t* result_count) {
    return guarded([&] {
        const auto handle = operator_of(op);
        const auto& formals = handle.schema().arguments();
        TORCH_CHECK(count <= static_cast<int32_t>(formals.size()), "expected at most ", formals.size(),
                    " arguments, got ", count, ": ", handle.schema());
        torch::jit::Stack stack;
        stack.reserve(formals.size());
        for (int32_t i = 0; i < static_cast<int32_t>(formals.size()); ++i) {
            static constexpr gloss_argument by_default{GLOSS_DEFAULT, 0, 0, 0.0, nullptr};
            stack.push_back(to_value(i < count ? arguments[i] : by_default, formals[i]));
        }
        handle.callBoxed(stack);
        Results out(results, capacity);
        for (auto& value : stack)
            out.add(std::move(value));
        *result_count = out.hand_out();
    });
}

void gloss_value_free(gloss_value* value) {
    guarded([&] { delete reinterpret_cast<c10::IValue*>(value); });
}

int32_t gloss_tensor_from_memory(const void* data, const int64_t* sizes, int32_t dimension_count, int32_t dtype,
                                 gloss_value** result) {
    return guarded([&] {
        at::Tensor tensor = at::empty(at::IntArrayRef(sizes, dimension_count), options_of(dtype));
        if (data != nullptr && tensor.numel() > 0)
            std::memcpy(tensor.data_ptr(), data, tensor.nbytes());
        *result = own(std::move(tensor));
    });
}

int32_t gloss_tensor_wrap_memory(void* data, const int64_t* sizes, int32_t dimension_count, int32_t dtype,
                                 gloss_release release, void* context, gloss_value** result) {
    return guarded([&] {
        *result = own(at::from_blob(data, at::IntArrayRef(sizes, dimension_count),
                                    [release, context](void*) { release(context); }, options_of(dtype)));
    });
}

int32_t gloss_tensor_describe(const gloss_value* handle, gloss_tensor_info* info, int64_t* sizes, int64_t* strides,
                              int32_t capacity) {
    return guarded([&] {
        const at::Tensor& tensor = tensor_of(handle);
        info->element_count = tensor.numel();
        info->dimension_count = tensor.dim();
        info->dtype = static_cast<int32_t>(tensor.scalar_type());
        info->device_type = static_cast<int32_t>(tensor.device().type());
        info->device_index = tensor.device().index();
        info->element_size = static_cast<int32_t>(tensor.element_size());
        info->requires_grad = tensor.requires_grad();
        const bool strided = tensor.layout() == at::kStrided;
        info->is_contiguous = strided && tensor.is_contiguous();
        TORCH_CHECK(tensor.dim() <= capacity, "a tensor of ", tensor.dim(), " dimensions; at most ", capacity);
        for (int64_t i = 0; i < tensor.dim(); ++i) {
            sizes[i] = tensor.size(i);
            strides[i] = strided ? tensor.stride(i) : 0;
        }
    });
}

int32_t gloss_tensor_data(const gloss_value* handle, void** data) {
    return guarded([&] {
        const at::Tensor& tensor = tensor_of(handle);
        TORCH_CHECK(tensor.device().is_cpu() && tensor.layout() == at::kStrided && tensor.is_contiguous(),
                    "memory is read from contiguous tensors on the CPU only");
        *data = tensor.data_ptr();
    });
}

int32_t gloss_tensor_gradient(const gloss_value* handle, gloss_value** result) {
    return guarded([&] {
        const at::Tensor& gradient = tensor_of(handle).grad();
        *result = gradient.defined() ? own(gradient) : nullptr;
    });
}

int32_t gloss_tensor_set_gradient(const gloss_value* handle, const gloss_value* gradient) {
    return guarded([&] {
        at::Tensor tensor = tensor_of(handle);
        tensor.mutable_grad() = gradient ? tensor_of(gradient) : at::Tensor();
    });
}

int32_t gloss_backward(const gloss_value* const* roots, const gloss_value* const* gradients, int32_t count,
                       int32_t retain_graph) {
    return guarded([&] {
        torch::autograd::variable_list tensors, grads;
        for (int32_t i = 0; i < count; ++i) {
            tensors.push_back(tensor_of(roots[i]));
            grads.push_back(gradients && gradients[i] ? tensor_of(gradients[i]) : at::Tensor());
        }
        torch::autograd::backward(tensors, grads, retain_graph != 0);
    });
}

int32_t gloss_guard_enter(int32_t kind, void** guard) {
    return guarded([&] {
        switch (kind) {
            case GLOSS_NO_GRADIENT: *guard = new at::NoGradGuard(); break;
            case GLOSS_INFERENCE: *guard = new c10::InferenceMode(); break;
            case GLOSS_BFLOAT16: *guard = new BFloat16Guard(false); break;
            case GLOSS_BFLOAT16_CUDA: *guard = new BFloat16Guard(true); break;
            case GLOSS_FULL: *guard = new FullGuard(); break;
            default: TORCH_CHECK(false, "unknown guard ", kind);
        }
    });
}

int32_t gloss_guard_exit(int32_t kind, void* guard) {
    return guarded([&] {
        switch (kind) {
            case GLOSS_NO_GRADIENT: delete static_cast<at::NoGradGuard*>(guard); break;
            case GLOSS_INFERENCE: delete static_cast<c10::InferenceMode*>(guard); break;
            case GLOSS_BFLOAT16:
            case GLOSS_BFLOAT16_CUDA: delete static_cast<BFloat16Guard*>(guard); break;
            case GLOSS_FULL: delete static_cast<FullGuard*>(guard); break;
            default: TORCH_CHECK(false, "unknown guard ", kind);
        }
    });
}

int32_t gloss_set_threads(int32_t count) {
    return guarded([&] { at::set_num_threads(count); });
}

int32_t gloss_get_threads(int32_t* count) {
    return guarded([&] { *count = at::get_num_threads(); });
}

int32_t gloss_set_seed(uint64_t seed) {
    return guarded([&] { torch::manual_seed(seed); });
}

int32_t gloss_get_random_state(gloss_value** state) {
    return guarded([&] {
        auto generator = at::globalContext().defaultGenerator(at::kCPU);
        std::lock_guard<std::mutex> lock(generator.mutex());
        *state = own(generator.get_state());
    });
}

int32_t gloss_set_random_state(const gloss_value* state) {
    return guarded([&] {
        auto generator = at::globalContext().defaultGenerator(at::kCPU);
        std::lock_guard<std::mutex> lock(generator.mutex());
        generator.set_state(tensor_of(state));
    });
}

int32_t gloss_cuda_device_count(int32_t* count) {
    return guarded([&] { *count = torch::cuda::is_available() ? static_cast<int32_t>(torch::cuda::device_count()) : 0; });
}
