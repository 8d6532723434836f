// The C door to libgloss_faiss. src/Gloss/Search/Vectors/NativeFaiss.cs mirrors this file line by line.
//
// Every function returns a status (0 is success); the message of a failure belongs to the calling thread and is copied
// out with gloss_faiss_error. Vectors are rows of float32; the caller owns all memory.
#pragma once

#include <cstdint>

#define GLOSS_FAISS_ABI 2

#if defined(_WIN32)
#define GLOSS_EXPORT extern "C" __declspec(dllexport)
#else
#define GLOSS_EXPORT extern "C" __attribute__((visibility("default")))
#endif

// The number of this interface, to be compared with the caller's own at load.
GLOSS_EXPORT int32_t gloss_faiss_abi();
// Copies the calling thread's last message, UTF-8, at most capacity bytes, no final zero; returns its full length.
GLOSS_EXPORT int32_t gloss_faiss_error(uint8_t* buffer, int32_t capacity);
// Copies FAISS's version; returns its full length.
GLOSS_EXPORT int32_t gloss_faiss_version(uint8_t* buffer, int32_t capacity);
// Spherical k-means over count vectors of length 1: the middles of the cells, (cells, width), of length 1 too.
GLOSS_EXPORT int32_t gloss_faiss_cluster(int32_t width, int32_t cells, const float* vectors, int64_t count,
                                         int32_t rounds, int32_t threads, float* middles);
// The cell of each of count vectors: the one whose middle has the greatest inner product with it.
GLOSS_EXPORT int32_t gloss_faiss_assign(int32_t width, int32_t cells, const float* middles, const float* vectors,
                                        int64_t count, int32_t threads, int32_t* cells_of);
