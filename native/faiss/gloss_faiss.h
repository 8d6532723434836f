// The C door to libgloss_faiss. src/Gloss/Search/Vectors/NativeFaiss.cs mirrors this file line by line.
//
// Every function returns a status (0 is success); the message of a failure belongs to the calling thread and is copied out
// with gloss_faiss_error. Vectors are rows of float32; the caller owns all memory. A search may run on several threads at
// once, all else not.
#pragma once

#include <cstdint>

#define GLOSS_FAISS_ABI 1

#if defined(_WIN32)
#define GLOSS_EXPORT extern "C" __declspec(dllexport)
#else
#define GLOSS_EXPORT extern "C" __attribute__((visibility("default")))
#endif

struct GlossFaissIndex;

// The number of this interface, to be compared with the caller's own at load.
GLOSS_EXPORT int32_t gloss_faiss_abi();
// Copies the calling thread's last message, UTF-8, at most capacity bytes, no final zero; returns its full length.
GLOSS_EXPORT int32_t gloss_faiss_error(uint8_t* buffer, int32_t capacity);
// Copies FAISS's version; returns its full length.
GLOSS_EXPORT int32_t gloss_faiss_version(uint8_t* buffer, int32_t capacity);
// An empty index by FAISS's description ("IVF1024,SQ8"), of the greatest inner product.
GLOSS_EXPORT int32_t gloss_faiss_create(int32_t width, const char* description, GlossFaissIndex** result);
// Learns its cells from count vectors; threads at least 1, as in all below.
GLOSS_EXPORT int32_t gloss_faiss_train(GlossFaissIndex* index, const float* vectors, int64_t count, int32_t threads);
GLOSS_EXPORT int32_t gloss_faiss_add(GlossFaissIndex* index, const float* vectors, const int64_t* ids, int64_t count, int32_t threads);
GLOSS_EXPORT int32_t gloss_faiss_write(GlossFaissIndex* index, const char* path);
// Opens a written index; its cells stay in the file and are mapped into memory.
GLOSS_EXPORT int32_t gloss_faiss_read(const char* path, GlossFaissIndex** result);
GLOSS_EXPORT int32_t gloss_faiss_count(GlossFaissIndex* index, int64_t* count, int32_t* width);
// The best k of each query among its nearest `probes` cells (or, in a graph, with so many candidates): (count, k) scores and
// ids, the best first; missing ones have the id -1.
GLOSS_EXPORT int32_t gloss_faiss_search(GlossFaissIndex* index, const float* queries, int64_t count, int32_t k, int32_t probes,
                                        int32_t threads, float* scores, int64_t* ids);
GLOSS_EXPORT int32_t gloss_faiss_free(GlossFaissIndex* index);
