#include "gloss_faiss.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include <omp.h>

#include <faiss/Clustering.h>
#include <faiss/IndexFlat.h>

namespace {

// The name of this type has moved between versions.
using Id = decltype(faiss::Index::ntotal);

thread_local std::string last_error;

// Runs what an export does; no exception leaves the library.
template <typename Action>
int32_t guard(Action action) noexcept {
    try {
        action();
        return 0;
    } catch (const std::exception& error) {
        last_error = error.what();
    } catch (...) {
        last_error = "an unknown error in FAISS";
    }
    return 1;
}

int32_t copy(const std::string& text, uint8_t* buffer, int32_t capacity) {
    std::memcpy(buffer, text.data(), std::min<size_t>(text.size(), std::max(capacity, 0)));
    return static_cast<int32_t>(text.size());
}

// OpenMP's number of threads belongs to the calling thread: it is put back.
class Threads {
public:
    explicit Threads(int32_t count) : before(omp_get_max_threads()) { omp_set_num_threads(std::max(count, 1)); }
    ~Threads() { omp_set_num_threads(before); }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

private:
    int before;
};

}  // namespace

int32_t gloss_faiss_abi() { return GLOSS_FAISS_ABI; }

int32_t gloss_faiss_error(uint8_t* buffer, int32_t capacity) { return copy(last_error, buffer, capacity); }

int32_t gloss_faiss_version(uint8_t* buffer, int32_t capacity) {
    return copy(std::to_string(FAISS_VERSION_MAJOR) + "." + std::to_string(FAISS_VERSION_MINOR) + "." +
                    std::to_string(FAISS_VERSION_PATCH),
                buffer, capacity);
}

int32_t gloss_faiss_cluster(int32_t width, int32_t cells, const float* vectors, int64_t count, int32_t rounds,
                            int32_t threads, float* middles) {
    return guard([&] {
        Threads used(threads);
        faiss::ClusteringParameters settings;
        settings.spherical = true;
        settings.niter = rounds;
        // What is given is all used.
        settings.min_points_per_centroid = 1;
        settings.max_points_per_centroid = static_cast<int>(std::max<int64_t>(1, count / cells + 1));
        faiss::Clustering clustering(width, cells, settings);
        faiss::IndexFlatIP index(width);
        clustering.train(count, vectors, index);
        std::memcpy(middles, clustering.centroids.data(), sizeof(float) * width * static_cast<size_t>(cells));
    });
}

int32_t gloss_faiss_assign(int32_t width, int32_t cells, const float* middles, const float* vectors, int64_t count,
                           int32_t threads, int32_t* cells_of) {
    return guard([&] {
        Threads used(threads);
        faiss::IndexFlatIP index(width);
        index.add(cells, middles);
        std::vector<float> scores(count);
        std::vector<Id> nearest(count);
        index.search(count, vectors, 1, scores.data(), nearest.data());
        std::transform(nearest.begin(), nearest.end(), cells_of, [](Id id) { return static_cast<int32_t>(id); });
    });
}
