// Memory that a model keeps: taken from the system for itself. Between working memory that comes and goes it would
// leave holes in the heap that nothing fills.
#pragma once
#include <cstddef>
#include <new>
#include <utility>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#endif

namespace gloss {

class Pages {
public:
    Pages() = default;

    explicit Pages(size_t size) : size_(size) {
        if (size == 0)
            return;
#if defined(__unix__) || defined(__APPLE__)
        data_ = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
        if (data_ == MAP_FAILED) {
            data_ = nullptr;
            throw std::bad_alloc();
        }
#else
        data_ = ::operator new(size, line);
#endif
    }

    Pages(Pages&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

    Pages& operator=(Pages&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }

    ~Pages() {
        if (!data_)
            return;
#if defined(__unix__) || defined(__APPLE__)
        munmap(data_, size_);
#else
        ::operator delete(data_, line);
#endif
    }

    void* data() const { return data_; }

private:
    static constexpr std::align_val_t line{64};

    void* data_ = nullptr;
    size_t size_ = 0;
};

}  // namespace gloss
