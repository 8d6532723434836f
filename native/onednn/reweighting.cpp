// The texts of a tag made one, weighed for each picture (RAM++): a tag's texts are read once, in the numbers in which
// they are kept, and stay in the cache between the scores and the mean.
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "gloss_onednn.h"
#include "status.h"
#include "thread_count.h"
#include "widen.h"

namespace gloss {
namespace {

GLOSS_WIDEST
float product(const float* a, const float* b, int64_t count) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

GLOSS_WIDEST
void add(const float* x, float weight, int64_t count, float* sum) {
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        sum[i] += weight * x[i];
}

// The texts of one tag as float32, (texts, width): where they lie, or made in room.
const float* texts_of(const gloss_reweighting& r, int64_t tag, float* room) {
    const int64_t first = tag * r.texts;
    if (r.storage == GLOSS_F32)
        return static_cast<const float*>(r.values) + first * r.width;
    for (int64_t t = 0; t < r.texts; t++)
        widen({r.values, r.scales, r.storage}, first + t, r.width, room + t * r.width);
    return room;
}

void mean_of(const gloss_reweighting& r, const float* texts, const float* picture, float* weights, float* output) {
    float largest = -INFINITY, sum = 0;
    for (int64_t t = 0; t < r.texts; t++) {
        weights[t] = r.factor * product(texts + t * r.width, picture, r.width);
        largest = std::max(largest, weights[t]);
    }
    for (int64_t t = 0; t < r.texts; t++)
        sum += weights[t] = std::exp(weights[t] - largest);
    std::fill(output, output + r.width, 0.0f);
    for (int64_t t = 0; t < r.texts; t++)
        add(texts + t * r.width, weights[t] / sum, r.width, output);
}

void reweight(const gloss_reweighting& r, int32_t threads) {
    if (r.tags < 1 || r.texts < 1 || r.width < 1 || r.asked < 1 || r.batch < 1 || threads < 1)
        throw std::invalid_argument("reweighting: sizes and threads must be 1 or more");
    check({r.values, r.scales, r.storage});
    if (!r.ids && r.asked != r.tags)
        throw std::invalid_argument("reweighting: all tags are asked for, or ids say which");
    for (int64_t i = 0; r.ids && i < r.asked; i++) {
        if (r.ids[i] < 0 || r.ids[i] >= r.tags)
            throw std::out_of_range("reweighting: tag " + std::to_string(r.ids[i]) + " of " + std::to_string(r.tags));
    }
    const size_t room_size = r.storage == GLOSS_F32 ? 0 : r.texts * r.width;
    std::vector<float> rooms(threads * room_size), weights(threads * r.texts);
    ThreadCount count(threads);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < r.asked; i++) {
        const int thread = omp_get_thread_num();
        const float* texts = texts_of(r, r.ids ? r.ids[i] : i, rooms.data() + thread * room_size);
        for (int64_t b = 0; b < r.batch; b++)
            mean_of(r, texts, r.pictures + b * r.width, weights.data() + thread * r.texts,
                    r.output + (b * r.asked + i) * r.width);
    }
}

}  // namespace
}  // namespace gloss

int32_t gloss_reweight(const gloss_reweighting* reweighting, int32_t threads) {
    return gloss::guarded([&] { gloss::reweight(*reweighting, threads); });
}
