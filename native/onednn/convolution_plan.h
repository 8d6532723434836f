// A convolutional network for inference: what its nodes are (gloss_node), and programs that run them.
#pragma once
#include "gloss_onednn.h"

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "program.h"

namespace gloss {

// One node with its own copy of the weights and its shape worked out.
struct Node {
    gloss_node spec;
    std::vector<float> weights;
    std::vector<float> bias;
    gloss_node_shape in;
    gloss_node_shape out;
};

struct Picture {
    gloss_picture spec;
    std::vector<float> mean;
    std::vector<float> deviation;
};

// Pictures go through one at a time: their activations stay in the cache, and on oneDNN batches of 8 and 16 were no
// faster. One picture alone is computed by all threads together; of several, each thread takes its own, which needs no
// waiting at the end of each layer.
class ConvolutionPlan {
public:
    ConvolutionPlan(const gloss_picture& picture, const gloss_node* nodes, int32_t count, int32_t threads);

    gloss_node_shape shape(int32_t node) const;
    void run(const void* pictures, bool is_bytes, int32_t count, float* const* outputs, int32_t output_count);

private:
    std::shared_ptr<Program> program(int32_t threads);

    Picture picture_;
    std::vector<Node> nodes_;
    std::vector<int32_t> outputs_;
    int32_t threads_;
    std::mutex mutex_;
    std::shared_ptr<Program> together_;
    std::shared_ptr<Program> alone_;
};

}  // namespace gloss
