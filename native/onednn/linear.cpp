#include "linear.h"

#include <cmath>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "status.h"
#include "thread_count.h"

namespace gloss {
namespace {

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;

// Weights are packed once; the rows for which that is done are typical of a picture's tokens.
constexpr int64_t typical_rows = 576;
constexpr size_t most_products = 64;

Type type_of(int32_t storage) {
    if (storage == GLOSS_F32)
        return Type::f32;
    if (storage == GLOSS_BF16)
        return Type::bf16;
    if (storage == GLOSS_S8)
        return Type::s8;
    throw std::invalid_argument("linear layer: weights are float32, bfloat16 or int8");
}

// Rows that go through a pair of layers together.
constexpr int64_t rows_together = 192;

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
__attribute__((target_clones("avx512f", "avx2,fma", "default")))
#endif
void normalise(const gloss_norm& norm, const float* input, int64_t rows, int64_t width, float* output) {
    for (int64_t r = 0; r < rows; r++) {
        const float* x = input + r * width;
        float* y = output + r * width;
        float sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t i = 0; i < width; i++)
            sum += x[i];
        const float mean = sum / static_cast<float>(width);
#pragma omp simd reduction(+ : squares)
        for (int64_t i = 0; i < width; i++)
            squares += (x[i] - mean) * (x[i] - mean);
        const float inverse = 1 / std::sqrt(squares / static_cast<float>(width) + norm.epsilon);
#pragma omp simd
        for (int64_t i = 0; i < width; i++)
            y[i] = (x[i] - mean) * inverse * norm.weight[i] + norm.bias[i];
    }
}

Pages widened(const Matrix& matrix, int64_t width, int64_t rows) {
    Pages pages(sizeof(float) * rows * width);
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < rows; r++)
        widen(matrix, r, width, static_cast<float*>(pages.data()) + r * width);
    return pages;
}

wide::Norm wide_norm(const gloss_norm* norm) {
    return norm ? wide::Norm{norm->weight, norm->bias, norm->epsilon} : wide::Norm{};
}

}  // namespace

Linear::Linear(const Matrix& stored, const float* bias, int64_t in, int64_t out, int32_t storage, int32_t threads)
    : in_(in), out_(out), type_(type_of(storage)), has_bias_(bias != nullptr), engine_(dnnl::engine::kind::cpu, 0) {
    if (in < 1 || out < 1 || threads < 1)
        throw std::invalid_argument("linear layer: sizes and threads must be 1 or more");
    check(stored);
    ThreadCount count(threads);
    const Pages wide = stored.storage == GLOSS_F32 ? Pages() : widened(stored, in, out);
    const float* weights = static_cast<const float*>(stored.storage == GLOSS_F32 ? stored.values : wide.data());
    if (storage == GLOSS_S8) {
        bytes_ = std::make_unique<ByteLinear>(weights, bias, in, out);
        return;
    }
    dnnl::stream stream(engine_);
    auto typical = describe({typical_rows, GLOSS_NONE, false, threads}, memory::desc({in, out}, type_, Tag::any));
    kept_ = Pages(typical.weights_desc().get_size());
    packed_ = memory(typical.weights_desc(), engine_, kept_.data());
    // (out, in) row by row is (in, out) column by column.
    memory plain(memory::desc({in, out}, Type::f32, Tag::ba), engine_, const_cast<float*>(weights));
    dnnl::reorder(plain, packed_).execute(stream, plain, packed_);
    if (has_bias_) {
        bias_ = memory(memory::desc({1, out}, Type::f32, Tag::ab), engine_);
        std::memcpy(bias_.get_data_handle(), bias, sizeof(float) * out);
    }
    stream.wait();
}

dnnl::matmul::primitive_desc Linear::describe(const Key& key, const memory::desc& weights) const {
    auto [rows, activation, has_residual, threads] = key;
    static_cast<void>(threads); // those of the calling thread
    dnnl::post_ops after;
    if (activation == GLOSS_GELU)
        after.append_eltwise(1, dnnl::algorithm::eltwise_gelu_erf, 0, 0);
    else if (activation == GLOSS_RELU)
        after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
    else if (activation != GLOSS_NONE)
        throw std::invalid_argument("linear layer: the activation is none, ReLU or GELU");
    memory::desc written({rows, out_}, Type::f32, Tag::ab);
    if (has_residual)
        after.append_binary(dnnl::algorithm::binary_add, written);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(after);
    // oneDNN's own working memory belongs to the thread that made a primitive; ours are run on any.
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    memory::desc read({rows, in_}, type_, Tag::ab);
    auto operation = has_bias_ ? dnnl::matmul::desc(read, weights, memory::desc({1, out_}, Type::f32, Tag::ab), written)
                               : dnnl::matmul::desc(read, weights, written);
    return dnnl::matmul::primitive_desc(operation, attributes, engine_);
}

std::shared_ptr<Linear::Product> Linear::product(const Key& key) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = products_.find(key);
    if (found != products_.end())
        return found->second;
    auto descriptor = describe(key, packed_.get_desc());
    auto made = std::make_shared<Product>(Product{descriptor, dnnl::matmul(descriptor)});
    if (products_.size() == most_products) {
        products_.erase(used_.back());
        used_.pop_back();
    }
    used_.push_front(key);
    products_.emplace(key, made);
    return made;
}

void Linear::run(const gloss_norm* norm, const float* input, int64_t rows, int32_t activation, const float* residual, float* output,
                 int32_t threads) {
    if (rows < 1 || threads < 1)
        throw std::invalid_argument("linear layer: rows and threads must be 1 or more");
    ThreadCount count(threads);
    if (bytes_) {
        if (activation != GLOSS_NONE && activation != GLOSS_GELU && activation != GLOSS_RELU)
            throw std::invalid_argument("linear layer: the activation is none, ReLU or GELU");
        return bytes_->run(wide_norm(norm), input, rows, activation, residual, output);
    }
    if (!norm)
        return multiply(input, rows, activation, residual, output);
    std::vector<float> normed(rows * in_);
    constexpr int64_t part = 48;
#pragma omp parallel for schedule(static)
    for (int64_t first = 0; first < rows; first += part)
        normalise(*norm, input + first * in_, std::min(part, rows - first), in_, normed.data() + first * in_);
    multiply(normed.data(), rows, activation, residual, output);
}

void Linear::run_pair(Linear& second, const gloss_norm* norm, const float* input, int64_t rows, int32_t activation,
                      const float* residual, float* output, int32_t threads) {
    if (rows < 1 || threads < 1)
        throw std::invalid_argument("linear layers: rows and threads must be 1 or more");
    if (second.in_ != out_ || !bytes_ != !second.bytes_)
        throw std::invalid_argument("linear layers: the second does not take what the first gives, or computes in other numbers");
    ThreadCount count(threads);
    if (bytes_)
        return bytes_->run_pair(*second.bytes_, wide_norm(norm), input, rows, activation, residual, output);
    std::string fault;
#pragma omp parallel
    {
        ThreadCount alone(1);
        const int64_t share = (rows + omp_get_num_threads() - 1) / omp_get_num_threads();
        const int64_t together = std::min(rows_together, share), groups = (rows + together - 1) / together;
        std::vector<float> normed(norm ? together * in_ : 0), between(together * out_);
#pragma omp for schedule(dynamic, 1)
        for (int64_t g = 0; g < groups; g++) {
            try {
                const int64_t first = g * together, part = std::min(together, rows - first);
                const float* x = input + first * in_;
                if (norm) {
                    normalise(*norm, x, part, in_, normed.data());
                    x = normed.data();
                }
                multiply(x, part, activation, nullptr, between.data());
                second.multiply(between.data(), part, GLOSS_NONE, residual ? residual + first * second.out_ : nullptr,
                                output + first * second.out_);
            } catch (const std::exception& error) {
#pragma omp critical
                fault = error.what();
            }
        }
    }
    if (!fault.empty())
        throw std::runtime_error("linear layers: " + fault);
}

void Linear::multiply(const float* input, int64_t rows, int32_t activation, const float* residual, float* output) {
    // A product shares its work out over the threads that it was made for, and does a part of it with fewer.
    auto made = product({rows, activation, residual != nullptr, omp_get_max_threads()});
    dnnl::stream stream(engine_);
    memory given(memory::desc({rows, in_}, Type::f32, Tag::ab), engine_, const_cast<float*>(input));
    memory read = given;
    if (type_ != Type::f32) {
        read = memory(made->descriptor.src_desc(), engine_);
        dnnl::reorder(given, read).execute(stream, given, read);
    }
    std::unordered_map<int, memory> arguments{
        {DNNL_ARG_SRC, read}, {DNNL_ARG_WEIGHTS, packed_}, {DNNL_ARG_DST, memory(made->descriptor.dst_desc(), engine_, output)}};
    memory working(made->descriptor.scratchpad_desc(), engine_);
    arguments.emplace(DNNL_ARG_SCRATCHPAD, working);
    if (has_bias_)
        arguments.emplace(DNNL_ARG_BIAS, bias_);
    if (residual) {
        arguments.emplace(DNNL_ARG_ATTR_MULTIPLE_POST_OP(activation == GLOSS_NONE ? 0 : 1) | DNNL_ARG_SRC_1,
                          memory(made->descriptor.dst_desc(), engine_, const_cast<float*>(residual)));
    }
    made->primitive.execute(stream, arguments);
    stream.wait();
}

}  // namespace gloss

namespace {

gloss::Linear& layer_of(gloss_linear* layer) {
    if (!layer)
        throw std::invalid_argument("a linear layer that was already disposed");
    return *reinterpret_cast<gloss::Linear*>(layer);
}

}  // namespace

int32_t gloss_linear_create(const void* weights, const float* scales, int32_t weights_storage, const float* bias,
                            int64_t in, int64_t out, int32_t storage, int32_t threads, gloss_linear** result) {
    return gloss::guarded([&] {
        *result = reinterpret_cast<gloss_linear*>(
            new gloss::Linear({weights, scales, weights_storage}, bias, in, out, storage, threads));
    });
}

int32_t gloss_linear_free(gloss_linear* layer) {
    return gloss::guarded([&] { delete reinterpret_cast<gloss::Linear*>(layer); });
}

int32_t gloss_linear_run(gloss_linear* layer, const gloss_norm* norm, const float* input, int64_t rows, int32_t activation,
                         const float* residual, float* output, int32_t threads) {
    return gloss::guarded([&] { layer_of(layer).run(norm, input, rows, activation, residual, output, threads); });
}

int32_t gloss_linear_run_pair(gloss_linear* first, gloss_linear* second, const gloss_norm* norm, const float* input, int64_t rows,
                              int32_t activation, const float* residual, float* output, int32_t threads) {
    return gloss::guarded(
        [&] { layer_of(first).run_pair(layer_of(second), norm, input, rows, activation, residual, output, threads); });
}
