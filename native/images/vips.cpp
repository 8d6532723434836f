// Every other format by libvips, decoded row by row in the calling thread, and encoding.
//
// libvips is started at the first picture that needs it. Its operation cache is off and it starts no threads.
// Readers that libvips calls untrusted (not fuzzed, or able to run code: PDF, SVG, ImageMagick, OpenSlide, raw, CSV,
// Matlab, FITS, NIfTI, Analyze, OpenEXR, JPEG 2000 ...) are blocked, but for PPM (a few plain lines) and JPEG XL
// (fuzzed by its own project); of the others only those of pictures are opened.
#include <cstdio>

#include <jpeglib.h>
#include <vips/vips.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <vector>

#include "reader.h"

#define GLOSS_TEXT_(x) #x
#define GLOSS_TEXT(x) GLOSS_TEXT_(x)

namespace gloss {
namespace {

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
template <typename T>
using Owned = std::unique_ptr<T, Unref>;

void drop_log(const char*, GLogLevelFlags, const char*, void*) {}

// libvips' messages so far, as one line; they are shared by all threads, so only ever a detail of a message.
std::string vips_message() {
    char* raw = vips_error_buffer_copy();
    std::string text = raw != nullptr ? raw : "";
    g_free(raw);
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    std::string line;
    for (const char c : text) {
        if (c == '\n') line += "; ";
        else line += c;
    }
    if (line.size() > 200) line.resize(200);
    return line.empty() ? "no message" : line;
}

void start() {
    static const bool started = [] {
        g_log_set_handler("VIPS", static_cast<GLogLevelFlags>(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO |
                                                              G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_DEBUG),
                          drop_log, nullptr);
        if (vips_init("gloss") != 0)
            throw ImageError(GLOSS_IMAGE_INTERNAL, "libvips does not start: " + vips_message());
        vips_concurrency_set(1);
        vips_cache_set_max(0);
        vips_block_untrusted_set(TRUE);
        vips_operation_block_set("VipsForeignLoadPpm", FALSE);
        vips_operation_block_set("VipsForeignLoadJxl", FALSE);
        return true;
    }();
    (void)started;
}

// libvips keeps buffers for each thread that called it and frees them only when told.
struct ThreadEnd {
    ~ThreadEnd() { vips_thread_shutdown(); }
};

// Only readers of pictures are opened, whatever else this libvips was built with.
bool is_opened(const char* reader) {
    static const char* const opened[] = {"Png", "Webp", "Tiff", "Heif", "Jxl", "Ppm"};
    static const std::string prefix = "VipsForeignLoad";
    if (reader == nullptr || std::strncmp(reader, prefix.c_str(), prefix.size()) != 0) return false;
    return std::any_of(std::begin(opened), std::end(opened), [&](const char* name) {
        return std::strncmp(reader + prefix.size(), name, std::strlen(name)) == 0;
    });
}

// A PNG's sizes stand at a fixed place: refused before any decoder sees them.
void check_fixed_header(const uint8_t* data, size_t length, int64_t max_pixels) {
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    if (length < 24 || std::memcmp(data, png, 8) != 0) return;
    const auto u32 = [&](size_t at) {
        return static_cast<int64_t>(data[at]) << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3];
    };
    check_pixels(u32(16), u32(20), max_pixels);
}

class VipsReader final : public GlossImageReader {
public:
    ~VipsReader() override {
        if (!source_) return;  // refused before libvips was asked
        image_.reset();
        source_.reset();
        vips_thread_shutdown();
    }

    void open(const uint8_t* data, size_t length, const GlossDecodeOptions& options) {
        check_fixed_header(data, length, options.max_pixels);
        start();
        clip_gray16_ = options.clip_gray16 != 0;
        source_.reset(vips_source_new_from_memory(data, length));
        if (!source_) throw ImageError(GLOSS_IMAGE_INTERNAL, vips_message());
        if (!is_opened(vips_foreign_find_load_source(source_.get()))) {
            vips_error_clear();
            throw ImageError(GLOSS_IMAGE_UNKNOWN_FORMAT, "no reader knows these bytes");
        }
        image_.reset(vips_image_new_from_source(source_.get(), "", "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                                VIPS_FAIL_ON_TRUNCATED, nullptr));
        if (!image_) throw ImageError(GLOSS_IMAGE_BROKEN, vips_message());
        check_pixels(vips_image_get_width(image_.get()), vips_image_get_height(image_.get()), options.max_pixels);
        info.stored_width = vips_image_get_width(image_.get());
        info.stored_height = vips_image_get_height(image_.get());
        info.orientation = find_orientation();
        info.reduction = 1;
        turned_ = options.orient != 0 ? info.orientation : 1;
        const bool swaps = swaps_sides(turned_);
        info.width = swaps ? info.stored_height : info.stored_width;
        info.height = swaps ? info.stored_width : info.stored_height;
        make_plain();
    }

    void read(uint8_t* pixels) override {
        Owned<VipsRegion> region(vips_region_new(image_.get()));
        if (!region) throw ImageError(GLOSS_IMAGE_INTERNAL, vips_message());
        const int width = info.stored_width, height = info.stored_height;
        const Turn turn = Turn::for_orientation(turned_, width, height);
        const bool direct = turn.x_step == 3;
        std::vector<uint8_t> row(direct ? 0 : static_cast<size_t>(width) * 3);
        constexpr int kRows = 16;
        for (int y = 0; y < height; y += kRows) {
            const VipsRect strip{0, y, width, std::min(kRows, height - y)};
            if (vips_region_prepare(region.get(), &strip) != 0)
                throw ImageError(GLOSS_IMAGE_BROKEN, vips_message());
            for (int i = 0; i < strip.height; i++) {
                uint8_t* target = direct ? pixels + turn.origin + (y + i) * turn.y_step : row.data();
                to_rgb(VIPS_REGION_ADDR(region.get(), 0, y + i), width, target);
                if (!direct) place_row(row.data(), width, y + i, turn, pixels);
            }
        }
    }

private:
    // Leaves 8 or 16 bits of grey, RGB or CMYK (each with or without alpha); other kinds go through sRGB or a cast.
    void make_plain() {
        const VipsInterpretation meaning = vips_image_guess_interpretation(image_.get());
        const VipsBandFormat format = vips_image_get_format(image_.get());
        const bool is_float = format == VIPS_FORMAT_FLOAT || format == VIPS_FORMAT_DOUBLE;
        const bool needs_space = meaning == VIPS_INTERPRETATION_LAB || meaning == VIPS_INTERPRETATION_LABS ||
                                 meaning == VIPS_INTERPRETATION_LABQ || meaning == VIPS_INTERPRETATION_XYZ ||
                                 (meaning == VIPS_INTERPRETATION_scRGB && is_float);
        if (needs_space) {
            VipsImage* next = nullptr;
            if (vips_colourspace(image_.get(), &next, VIPS_INTERPRETATION_sRGB, nullptr) != 0)
                throw ImageError(GLOSS_IMAGE_BROKEN, vips_message());
            image_.reset(next);
        }
        const VipsBandFormat now = vips_image_get_format(image_.get());
        if (now != VIPS_FORMAT_UCHAR && now != VIPS_FORMAT_USHORT) {
            VipsImage* next = nullptr;
            if (vips_cast(image_.get(), &next, VIPS_FORMAT_UCHAR, nullptr) != 0)
                throw ImageError(GLOSS_IMAGE_BROKEN, vips_message());
            image_.reset(next);
        }
        bands_ = vips_image_get_bands(image_.get());
        is_wide_ = vips_image_get_format(image_.get()) == VIPS_FORMAT_USHORT;
        is_cmyk_ = meaning == VIPS_INTERPRETATION_CMYK && bands_ >= 4;
    }

    void to_rgb(const uint8_t* row, int width, uint8_t* out) const {
        if (is_wide_) {
            const auto* wide = reinterpret_cast<const uint16_t*>(row);
            if (bands_ < 3 && clip_gray16_) convert(wide, width, out, [](uint16_t v) { return v > 255 ? 255 : v; });
            else convert(wide, width, out, [](uint16_t v) { return v >> 8; });
        } else if (bands_ == 3) {
            std::memcpy(out, row, static_cast<size_t>(width) * 3);
        } else {
            convert(row, width, out, [](uint8_t v) { return v; });
        }
    }

    template <typename T, typename ToByte>
    void convert(const T* row, int width, uint8_t* out, ToByte to_byte) const {
        for (int x = 0; x < width; x++, row += bands_, out += 3) {
            if (bands_ < 3) {
                out[0] = out[1] = out[2] = static_cast<uint8_t>(to_byte(row[0]));
            } else if (is_cmyk_) {
                const uint32_t light = 255u - static_cast<uint8_t>(to_byte(row[3]));
                for (int i = 0; i < 3; i++) {
                    const uint32_t t = (255u - static_cast<uint8_t>(to_byte(row[i]))) * light + 128;
                    out[i] = static_cast<uint8_t>((t + (t >> 8)) >> 8);
                }
            } else {
                for (int i = 0; i < 3; i++) out[i] = static_cast<uint8_t>(to_byte(row[i]));
            }
        }
    }

    int32_t find_orientation() const {
        const int told = vips_image_get_orientation(image_.get());
        return told >= 1 && told <= 8 ? told : 1;
    }

    Owned<VipsSource> source_;
    Owned<VipsImage> image_;
    int bands_ = 3;
    int32_t turned_ = 1;
    bool is_wide_ = false;
    bool is_cmyk_ = false;
    bool clip_gray16_ = false;
};

}  // namespace

std::unique_ptr<GlossImageReader> open_vips(const uint8_t* data, size_t length, const GlossDecodeOptions& options) {
    auto reader = std::make_unique<VipsReader>();
    reader->open(data, length, options);
    return reader;
}

std::string versions() {
    return "libvips " + std::to_string(vips_version(0)) + "." + std::to_string(vips_version(1)) + "." +
           std::to_string(vips_version(2)) + ", libjpeg-turbo " GLOSS_TEXT(LIBJPEG_TURBO_VERSION);
}

void encode(const uint8_t* pixels, int32_t width, int32_t height, const std::string& suffix, int32_t quality,
            uint8_t** encoded, int64_t* length) {
    start();
    const ThreadEnd end;
    const size_t size = size_t{3} * static_cast<size_t>(width) * static_cast<size_t>(height);
    Owned<VipsImage> image(vips_image_new_from_memory(pixels, size, width, height, 3, VIPS_FORMAT_UCHAR));
    if (!image) throw ImageError(GLOSS_IMAGE_INTERNAL, vips_message());
    image->Type = VIPS_INTERPRETATION_sRGB;
    void* buffer = nullptr;
    size_t got = 0;
    int failed;
    if (suffix == ".png") failed = vips_pngsave_buffer(image.get(), &buffer, &got, nullptr);
    else if (suffix == ".jpg") failed = vips_jpegsave_buffer(image.get(), &buffer, &got, "Q", quality, nullptr);
    else if (suffix == ".webp") failed = vips_webpsave_buffer(image.get(), &buffer, &got, "Q", quality, nullptr);
    else throw ImageError(GLOSS_IMAGE_ARGUMENT, "expected .png, .jpg or .webp, got " + suffix);
    if (failed != 0) throw ImageError(GLOSS_IMAGE_INTERNAL, vips_message());
    *encoded = static_cast<uint8_t*>(buffer);
    *length = static_cast<int64_t>(got);
}

void free_encoded(uint8_t* encoded) { g_free(encoded); }

}  // namespace gloss
