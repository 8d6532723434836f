#include "byte_linear.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "gloss_onednn.h"

namespace gloss {
namespace {

using wide::block_rows;
using wide::panel_columns;

constexpr float largest = 127;
// Bytes of rows that stay in the second cache beside a panel of weights.
constexpr int64_t most_bytes = 640 * 1024;
// Blocks of rows that go through a pair of layers together.
constexpr int64_t most_blocks = 8;

}  // namespace

ByteLinear::ByteLinear(const float* weights, const float* bias, int64_t in, int64_t out)
    : in_(in), out_(out), width4_((in + 3) / 4 * 4), panels_((out + panel_columns - 1) / panel_columns),
      scales_(panels_ * panel_columns), sums_(panels_ * panel_columns), biases_(panels_ * panel_columns) {
    if (!wide::has_bytes())
        throw std::invalid_argument("linear layer: this processor cannot compute it in 8 bits");
    const int64_t panel_size = width4_ * panel_columns;
    kept_ = Pages(panels_ * panel_size);
    weights_ = static_cast<int8_t*>(kept_.data());
    std::memset(weights_, 0, panels_ * panel_size);
#pragma omp parallel for schedule(static)
    for (int64_t n = 0; n < out; n++) {
        const float* row = weights + n * in;
        float most = 0;
        for (int64_t k = 0; k < in; k++)
            most = std::max(most, std::abs(row[k]));
        const float scale = most > 0 ? most / largest : 1;
        int8_t* to = weights_ + n / panel_columns * panel_size + n % panel_columns * 4;
        int32_t sum = 0;
        for (int64_t k = 0; k < in; k++) {
            const auto value = static_cast<int8_t>(std::lrint(row[k] / scale));
            to[k / 4 * 4 * panel_columns + k % 4] = value;
            sum += value;
        }
        scales_[n] = scale;
        sums_[n] = static_cast<float>(sum);
        biases_[n] = bias ? bias[n] : 0;
    }
}

ByteLinear::Rows ByteLinear::room(int64_t blocks) const {
    return {std::vector<uint8_t>(blocks * block_rows * width4_), std::vector<float>(blocks * block_rows), std::vector<float>(blocks * block_rows)};
}

void ByteLinear::to_bytes(const wide::Norm& norm, const float* input, int64_t rows, int64_t block, Rows& to, float* temporary) const {
    const int64_t first = block * block_rows;
    wide::to_bytes(input + first * in_, std::min(block_rows, rows - first), in_, in_, width4_, norm, to.bytes.data() + first * width4_,
                   to.steps.data() + first, to.lows.data() + first, temporary);
}

void ByteLinear::multiply(const Rows& from, int64_t rows, int64_t first_block, int64_t last_block, int64_t first_panel,
                          int64_t last_panel, int32_t activation, const float* residual, float* output) const {
    for (int64_t p = first_panel; p < last_panel; p++) {
        const int64_t column = p * panel_columns;
        const wide::Columns columns{scales_.data() + column, sums_.data() + column, biases_.data() + column, out_ - column};
        for (int64_t b = first_block; b < last_block; b++) {
            const int64_t row = b * block_rows;
            wide::multiply(from.bytes.data() + row * width4_, from.steps.data() + row, from.lows.data() + row, std::min(block_rows, rows - row),
                           weights_ + p * width4_ * panel_columns, width4_, columns, activation,
                           residual ? residual + row * out_ + column : nullptr, out_, output + row * out_ + column, out_);
        }
    }
}

void ByteLinear::run(const wide::Norm& norm, const float* input, int64_t rows, int32_t activation, const float* residual,
                     float* output) const {
    const int64_t blocks = (rows + block_rows - 1) / block_rows;
    Rows bytes = room(blocks);
#pragma omp parallel
    {
        std::vector<float> temporary(width4_ + 16);
#pragma omp for schedule(static)
        for (int64_t b = 0; b < blocks; b++)
            to_bytes(norm, input, rows, b, bytes, temporary.data());
        const int64_t together = std::max<int64_t>(1, most_bytes / (block_rows * width4_)), groups = (blocks + together - 1) / together;
        const int64_t threads = omp_get_num_threads();
        const int64_t parts = threads == 1 ? 1 : std::min(panels_, std::max<int64_t>(1, 4 * threads / groups));
#pragma omp for schedule(dynamic, 1)
        for (int64_t item = 0; item < groups * parts; item++) {
            const int64_t group = item / parts, part = item % parts;
            multiply(bytes, rows, blocks * group / groups, blocks * (group + 1) / groups, panels_ * part / parts, panels_ * (part + 1) / parts,
                     activation, residual, output);
        }
    }
}

void ByteLinear::run_pair(const ByteLinear& second, const wide::Norm& norm, const float* input, int64_t rows, int32_t activation,
                          const float* residual, float* output) const {
    if (second.in_ != out_)
        throw std::invalid_argument("linear layers: the second does not take what the first gives");
    const int64_t blocks = (rows + block_rows - 1) / block_rows;
#pragma omp parallel
    {
        const int64_t threads = omp_get_num_threads(), together = std::min(most_blocks, (blocks + threads - 1) / threads);
        Rows narrow = room(together), wide = second.room(together);
        std::vector<float> between(together * block_rows * out_), temporary(std::max(width4_, second.width4_) + 16);
        const int64_t groups = (blocks + together - 1) / together;
#pragma omp for schedule(dynamic, 1)
        for (int64_t g = 0; g < groups; g++) {
            const int64_t first = g * together * block_rows, count = std::min(together * block_rows, rows - first),
                          last_block = (count + block_rows - 1) / block_rows;
            for (int64_t b = 0; b < last_block; b++)
                to_bytes(norm, input + first * in_, count, b, narrow, temporary.data());
            multiply(narrow, count, 0, last_block, 0, panels_, activation, nullptr, between.data());
            for (int64_t b = 0; b < last_block; b++)
                second.to_bytes({}, between.data(), count, b, wide, temporary.data());
            second.multiply(wide, count, 0, last_block, 0, second.panels_, GLOSS_NONE, residual ? residual + first * second.out_ : nullptr,
                            output + first * second.out_);
        }
    }
}

}  // namespace gloss
