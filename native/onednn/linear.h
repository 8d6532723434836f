// One linear layer with packed weights: y = activation(x * W^T + b) + residual.
#pragma once
#include <cstdint>
#include <dnnl.hpp>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "gloss_onednn.h"

namespace gloss {

class Linear {
public:
    Linear(const float* weights, const float* bias, int64_t in, int64_t out, int32_t storage, int32_t threads);

    void run(const float* input, int64_t rows, int32_t activation, const float* residual, float* output, int32_t threads);

    size_t bytes() const { return packed_.get_desc().get_size(); }

private:
    // Rows, activation, whether there is a residual: what a primitive is made for.
    using Key = std::tuple<int64_t, int32_t, bool>;

    struct Product {
        dnnl::matmul::primitive_desc descriptor;
        dnnl::matmul primitive;
    };

    std::shared_ptr<Product> product(const Key& key);
    dnnl::matmul::primitive_desc describe(const Key& key, const dnnl::memory::desc& weights) const;

    int64_t in_, out_;
    dnnl::memory::data_type type_;
    bool has_bias_;
    dnnl::engine engine_;
    dnnl::memory packed_, bias_;
    std::mutex mutex_;
    std::list<Key> used_;  // the latest first
    std::map<Key, std::shared_ptr<Product>> products_;
};

}  // namespace gloss
