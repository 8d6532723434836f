// One linear layer with packed weights: y = activation(norm(x) * W^T + b) + residual.
#pragma once
#include <cstdint>
#include <dnnl.hpp>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "byte_linear.h"
#include "gloss_onednn.h"
#include "pages.h"
#include "widen.h"

namespace gloss {

class Linear {
public:
    Linear(const Matrix& weights, const float* bias, int64_t in, int64_t out, int32_t storage, int32_t threads);

    void run(const gloss_norm* norm, const float* input, int64_t rows, int32_t activation, const float* residual, float* output,
             int32_t threads);

    // second(activation(this(norm(x)))) + residual, some rows at a time.
    void run_pair(Linear& second, const gloss_norm* norm, const float* input, int64_t rows, int32_t activation,
                  const float* residual, float* output, int32_t threads);

private:
    // Rows, activation, whether there is a residual: what a primitive is made for.
    using Key = std::tuple<int64_t, int32_t, bool, int32_t>; // rows, activation, whether with a residual, threads

    struct Product {
        dnnl::matmul::primitive_desc descriptor;
        dnnl::matmul primitive;
    };

    void multiply(const float* input, int64_t rows, int32_t activation, const float* residual, float* output);
    std::shared_ptr<Product> product(const Key& key);
    dnnl::matmul::primitive_desc describe(const Key& key, const dnnl::memory::desc& weights) const;

    int64_t in_, out_;
    std::unique_ptr<ByteLinear> bytes_;  // all else is empty where it is there
    dnnl::memory::data_type type_;
    bool has_bias_;
    dnnl::engine engine_;
    Pages kept_;
    dnnl::memory packed_, bias_;
    std::mutex mutex_;
    std::list<Key> used_;  // the latest first
    std::map<Key, std::shared_ptr<Product>> products_;
};

}  // namespace gloss
