#include "agent/platform/linux/desktop/x_pixels.hpp"

#include <sys/ipc.h>
#include <sys/shm.h>

#include <cstring>
#include <stdexcept>

namespace trellis::device::desktop {
namespace {
/// XShmAttach reports failure as an X error, later.
bool hasFailed = false;  // NOLINT: Xlib's error handler has no argument of ours
int onAttachError(::Display*, XErrorEvent*) {
    hasFailed = true;
    return 0;
}
bool is32(const Visual& visual, int depth) {
    return (depth == 24 || depth == 32) && visual.red_mask == 0xFF0000 && visual.blue_mask == 0xFF;
}
}  // namespace

XPixels::XPixels(const XApi& api, ::Display* display, Window root, Size size)
    : x_(api), display_(display), root_(root), size_(size) {
    const auto& visual = *DefaultVisual(display_, DefaultScreen(display_));
    const int depth = DefaultDepth(display_, DefaultScreen(display_));
    if (!is32(visual, depth) && depth != 16) {
        throw std::runtime_error("this screen has " + std::to_string(depth) +
                                 " bits a pixel; 16, 24 or 32 can be shown");
    }
    if (is32(visual, depth) && ImageByteOrder(display_) == LSBFirst && share()) return;
    own_.resize(static_cast<std::size_t>(size.w) * static_cast<std::size_t>(size.h) * 4);
    pixels_ = own_.data();
}

bool XPixels::share() {
    if (x_.XShmQueryExtension(display_) == 0) return false;
    const auto bytes = static_cast<std::size_t>(size_.w) * static_cast<std::size_t>(size_.h) * 4;
    segment_.shmid = ::shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600);
    if (segment_.shmid < 0) return false;
    segment_.shmaddr = static_cast<char*>(::shmat(segment_.shmid, nullptr, 0));
    segment_.readOnly = 0;
    if (segment_.shmaddr == reinterpret_cast<char*>(-1)) {
        ::shmctl(segment_.shmid, IPC_RMID, nullptr);
        return false;
    }
    hasFailed = false;
    const auto before = x_.XSetErrorHandler(onAttachError);
    x_.XShmAttach(display_, &segment_);
    x_.XSync(display_, 0);
    x_.XSetErrorHandler(before);
    // Goes with the last process that has it, whatever happens.
    ::shmctl(segment_.shmid, IPC_RMID, nullptr);
    if (hasFailed) {
        ::shmdt(segment_.shmaddr);
        return false;
    }
    isShared_ = true;
    pixels_ = reinterpret_cast<std::uint8_t*>(segment_.shmaddr);
    return true;
}

XPixels::~XPixels() {
    if (!isShared_) return;
    x_.XShmDetach(display_, &segment_);
    x_.XSync(display_, 0);
    ::shmdt(segment_.shmaddr);
}

void XPixels::fetch(int top, int bottom) {
    if (bottom <= top) return;
    if (!isShared_) return copyRows(top, bottom);
    // An image that is a band of the segment: the server writes the rows to their place.
    auto* image = x_.XShmCreateImage(
        display_, DefaultVisual(display_, DefaultScreen(display_)),
        static_cast<unsigned>(DefaultDepth(display_, DefaultScreen(display_))), ZPixmap,
        segment_.shmaddr + static_cast<std::ptrdiff_t>(top) * size_.w * 4, &segment_,
        static_cast<unsigned>(size_.w), static_cast<unsigned>(bottom - top));
    if (image == nullptr) return;
    if (image->bytes_per_line == size_.w * 4) x_.XShmGetImage(display_, root_, image, 0, top, AllPlanes);
    image->data = nullptr;  // the segment is not the image's
    XDestroyImage(image);
}

void XPixels::copyRows(int top, int bottom) {
    auto* image = x_.XGetImage(display_, root_, 0, top, static_cast<unsigned>(size_.w),
                               static_cast<unsigned>(bottom - top), AllPlanes, ZPixmap);
    if (image == nullptr) return;
    convert(*image, top);
    XDestroyImage(image);
}

void XPixels::convert(const XImage& image, int top) {
    const auto widen = [](unsigned value, unsigned bits) {
        value <<= 8 - bits;
        return static_cast<std::uint8_t>(value | (value >> bits));
    };
    for (int y = 0; y < image.height; ++y) {
        const auto* from = reinterpret_cast<const std::uint8_t*>(image.data) +
                           static_cast<std::ptrdiff_t>(y) * image.bytes_per_line;
        auto* to = pixels_ + static_cast<std::ptrdiff_t>(top + y) * size_.w * 4;
        if (image.bits_per_pixel == 32) {
            std::memcpy(to, from, static_cast<std::size_t>(size_.w) * 4);
            continue;
        }
        for (int x = 0; x < image.width; ++x, from += 2, to += 4) {
            const unsigned pixel = static_cast<unsigned>(from[0]) | (static_cast<unsigned>(from[1]) << 8U);
            to[0] = widen(pixel & 31U, 5);
            to[1] = widen((pixel >> 5U) & 63U, 6);
            to[2] = widen((pixel >> 11U) & 31U, 5);
        }
    }
}

}  // namespace trellis::device::desktop
