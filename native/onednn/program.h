// A plan compiled to oneDNN primitives for one picture and a fixed number of threads.
#pragma once
#include <dnnl.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "gloss_onednn.h"

namespace gloss {

struct Node;
struct Picture;

// Weights are packed once into the layout that each primitive asks for. Runs on several threads at once each take a
// context: one block of memory in which values that are never needed together share their place.
class Program {
public:
    Program(const Picture& picture, const std::vector<Node>& nodes);
    ~Program();
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    void run(const void* pixels, bool is_bytes, float* const* outputs);

private:
    // A piece of a context's memory, held from its first step to its last.
    struct Buffer {
        size_t size;
        size_t first;
        size_t last;
        size_t offset;
    };

    // Where a node's values are, and how they are stored.
    struct Value {
        dnnl::memory::desc desc;
        size_t buffer;
        float scale;
    };

    struct Argument {
        int name;
        dnnl::memory::desc desc;
        size_t buffer;
    };

    // The mean over all pixels, which no primitive of oneDNN makes of quantised values.
    struct Average {
        dnnl::memory::desc desc;
        size_t source;
        size_t target;
        float scale;
    };

    // A primitive with its arguments (without one: an average). What an output step writes is the caller's buffer of
    // that number (-1: none).
    struct Step {
        dnnl::primitive primitive;
        std::vector<Argument> arguments;
        std::vector<std::pair<int, dnnl::memory>> constants;
        Average average{};
        int32_t output = -1;
        dnnl::memory::desc output_desc;
    };

    struct Context;

    size_t add_buffer(size_t size);
    void use(size_t buffer);
    Value add_value(const dnnl::memory::desc& desc, float scale);
    Value convert(const Value& value, const dnnl::memory::desc& desc, float scale);
    void add_convolution(const Node& node, size_t index, std::vector<Value>& values, const std::vector<size_t>& last);
    void add_average(const Node& node, std::vector<Value>& values);
    void add_output(const Node& node, const Value& value, int32_t output);
    void place();

    const Picture& picture_;
    dnnl::engine engine_;
    std::vector<Buffer> buffers_;
    std::vector<Step> steps_;
    size_t scratchpad_size_ = 0;
    size_t scratchpad_ = 0;
    size_t arena_size_ = 0;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Context>> idle_;
};

}  // namespace gloss
