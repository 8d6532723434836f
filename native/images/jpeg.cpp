// JPEG by libjpeg-turbo itself: the slow-but-exact integer inverse DCT and "fancy" chroma upsampling, as Pillow has
// them, and about five times as fast as through libvips.
//
// libjpeg reports errors by a jump. The functions that call setjmp hold nothing with a destructor, so that the jump
// skips none; the message then becomes a C++ exception outside of them.
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <vector>

extern "C" {
#include <jpeglib.h>
#include <jerror.h>
}

#include "reader.h"

namespace gloss {
namespace {

// A progressive file may claim scan after scan, each as costly as a picture; encoders write about ten.
constexpr int kMaxScans = 500;

struct Failure {
    jpeg_error_mgr manager;  // first: libjpeg knows only this
    std::jmp_buf jump;
    GlossImageStatus status;
    char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void fail(j_common_ptr info, GlossImageStatus status, const char* message) {
    auto* failure = reinterpret_cast<Failure*>(info->err);
    failure->status = status;
    std::snprintf(failure->message, sizeof failure->message, "%s", message);
    std::longjmp(failure->jump, 1);
}

[[noreturn]] void error_exit(j_common_ptr info) {
    char message[JMSG_LENGTH_MAX];
    info->err->format_message(info, message);
    fail(info, GLOSS_IMAGE_BROKEN, message);
}

// Warnings (a corrupt block, bytes before a marker) are passed over, as Pillow does; an early end never comes here.
void emit_message(j_common_ptr, int) {}

boolean fill_input_buffer(j_decompress_ptr info) {
    fail(reinterpret_cast<j_common_ptr>(info), GLOSS_IMAGE_TRUNCATED, "the JPEG data end before the picture does");
}

void skip_input_data(j_decompress_ptr info, long count) {
    if (count <= 0) return;
    if (static_cast<size_t>(count) > info->src->bytes_in_buffer) fill_input_buffer(info);
    info->src->next_input_byte += count;
    info->src->bytes_in_buffer -= static_cast<size_t>(count);
}

void ignore(j_decompress_ptr) {}

void watch_scans(j_common_ptr info) {
    if (info->is_decompressor && reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMaxScans)
        fail(info, GLOSS_IMAGE_BROKEN, "more than 500 scans in a progressive JPEG");
}

uint8_t multiply_255(uint32_t a, uint32_t b) {
    const uint32_t t = a * b + 128;
    return static_cast<uint8_t>((t + (t >> 8)) >> 8);
}

class JpegReader final : public GlossImageReader {
public:
    ~JpegReader() override { jpeg_destroy_decompress(&info_); }

    void open(const uint8_t* data, size_t length, const GlossDecodeOptions& options) {
        if (!begin(data, length)) raise();
        check_pixels(info_.image_width, info_.image_height, options.max_pixels);
        info.stored_width = static_cast<int32_t>(info_.image_width);
        info.stored_height = static_cast<int32_t>(info_.image_height);
        info.orientation = find_orientation();
        turned_ = options.orient != 0 ? info.orientation : 1;
        choose_reduction(options);
        if (!prepare()) raise();
        const bool swaps = swaps_sides(turned_);
        info.width = static_cast<int32_t>(swaps ? info_.output_height : info_.output_width);
        info.height = static_cast<int32_t>(swaps ? info_.output_width : info_.output_height);
    }

    void read(uint8_t* pixels) override {
        const size_t width = info_.output_width;
        const Turn turn = Turn::for_orientation(turned_, info_.output_width, info_.output_height);
        std::vector<uint8_t> rows;
        const bool direct = turn.x_step == 3 && info_.out_color_space == JCS_RGB;
        if (!direct) rows.resize(width * 4 * kRows);
        if (!decode(pixels, rows.data(), turn, direct)) raise();
    }

private:
    static constexpr int kRows = 16;

    bool begin(const uint8_t* data, size_t length) {
        info_.err = jpeg_std_error(&failure_.manager);
        failure_.manager.error_exit = error_exit;
        failure_.manager.emit_message = emit_message;
        if (setjmp(failure_.jump) != 0) return false;
        jpeg_create_decompress(&info_);
        progress_.progress_monitor = watch_scans;
        info_.progress = &progress_;
        source_.init_source = ignore;
        source_.fill_input_buffer = fill_input_buffer;
        source_.skip_input_data = skip_input_data;
        source_.resync_to_restart = jpeg_resync_to_restart;
        source_.term_source = ignore;
        source_.next_input_byte = data;
        source_.bytes_in_buffer = length;
        info_.src = &source_;
        jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xFFFF);
        jpeg_read_header(&info_, TRUE);
        return true;
    }

    bool prepare() {
        if (setjmp(failure_.jump) != 0) return false;
        const bool four = info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK;
        info_.out_color_space = four ? JCS_CMYK : JCS_RGB;
        info_.dct_method = JDCT_ISLOW;
        info_.do_fancy_upsampling = TRUE;
        info_.scale_num = 1;
        info_.scale_denom = static_cast<unsigned>(info.reduction);
        jpeg_calc_output_dimensions(&info_);
        return true;
    }

    bool decode(uint8_t* pixels, uint8_t* rows, const Turn& turn, bool direct) {
        if (setjmp(failure_.jump) != 0) return false;
        jpeg_start_decompress(&info_);
        const int64_t width = info_.output_width;
        JSAMPROW pointers[kRows];
        while (info_.output_scanline < info_.output_height) {
            const int64_t y = info_.output_scanline;
            const int64_t left = info_.output_height - y;
            const int count = static_cast<int>(left < kRows ? left : kRows);
            for (int i = 0; i < count; i++)
                pointers[i] = direct ? pixels + turn.origin + (y + i) * turn.y_step : rows + i * width * 4;
            const int got = static_cast<int>(jpeg_read_scanlines(&info_, pointers, static_cast<JDIMENSION>(count)));
            for (int i = 0; i < got && !direct; i++) {
                if (info_.out_color_space == JCS_CMYK) inks_to_rgb(pointers[i], width);
                place_row(pointers[i], width, y + i, turn, pixels);
            }
        }
        return true;
    }

    // Photoshop and all that follow it store CMYK inverted: 255 is no ink.
    static void inks_to_rgb(uint8_t* row, int64_t width) {
        for (int64_t x = 0; x < width; x++) {
            const uint8_t c = row[4 * x], m = row[4 * x + 1], y = row[4 * x + 2], k = row[4 * x + 3];
            row[3 * x] = multiply_255(c, k);
            row[3 * x + 1] = multiply_255(m, k);
            row[3 * x + 2] = multiply_255(y, k);
        }
    }

    int32_t find_orientation() const {
        for (auto* marker = info_.marker_list; marker != nullptr; marker = marker->next)
            if (marker->marker == JPEG_APP0 + 1 && marker->data_length > 6 &&
                std::memcmp(marker->data, "Exif\0\0", 6) == 0)
                return exif_orientation(marker->data + 6, marker->data_length - 6);
        return 1;
    }

    void choose_reduction(const GlossDecodeOptions& options) {
        info.reduction = 1;
        if (options.minimum_width < 1 || options.minimum_height < 1) return;
        const bool swaps = swaps_sides(turned_);
        const auto width = static_cast<uint32_t>(swaps ? options.minimum_height : options.minimum_width);
        const auto height = static_cast<uint32_t>(swaps ? options.minimum_width : options.minimum_height);
        for (uint32_t factor = 2; factor <= 8; factor *= 2)
            if (info_.image_width / factor >= width && info_.image_height / factor >= height)
                info.reduction = static_cast<int32_t>(factor);
    }

    [[noreturn]] void raise() const { throw ImageError(failure_.status, failure_.message); }

    jpeg_decompress_struct info_{};
    jpeg_source_mgr source_{};
    jpeg_progress_mgr progress_{};
    Failure failure_{};
    int32_t turned_ = 1;
};

}  // namespace

std::unique_ptr<GlossImageReader> open_jpeg(const uint8_t* data, size_t length, const GlossDecodeOptions& options) {
    auto reader = std::make_unique<JpegReader>();
    reader->open(data, length, options);
    return reader;
}

}  // namespace gloss
