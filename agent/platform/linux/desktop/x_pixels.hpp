/// The screen's pixels in memory shared with the X server, or copied through the connection without it.
#pragma once

#include "agent/desktop/geometry.hpp"
#include "agent/platform/linux/desktop/x_api.hpp"

namespace trellis::device::desktop {

class XPixels {
public:
    /// Throws std::runtime_error if the server's pixels have a form that is not known here.
    XPixels(const XApi& api, ::Display* display, Window root, Size size);
    ~XPixels();
    XPixels(const XPixels&) = delete;
    XPixels& operator=(const XPixels&) = delete;

    /// Rows `top` to `bottom` as they are now.
    void fetch(int top, int bottom);
    Picture picture() const noexcept { return {pixels_, size_.w * 4, size_}; }

private:
    bool share();
    void copyRows(int top, int bottom);
    /// From 16 bits (5-6-5) or a padded form to 32 bits.
    void convert(const XImage& image, int top);

    const XApi& x_;
    ::Display* display_;
    Window root_;
    Size size_;
    XShmSegmentInfo segment_{};
    bool isShared_ = false;
    std::uint8_t* pixels_ = nullptr;
    std::vector<std::uint8_t> own_;
};

}  // namespace trellis::device::desktop
