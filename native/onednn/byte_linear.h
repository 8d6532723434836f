// A linear layer whose products are of bytes: weights with a scale for each output, inputs with a range for each row.
#pragma once
#include <cstdint>
#include <vector>

#include "pages.h"
#include "wide_kernels.h"

namespace gloss {

class ByteLinear {
public:
    ByteLinear(const float* weights, const float* bias, int64_t in, int64_t out);

    void run(const wide::Norm& norm, const float* input, int64_t rows, int32_t activation, const float* residual, float* output) const;

    // second(activation(this(norm(x)))) + residual.
    void run_pair(const ByteLinear& second, const wide::Norm& norm, const float* input, int64_t rows, int32_t activation,
                  const float* residual, float* output) const;

private:
    // Blocks of rows as bytes.
    struct Rows {
        std::vector<uint8_t> bytes;
        std::vector<float> steps, lows;
    };

    Rows room(int64_t blocks) const;
    void to_bytes(const wide::Norm& norm, const float* input, int64_t rows, int64_t block, Rows& to, float* temporary) const;
    void multiply(const Rows& from, int64_t rows, int64_t first_block, int64_t last_block, int64_t first_panel, int64_t last_panel,
                  int32_t activation, const float* residual, float* output) const;

    int64_t in_, out_, width4_, panels_;
    Pages kept_;
    int8_t* weights_;  // panel by panel; within it four inputs of 32 outputs, then the next four
    std::vector<float> scales_, sums_, biases_;
};

}  // namespace gloss
