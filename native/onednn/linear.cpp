#include "linear.h"

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
    throw std::invalid_argument("linear layer: weights are float32 or bfloat16");
}

}  // namespace

Linear::Linear(const float* weights, const float* bias, int64_t in, int64_t out, int32_t storage, int32_t threads)
    : in_(in), out_(out), type_(type_of(storage)), has_bias_(bias != nullptr), engine_(dnnl::engine::kind::cpu, 0) {
    if (in < 1 || out < 1 || threads < 1)
        throw std::invalid_argument("linear layer: sizes and threads must be 1 or more");
    ThreadCount count(threads);
    dnnl::stream stream(engine_);
    auto typical = describe({typical_rows, GLOSS_NONE, false}, memory::desc({in, out}, type_, Tag::any));
    packed_ = memory(typical.weights_desc(), engine_);
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
    auto [rows, activation, has_residual] = key;
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

void Linear::run(const float* input, int64_t rows, int32_t activation, const float* residual, float* output,
                 int32_t threads) {
    if (rows < 1 || threads < 1)
        throw std::invalid_argument("linear layer: rows and threads must be 1 or more");
    ThreadCount count(threads);
    auto made = product({rows, activation, residual != nullptr});
    dnnl::stream stream(engine_);
    memory given(memory::desc({rows, in_}, Type::f32, Tag::ab), engine_, const_cast<float*>(input));
    memory read = given;
    if (type_ != Type::f32) {
        read = memory(made->descriptor.src_desc(), engine_);
        dnnl::reorder(given, read).execute(stream, given, read);
    }
    std::unordered_map<int, memory> arguments{
        {DNNL_ARG_SRC, read}, {DNNL_ARG_WEIGHTS, packed_}, {DNNL_ARG_DST, memory(made->descriptor.dst_desc(), engine_, output)}};
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

int32_t gloss_linear_create(const float* weights, const float* bias, int64_t in, int64_t out, int32_t storage,
                            int32_t threads, gloss_linear** result) {
    return gloss::guarded([&] {
        *result = reinterpret_cast<gloss_linear*>(new gloss::Linear(weights, bias, in, out, storage, threads));
    });
}

int32_t gloss_linear_free(gloss_linear* layer) {
    return gloss::guarded([&] { delete reinterpret_cast<gloss::Linear*>(layer); });
}

int32_t gloss_linear_run(gloss_linear* layer, const float* input, int64_t rows, int32_t activation,
                         const float* residual, float* output, int32_t threads) {
    return gloss::guarded([&] { layer_of(layer).run(input, rows, activation, residual, output, threads); });
}
