#include "gloss_faiss.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string>

#include <omp.h>

#include <faiss/IndexHNSW.h>
#include <faiss/IndexIDMap.h>
#include <faiss/IndexIVF.h>
#include <faiss/index_factory.h>
#include <faiss/index_io.h>

struct GlossFaissIndex {
    std::unique_ptr<faiss::Index> index;
};

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

int32_t gloss_faiss_create(int32_t width, const char* description, GlossFaissIndex** result) {
    return guard([&] {
        auto made = std::make_unique<GlossFaissIndex>();
        made->index.reset(faiss::index_factory(width, description, faiss::METRIC_INNER_PRODUCT));
        faiss::Index* filled = made->index.get();
        if (auto* mapped = dynamic_cast<faiss::IndexIDMap*>(filled)) filled = mapped->index;
        // With FAISS's 40, clusters of more vectors than that get no links between them, and searches miss whole clusters.
        if (auto* graph = dynamic_cast<faiss::IndexHNSW*>(filled)) graph->hnsw.efConstruction = 128;
        *result = made.release();
    });
}

int32_t gloss_faiss_train(GlossFaissIndex* index, const float* vectors, int64_t count, int32_t threads) {
    return guard([&] {
        Threads used(threads);
        if (auto* cells = dynamic_cast<faiss::IndexIVF*>(index->index.get())) {
            // The vectors have length 1: so do the middles of the cells. What is given is all used, and ten rounds are enough.
            cells->cp.spherical = true;
            cells->cp.niter = 10;
            cells->cp.min_points_per_centroid = 1;
            cells->cp.max_points_per_centroid = static_cast<int>(std::max<int64_t>(1, count / static_cast<int64_t>(cells->nlist) + 1));
        }
        index->index->train(count, vectors);
    });
}

int32_t gloss_faiss_add(GlossFaissIndex* index, const float* vectors, const int64_t* ids, int64_t count, int32_t threads) {
    return guard([&] {
        Threads used(threads);
        static_assert(sizeof(Id) == sizeof(int64_t), "ids have 64 bits");
        index->index->add_with_ids(count, vectors, reinterpret_cast<const Id*>(ids));
    });
}

int32_t gloss_faiss_write(GlossFaissIndex* index, const char* path) {
    return guard([&] { faiss::write_index(index->index.get(), path); });
}

int32_t gloss_faiss_read(const char* path, GlossFaissIndex** result) {
    return guard([&] {
        auto made = std::make_unique<GlossFaissIndex>();
        made->index.reset(faiss::read_index(path, faiss::IO_FLAG_MMAP | faiss::IO_FLAG_READ_ONLY));
        *result = made.release();
    });
}

int32_t gloss_faiss_count(GlossFaissIndex* index, int64_t* count, int32_t* width) {
    return guard([&] {
        *count = index->index->ntotal;
        *width = static_cast<int32_t>(index->index->d);
    });
}

int32_t gloss_faiss_search(GlossFaissIndex* index, const float* queries, int64_t count, int32_t k, int32_t probes, int32_t threads,
                           float* scores, int64_t* ids) {
    return guard([&] {
        Threads used(threads);
        faiss::Index* searched = index->index.get();
        if (auto* mapped = dynamic_cast<faiss::IndexIDMap*>(searched)) searched = mapped->index;
        if (auto* cells = dynamic_cast<faiss::IndexIVF*>(searched)) {
            cells->nprobe = static_cast<size_t>(std::max(probes, 1));
            // One query is shared among the threads by its cells, several are handed out.
            cells->parallel_mode = count == 1 ? 1 : 0;
        } else if (auto* graph = dynamic_cast<faiss::IndexHNSW*>(searched)) {
            graph->hnsw.efSearch = std::max(probes, 1);
        }
        index->index->search(count, queries, k, scores, reinterpret_cast<Id*>(ids));
    });
}

int32_t gloss_faiss_free(GlossFaissIndex* index) {
    return guard([&] { delete index; });
}
