// Attention inside windows or over tokens, read where the projection wrote it and written as the next one reads it:
// softmax(q * k^T * scale + bias) * v for each row of the batch and each head, scores in a buffer that stays in the cache.
#include <omp.h>

#include <cmath>
#include <dnnl.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "gloss_onednn.h"
#include "status.h"
#include "thread_count.h"

namespace gloss {
namespace {

using dnnl::memory;
using Type = memory::data_type;

// Heads, queries, keys, width of a head; strides of a row of queries, keys and values, and of the output.
using Key = std::tuple<int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, float>;

struct Products {
    dnnl::matmul::primitive_desc scores_descriptor, mixed_descriptor;
    dnnl::matmul scores, mixed;
};

const dnnl::engine& processor() {
    static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

// Made for one thread: each thread takes rows of the batch of its own.
const Products& products_for(const Key& key) {
    static thread_local std::map<Key, std::unique_ptr<Products>> made;
    auto& slot = made[key];
    if (!slot) {
        auto [heads, queries, keys, width, query_stride, key_stride, output_stride, scale] = key;
        memory::desc q({heads, queries, width}, Type::f32, {width, query_stride, 1});
        memory::desc k({heads, width, keys}, Type::f32, {width, 1, key_stride});
        memory::desc s({heads, queries, keys}, Type::f32, {queries * keys, keys, 1});
        memory::desc v({heads, keys, width}, Type::f32, {width, key_stride, 1});
        memory::desc o({heads, queries, width}, Type::f32, {width, output_stride, 1});
        dnnl::primitive_attr scaled;
        scaled.set_output_scales(0, {scale});
        dnnl::matmul::primitive_desc scores(dnnl::matmul::desc(q, k, s), scaled, processor());
        dnnl::matmul::primitive_desc mixed(dnnl::matmul::desc(s, v, o), processor());
        slot.reset(new Products{scores, mixed, dnnl::matmul(scores), dnnl::matmul(mixed)});
    }
    return *slot;
}

// e^x by a polynomial on [-ln2/2, ln2/2]; the error is below 2e-7 of the value.
inline float exponential(float x) {
    x = x < -87.0f ? -87.0f : x;
    float n = std::nearbyint(x * 1.44269504f);
    float r = x - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    union {
        int32_t bits;
        float value;
    } power;
    power.bits = (static_cast<int32_t>(n) + 127) << 23;
    return p * power.value;
}

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
void softmax(float* row, const float* bias, int64_t count) {
    float largest = -INFINITY;
    if (bias) {
#pragma omp simd reduction(max : largest)
        for (int64_t i = 0; i < count; i++) {
            row[i] += bias[i];
            largest = row[i] > largest ? row[i] : largest;
        }
    } else {
#pragma omp simd reduction(max : largest)
        for (int64_t i = 0; i < count; i++)
            largest = row[i] > largest ? row[i] : largest;
    }
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; i++) {
        row[i] = exponential(row[i] - largest);
        sum += row[i];
    }
    float inverse = 1 / sum;
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        row[i] *= inverse;
}

void attend(const gloss_attention& a, int32_t threads) {
    if (a.batch < 1 || a.heads < 1 || a.queries < 1 || a.keys < 1 || a.width < 1 || threads < 1 || a.bias_batch < 0)
        throw std::invalid_argument("attention: sizes and threads must be 1 or more");
    // Queries of a long list go in parts, so that their scores stay in the cache.
    const int64_t part = std::min<int64_t>(a.queries, 144);
    const int64_t parts = (a.queries + part - 1) / part;
    std::string fault;
    ThreadCount count(threads);
#pragma omp parallel
    {
        try {
            dnnl::stream stream(processor());
            std::vector<float> scores(a.heads * part * a.keys);
#pragma omp for schedule(dynamic, 1)
            for (int64_t item = 0; item < a.batch * parts; item++) {
                int64_t row = item / parts, first = item % parts * part;
                int64_t queries = std::min(part, a.queries - first);
                const auto& made = products_for(
                    Key{a.heads, queries, a.keys, a.width, a.query_stride, a.key_stride, a.output_stride, a.scale});
                auto* q = const_cast<float*>(a.query + row * a.query_batch + first * a.query_stride);
                auto* k = const_cast<float*>(a.key + row * a.key_batch);
                auto* v = const_cast<float*>(a.value + row * a.key_batch);
                auto* o = a.output + (row * a.queries + first) * a.output_stride;
                memory score(made.scores_descriptor.dst_desc(), processor(), scores.data());
                made.scores.execute(stream, {{DNNL_ARG_SRC, memory(made.scores_descriptor.src_desc(), processor(), q)},
                                             {DNNL_ARG_WEIGHTS, memory(made.scores_descriptor.weights_desc(), processor(), k)},
                                             {DNNL_ARG_DST, score}});
                for (int64_t h = 0; h < a.heads; h++) {
                    for (int64_t i = 0; i < queries; i++) {
                        const float* bias = a.bias ? a.bias + ((row % a.bias_batch * a.heads + h) * a.queries + first + i) * a.keys
                                                   : nullptr;
                        softmax(scores.data() + (h * queries + i) * a.keys, bias, a.keys);
                    }
                }
                made.mixed.execute(stream, {{DNNL_ARG_SRC, score},
                                            {DNNL_ARG_WEIGHTS, memory(made.mixed_descriptor.weights_desc(), processor(), v)},
                                            {DNNL_ARG_DST, memory(made.mixed_descriptor.dst_desc(), processor(), o)}});
                stream.wait();
            }
        } catch (const std::exception& error) {
#pragma omp critical
            fault = error.what();
        }
    }
    if (!fault.empty())
        throw std::runtime_error("attention: " + fault);
}

}  // namespace
}  // namespace gloss

int32_t gloss_attend(const gloss_attention* attention, int32_t threads) {
    return gloss::guarded([&] { gloss::attend(*attention, threads); });
}
