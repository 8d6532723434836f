// Multi-scale deformable attention (Zhu et al., "Deformable DETR", ICLR 2021, eq. 3) as an operator of libtorch's
// dispatcher: every query looks at a few points of each map, bilinearly, zero outside, pixel centres at (i + 0.5) / size.
//
//   gloss::deformable_attention(value (B, S, M, D), shapes [H0, W0, H1, W1, …], locations (B, Q, M, L, P, 2) as (x, y)
//       in 0–1, weights (B, Q, M, L, P)) -> (B, Q, M · D)
//   gloss::deformable_attention_plain(…): the same by libtorch's own operators, which every device has.
//
// On the processor the first one is the kernel below, forwards and backwards; elsewhere it is the plain formulation.
// The kernel reads a head's D numbers of a place as whole vectors and keeps the sum over all points in registers, so
// memory is read once and nothing is written but the result.
#include <ATen/Parallel.h>
#include <torch/library.h>
#include <torch/torch.h>

#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define GLOSS_CLONES __attribute__((target_clones("avx512f", "arch=haswell", "default")))
#else
#define GLOSS_CLONES
#endif
#define GLOSS_INLINE inline __attribute__((always_inline))

namespace {

constexpr int vector_width = 8;
typedef float Vector __attribute__((vector_size(vector_width * sizeof(float))));

// One level of the pyramid: its size and where it begins among the S places.
struct Level {
    int64_t height;
    int64_t width;
    int64_t start;
};

struct Sizes {
    int64_t B, S, M, D, Q, L, P;
    std::vector<Level> levels;
};

// The four places around a point and their bilinear weights; places outside the map have weight 0 and index 0.
template <typename T>
struct Corners {
    int64_t index[4];
    T weight[4];
    T dx[4];  // derivative of the weight along x and y, in places
    T dy[4];
};

template <typename T>
GLOSS_INLINE bool corners_of(const Level& level, T x, T y, Corners<T>& out) {
    const T column = x * static_cast<T>(level.width) - static_cast<T>(0.5);
    const T row = y * static_cast<T>(level.height) - static_cast<T>(0.5);
    // At −1 the value is zero, but not its derivative. Also false for NaN.
    if (!(row >= -1 && column >= -1 && row < static_cast<T>(level.height) && column < static_cast<T>(level.width)))
        return false;
    const T floor_row = std::floor(row), floor_column = std::floor(column);
    const auto top = static_cast<int64_t>(floor_row), left = static_cast<int64_t>(floor_column);
    const T low_y = row - floor_row, low_x = column - floor_column;
    const T high_y = 1 - low_y, high_x = 1 - low_x;
    const T weights[4] = {high_y * high_x, high_y * low_x, low_y * high_x, low_y * low_x};
    const T dxs[4] = {-high_y, high_y, -low_y, low_y};
    const T dys[4] = {-high_x, -low_x, high_x, low_x};
    for (int c = 0; c < 4; ++c) {
        const int64_t r = top + c / 2, k = left + c % 2;
        const bool is_inside = r >= 0 && r < level.height && k >= 0 && k < level.width;
        out.index[c] = is_inside ? level.start + r * level.width + k : level.start;
        out.weight[c] = is_inside ? weights[c] : 0;
        out.dx[c] = is_inside ? dxs[c] : 0;
        out.dy[c] = is_inside ? dys[c] : 0;
    }
    return true;
}

// The sum over points for one query and head, D = 8 · N numbers in N vectors.
template <int N>
GLOSS_INLINE void gather(const Sizes& s, const float* value, const float* locations, const float* weights, float* out) {
    Vector sum[N];
    for (int n = 0; n < N; ++n)
        sum[n] = Vector{};
    const int64_t stride = s.M * s.D;
    for (int64_t l = 0; l < s.L; ++l) {
        const Level level = s.levels[l];
        for (int64_t p = 0; p < s.P; ++p, locations += 2, ++weights) {
            Corners<float> corners;
            if (!corners_of(level, locations[0], locations[1], corners))
                continue;
            for (int c = 0; c < 4; ++c) {
                const float weight = corners.weight[c] * *weights;
                const float* place = value + corners.index[c] * stride;
#pragma GCC unroll 8
                for (int n = 0; n < N; ++n) {
                    Vector v;
                    std::memcpy(&v, place + n * vector_width, sizeof v);
                    sum[n] += v * weight;
                }
            }
        }
    }
    std::memcpy(out, sum, sizeof sum);
}

template <typename T>
GLOSS_INLINE void gather_any(const Sizes& s, const T* value, const T* locations, const T* weights, T* out) {
    for (int64_t d = 0; d < s.D; ++d)
        out[d] = 0;
    const int64_t stride = s.M * s.D;
    for (int64_t l = 0; l < s.L; ++l) {
        for (int64_t p = 0; p < s.P; ++p, locations += 2, ++weights) {
            Corners<T> corners;
            if (!corners_of(s.levels[l], locations[0], locations[1], corners))
                continue;
            for (int c = 0; c < 4; ++c) {
                const T weight = corners.weight[c] * *weights;
                const T* place = value + corners.index[c] * stride;
                for (int64_t d = 0; d < s.D; ++d)
                    out[d] += place[d] * weight;
            }
        }
    }
}

// Queries [begin, end) of one head of one example.
GLOSS_CLONES void forward_range(const Sizes& s, const float* value, const float* locations, const float* weights,
                                float* out, int64_t begin, int64_t end) {
    const int64_t points = s.L * s.P, step = s.M * points;
    for (int64_t q = begin; q < end; ++q) {
        const float* at = locations + q * step * 2;
        const float* by = weights + q * step;
        float* to = out + q * s.M * s.D;
        switch (s.D) {
            case 8: gather<1>(s, value, at, by, to); break;
            case 16: gather<2>(s, value, at, by, to); break;
            case 24: gather<3>(s, value, at, by, to); break;
            case 32: gather<4>(s, value, at, by, to); break;
            case 64: gather<8>(s, value, at, by, to); break;
            default: gather_any<float>(s, value, at, by, to); break;
        }
    }
}

void forward_range(const Sizes& s, const double* value, const double* locations, const double* weights, double* out,
                   int64_t begin, int64_t end) {
    const int64_t points = s.L * s.P, step = s.M * points;
    for (int64_t q = begin; q < end; ++q)
        gather_any<double>(s, value, locations + q * step * 2, weights + q * step, out + q * s.M * s.D);
}

// Gradients of one head of one example; grad_value rows belong to this head alone, so heads run side by side.
template <typename T>
GLOSS_INLINE void backward_head_any(const Sizes& s, const T* grad, const T* value, const T* locations, const T* weights,
                                    T* grad_value, T* grad_locations, T* grad_weights) {
    const int64_t stride = s.M * s.D, points = s.L * s.P, step = s.M * points;
    for (int64_t q = 0; q < s.Q; ++q) {
        const T* upstream = grad + q * stride;
        for (int64_t l = 0; l < s.L; ++l) {
            const Level level = s.levels[l];
            for (int64_t p = 0; p < s.P; ++p) {
                const int64_t at = q * step + l * s.P + p;
                Corners<T> corners;
                T by_x = 0, by_y = 0, by_weight = 0;
                if (corners_of(level, locations[at * 2], locations[at * 2 + 1], corners)) {
                    for (int c = 0; c < 4; ++c) {
                        const T* place = value + corners.index[c] * stride;
                        T* grad_place = grad_value + corners.index[c] * stride;
                        const T weight = corners.weight[c] * weights[at];
                        T dot = 0;
                        for (int64_t d = 0; d < s.D; ++d) {
                            dot += upstream[d] * place[d];
                            grad_place[d] += upstream[d] * weight;
                        }
                        by_weight += corners.weight[c] * dot;
                        by_x += corners.dx[c] * dot;
                        by_y += corners.dy[c] * dot;
                    }
                }
                grad_weights[at] = by_weight;
                grad_locations[at * 2] = by_x * weights[at] * static_cast<T>(level.width);
                grad_locations[at * 2 + 1] = by_y * weights[at] * static_cast<T>(level.height);
            }
        }
    }
}

GLOSS_CLONES void backward_head(const Sizes& s, const float* grad, const float* value, const float* locations,
                                const float* weights, float* grad_value, float* grad_locations, float* grad_weights) {
    backward_head_any<float>(s, grad, value, locations, weights, grad_value, grad_locations, grad_weights);
}

void backward_head(const Sizes& s, const double* grad, const double* value, const double* locations,
                   const double* weights, double* grad_value, double* grad_locations, double* grad_weights) {
    backward_head_any<double>(s, grad, value, locations, weights, grad_value, grad_locations, grad_weights);
}

Sizes sizes_of(const at::Tensor& value, at::IntArrayRef shapes, const at::Tensor& locations, const at::Tensor& weights) {
    TORCH_CHECK(value.dim() == 4, "value: expected (B, S, M, D), got ", value.sizes());
    TORCH_CHECK(locations.dim() == 6 && locations.size(5) == 2, "locations: expected (B, Q, M, L, P, 2), got ",
                locations.sizes());
    Sizes s{value.size(0), value.size(1), value.size(2), value.size(3), locations.size(1), locations.size(3),
            locations.size(4), {}};
    TORCH_CHECK(locations.size(0) == s.B && locations.size(2) == s.M && locations.sizes().slice(0, 5) == weights.sizes(),
                "value ", value.sizes(), ", locations ", locations.sizes(), " and weights ", weights.sizes(),
                " do not fit each other");
    TORCH_CHECK(static_cast<int64_t>(shapes.size()) == 2 * s.L, "shapes: expected height and width of ", s.L,
                " levels, got ", shapes.size(), " numbers");
    TORCH_CHECK(value.scalar_type() == locations.scalar_type() && value.scalar_type() == weights.scalar_type(),
                "value, locations and weights must have one type, got ", value.scalar_type(), ", ",
                locations.scalar_type(), " and ", weights.scalar_type());
    int64_t start = 0;
    for (int64_t l = 0; l < s.L; ++l) {
        TORCH_CHECK(shapes[2 * l] >= 1 && shapes[2 * l + 1] >= 1, "level ", l, " is empty");
        s.levels.push_back({shapes[2 * l], shapes[2 * l + 1], start});
        start += shapes[2 * l] * shapes[2 * l + 1];
    }
    TORCH_CHECK(start == s.S, "the levels have ", start, " places, value has ", s.S);
    return s;
}

template <typename T>
at::Tensor run_forward(const Sizes& s, const at::Tensor& value, const at::Tensor& locations, const at::Tensor& weights) {
    auto out = at::empty({s.B, s.Q, s.M * s.D}, value.options());
    const T* v = value.data_ptr<T>();
    const T* at = locations.data_ptr<T>();
    const T* by = weights.data_ptr<T>();
    T* to = out.data_ptr<T>();
    const int64_t points = s.L * s.P;
    constexpr int64_t block = 256;
    const int64_t blocks = (s.Q + block - 1) / block;
    // Head by head, so that a thread stays in one head's part of the maps.
    at::parallel_for(0, s.B * s.M * blocks, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            const int64_t b = i / (s.M * blocks), m = i / blocks % s.M, q = i % blocks * block;
            forward_range(s, v + (b * s.S * s.M + m) * s.D, at + (b * s.Q * s.M + m) * points * 2,
                          by + (b * s.Q * s.M + m) * points, to + (b * s.Q * s.M + m) * s.D, q, std::min(q + block, s.Q));
        }
    });
    return out;
}

template <typename T>
torch::autograd::variable_list run_backward(const Sizes& s, const at::Tensor& grad, const at::Tensor& value,
                                            const at::Tensor& locations, const at::Tensor& weights) {
    auto grad_value = at::zeros_like(value), grad_locations = at::empty_like(locations),
         grad_weights = at::empty_like(weights);
    const T* g = grad.data_ptr<T>();
    const T* v = value.data_ptr<T>();
    const T* at = locations.data_ptr<T>();
    const T* by = weights.data_ptr<T>();
    T* gv = grad_value.data_ptr<T>();
    T* gl = grad_locations.data_ptr<T>();
    T* gw = grad_weights.data_ptr<T>();
    const int64_t points = s.L * s.P;
    at::parallel_for(0, s.B * s.M, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            const int64_t b = i / s.M, m = i % s.M;
            const int64_t map = (b * s.S * s.M + m) * s.D, query = b * s.Q * s.M + m;
            backward_head(s, g + query * s.D, v + map, at + query * points * 2, by + query * points, gv + map,
                          gl + query * points * 2, gw + query * points);
        }
    });
    return {grad_value, at::Tensor(), grad_locations, grad_weights};
}

bool has_kernel(const at::Tensor& value) {
    return value.is_cpu() && (value.scalar_type() == at::kFloat || value.scalar_type() == at::kDouble);
}

class DeformableAttention : public torch::autograd::Function<DeformableAttention> {
public:
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& value, at::IntArrayRef shapes,
                              const at::Tensor& locations, const at::Tensor& weights) {
        const Sizes s = sizes_of(value, shapes, locations, weights);
        auto v = value.contiguous(), at = locations.contiguous(), by = weights.contiguous();
        context->save_for_backward({v, at, by});
        context->saved_data["shapes"] = shapes.vec();
        return v.scalar_type() == at::kFloat ? run_forward<float>(s, v, at, by) : run_forward<double>(s, v, at, by);
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list grads) {
        const auto saved = context->get_saved_variables();
        const auto shapes = context->saved_data["shapes"].toIntVector();
        const Sizes s = sizes_of(saved[0], shapes, saved[1], saved[2]);
        auto grad = grads[0].contiguous();
        return saved[0].scalar_type() == at::kFloat ? run_backward<float>(s, grad, saved[0], saved[1], saved[2])
                                                    : run_backward<double>(s, grad, saved[0], saved[1], saved[2]);
    }
};

at::Tensor plain(const at::Tensor& value, at::IntArrayRef shapes, const at::Tensor& locations, const at::Tensor& weights) {
    const Sizes s = sizes_of(value, shapes, locations, weights);
    const auto grid = locations * 2 - 1;
    std::vector<at::Tensor> sampled;
    for (int64_t l = 0; l < s.L; ++l) {
        const Level& level = s.levels[l];
        auto map = value.slice(1, level.start, level.start + level.height * level.width)  // (B, H·W, M, D)
                       .permute({0, 2, 3, 1})
                       .reshape({s.B * s.M, s.D, level.height, level.width});
        auto points = grid.select(3, l).permute({0, 2, 1, 3, 4}).reshape({s.B * s.M, s.Q, s.P, 2});
        sampled.push_back(at::grid_sampler_2d(map, points, /*bilinear*/ 0, /*zeros*/ 0, false));  // (B·M, D, Q, P)
    }
    auto by = weights.permute({0, 2, 1, 3, 4}).reshape({s.B * s.M, 1, s.Q, s.L * s.P});
    auto out = (at::stack(sampled, -2).flatten(-2) * by).sum(-1);  // (B·M, D, Q)
    return out.reshape({s.B, s.M * s.D, s.Q}).transpose(1, 2).contiguous();
}

at::Tensor deformable_attention(const at::Tensor& value, at::IntArrayRef shapes, const at::Tensor& locations,
                                const at::Tensor& weights) {
    if (!has_kernel(value))
        return plain(value, shapes, locations, weights);
    if (at::GradMode::is_enabled() && (value.requires_grad() || locations.requires_grad() || weights.requires_grad()))
        return DeformableAttention::apply(value, shapes, locations, weights);
    const Sizes s = sizes_of(value, shapes, locations, weights);
    auto v = value.contiguous(), at = locations.contiguous(), by = weights.contiguous();
    return v.scalar_type() == at::kFloat ? run_forward<float>(s, v, at, by) : run_forward<double>(s, v, at, by);
}

}  // namespace

TORCH_LIBRARY(gloss, library) {
    library.def("deformable_attention(Tensor value, int[] shapes, Tensor locations, Tensor weights) -> Tensor",
                &deformable_attention);
    library.def("deformable_attention_plain(Tensor value, int[] shapes, Tensor locations, Tensor weights) -> Tensor",
                &plain);
}
