// WebP's lossless form (RFC 9649, section 3), by libwebp.
#include "agent/desktop/image.hpp"

#include <webp/encode.h>

namespace trellis::device::desktop {
namespace {
/// The first that predicts pixels from their neighbours; the next saves a thirtieth for half as much time again
/// (docs/design/desktop-stream.md).
constexpr int kMethod = 1;

/// libwebp keeps what it makes of the pixels here, and wants it back.
class Source {
public:
    explicit Source(const Picture& from) {
        if (::WebPPictureInit(&picture) == 0) return;
        picture.use_argb = 1;
        picture.width = from.size.w;
        picture.height = from.size.h;
        isRead_ = ::WebPPictureImportBGRX(&picture, from.at(0, 0), from.stride) != 0;
    }
    ~Source() { ::WebPPictureFree(&picture); }
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    bool isRead() const noexcept { return isRead_; }
    WebPPicture picture{};

private:
    bool isRead_ = false;
};

int take(const std::uint8_t* data, std::size_t size, const WebPPicture* picture) {
    wire::append(*static_cast<wire::Bytes*>(picture->custom_ptr), std::as_bytes(std::span(data, size)));
    return 1;
}
}  // namespace

wire::Bytes encodeWebp(const Picture& picture) {
    WebPConfig config;
    if (::WebPConfigInit(&config) == 0) return {};
    config.lossless = 1;
    config.method = kMethod;
    config.quality = 0;  // of lossless: effort
    Source source(picture);
    wire::Bytes out;
    source.picture.writer = take;
    source.picture.custom_ptr = &out;
    if (!source.isRead() || ::WebPEncode(&config, &source.picture) == 0) return {};
    return out;
}

}  // namespace trellis::device::desktop
