// Every export runs its body in here: nothing is thrown across the border.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <exception>
#include <string>

namespace gloss {

inline std::string& last_error() {
    static thread_local std::string message;
    return message;
}

template <typename Body>
int32_t guarded(Body&& body) noexcept {
    try {
        body();
        return 0;
    } catch (const std::exception& error) {  // dnnl::error is one
        last_error() = error.what();
    } catch (...) {
        last_error() = "an exception of unknown type";
    }
    return 1;
}

inline int32_t copy_text(const std::string& text, char* buffer, int32_t capacity) {
    if (capacity > 0)
        std::memcpy(buffer, text.data(), std::min(text.size(), static_cast<size_t>(capacity)));
    return static_cast<int32_t>(text.size());
}

}  // namespace gloss
