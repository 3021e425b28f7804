#include "agent/platform/linux/desktop/x_screen.hpp"

#include "agent/base/log.hpp"
#include "agent/desktop/link.hpp"
#include "agent/platform/linux/desktop/display_servers.hpp"
#include "agent/platform/linux/desktop/x_pixels.hpp"

#include <sys/epoll.h>

#include <cstdlib>
#include <stdexcept>

namespace trellis::device::desktop {
namespace {
/// Ours: with more reports than this one band around all of them is cheaper.
constexpr int kMaxReports = 256;

int ignoreError(::Display*, XErrorEvent* error) {
    log::debug("X error", {{"code", error->error_code}, {"request", error->request_code}});
    return 0;
}
int onLostServer(::Display*) {
    log::info("the X server has gone");
    std::_Exit(kServerLost);
}
}  // namespace

class XScreen::Pixels : public XPixels {
    using XPixels::XPixels;
};

XScreen::XScreen(Loop& loop, const XApi& api, const std::string& name, std::string key, Events& events)
    : loop_(loop), x_(api), events_(events), locker_(loop, [this] { return isKeyboardGrabbed(); }),
      blank_(loop, name, key, events) {
    x_.XSetErrorHandler(ignoreError);
    x_.XSetIOErrorHandler(onLostServer);
    display_ = openDisplay(x_, name, key);
    if (display_ == nullptr) {
        throw std::runtime_error("the X server " + name +
                                 (isRunning(name) ? " does not let the agent in" : " is not running"));
    }
    root_ = x_.XDefaultRootWindow(display_);
    requireExtensions();
    size_ = capturedSize({DisplayWidth(display_, DefaultScreen(display_)),
                          DisplayHeight(display_, DefaultScreen(display_))});
    pixels_ = std::make_unique<Pixels>(x_, display_, root_, size_);
    keyboard_ = std::make_unique<XKeyboard>(loop_, x_, display_, [this] { flush(); });
    clipboard_ = std::make_unique<XClipboard>(
        loop_, x_, display_, fixesBase_, [this](std::string_view text) { events_.onClipboard(text); });
    watchServer();
}

XScreen::~XScreen() {
    loop_.unwatch(x_.XConnectionNumber(display_));
    keyboard_.reset();
    clipboard_.reset();
    pixels_.reset();
    x_.XCloseDisplay(display_);
}

void XScreen::requireExtensions() {
    int error = 0;
    int major = 2;
    int minor = 0;
    const bool hasAll = x_.XDamageQueryExtension(display_, &damageBase_, &error) != 0 &&
                        x_.XFixesQueryExtension(display_, &fixesBase_, &error) != 0 &&
                        x_.XTestQueryExtension(display_, &error, &error, &major, &minor) != 0;
    if (!hasAll) throw std::runtime_error("this X server lacks the DAMAGE, XFIXES or XTEST extension");
    if (x_.XRRQueryExtension(display_, &randrBase_, &error) == 0) randrBase_ = -1;
    int opcode = 0;
    major = XkbMajorVersion;
    minor = XkbMinorVersion;
    if (x_.XkbQueryExtension(display_, &opcode, &xkbBase_, &error, &major, &minor) == 0) xkbBase_ = -1;
}

void XScreen::watchServer() {
    // A screen saver that grabs input must not keep ours out.
    x_.XTestGrabControl(display_, 1);
    x_.XSelectInput(display_, root_, StructureNotifyMask);
    damage_ = x_.XDamageCreate(display_, root_, XDamageReportNonEmpty);
    region_ = x_.XFixesCreateRegion(display_, nullptr, 0);
    x_.XFixesSelectCursorInput(display_, root_, XFixesDisplayCursorNotifyMask);
    if (randrBase_ >= 0) {
        x_.XRRSelectInput(display_, root_,
                          RRScreenChangeNotifyMask | RRCrtcChangeNotifyMask | RROutputChangeNotifyMask);
    }
    if (xkbBase_ >= 0) {
        x_.XkbSelectEvents(display_, XkbUseCoreKbd, XkbIndicatorStateNotifyMask | XkbMapNotifyMask,
                           XkbIndicatorStateNotifyMask | XkbMapNotifyMask);
        readLockKeys();
    }
    readDisplays();
    readCursor();
    hasDamage_ = true;  // nobody has seen anything yet
    loop_.watch(x_.XConnectionNumber(display_), EPOLLIN, [this](std::uint32_t) { drain(); });
    flush();
}

// ---- events ----

void XScreen::flush() {
    x_.XFlush(display_);
    if (isDraining_ || isDrainPosted_) return;
    isDrainPosted_ = true;
    loop_.post([this] {
        isDrainPosted_ = false;
        drain();
    });
}

void XScreen::drain() {
    isDraining_ = true;
    const bool hadDamage = hasDamage_;
    while (x_.XPending(display_) > 0) {
        XEvent event;
        x_.XNextEvent(display_, &event);
        onEvent(event);
    }
    const auto keys = lockKeys_;
    if (std::exchange(wantsDisplays_, false)) {
        readDisplays();
    }
    if (std::exchange(wantsCursor_, false)) {
        readCursor();
        events_.onCursor();
    }
    if (xkbBase_ >= 0 && std::exchange(wantsLockKeys_, false)) {
        readLockKeys();
        if (keys != lockKeys_) events_.onLockKeys();
    }
    if (hasDamage_ && !hadDamage) events_.onDamage();
    isDraining_ = false;
    // Answers to requests made here may have brought more.
    if (x_.XPending(display_) > 0) flush();
}

void XScreen::onEvent(XEvent& event) {
    if (clipboard_->onEvent(event)) return;
    if (event.type == damageBase_ + XDamageNotify) {
        hasDamage_ = true;
    } else if (event.type == fixesBase_ + XFixesCursorNotify) {
        wantsCursor_ = true;
    } else if (event.type == ConfigureNotify && event.xconfigure.window == root_) {
        wantsDisplays_ = true;
    } else if (randrBase_ >= 0 && (event.type == randrBase_ + RRScreenChangeNotify ||
                                   event.type == randrBase_ + RRNotify)) {
        x_.XRRUpdateConfiguration(&event);
        wantsDisplays_ = true;
    } else if (event.type == MappingNotify) {
        x_.XRefreshKeyboardMapping(&event.xmapping);
        keyboard_->onMapping();
    } else if (xkbBase_ >= 0 && event.type == xkbBase_) {
        auto& xkb = reinterpret_cast<XkbEvent&>(event);
        if (xkb.any.xkb_type == XkbIndicatorStateNotify) wantsLockKeys_ = true;
        if (xkb.any.xkb_type == XkbMapNotify) {
            x_.XkbRefreshKeyboardMapping(&xkb.map);
            keyboard_->onMapping();
        }
    }
}

// ---- the screen ----

void XScreen::readDisplays() {
    Window root = 0;
    int x = 0;
    int y = 0;
    unsigned width = 0;
    unsigned height = 0;
    unsigned border = 0;
    unsigned depth = 0;
    if (x_.XGetGeometry(display_, root_, &root, &x, &y, &width, &height, &border, &depth) == 0) return;
    const auto size = capturedSize({static_cast<int>(width), static_cast<int>(height)});
    std::vector<Display> found;
    int count = 0;
    auto* monitors = randrBase_ >= 0 ? x_.XRRGetMonitors(display_, root_, 1, &count) : nullptr;
    for (int i = 0; i < count && found.size() < kMaxDisplays; ++i) {
        const auto& each = monitors[i];
        const auto area = intersect({each.x, each.y, each.width, each.height}, {0, 0, size.w, size.h});
        if (area.isEmpty()) continue;
        found.push_back({static_cast<int>(found.size()) + 1, area, each.primary != 0});
    }
    if (monitors != nullptr) x_.XRRFreeMonitors(monitors);
    if (found.empty()) found.push_back({1, {0, 0, size.w, size.h}, true});
    if (found == displays_ && size == size_) return;
    const bool isFirst = displays_.empty();
    displays_ = std::move(found);
    if (size != size_) {
        size_ = size;
        pixels_.reset();
        pixels_ = std::make_unique<Pixels>(x_, display_, root_, size_);
    }
    isAllNew_ = true;
    hasDamage_ = true;
    if (!isFirst) events_.onDisplays();
}

std::vector<Rect> XScreen::update() {
    hasDamage_ = false;
    std::vector<Rect> areas;
    x_.XDamageSubtract(display_, damage_, 0, region_);
    if (std::exchange(isAllNew_, false)) {
        areas.push_back({0, 0, size_.w, size_.h});
    } else {
        int count = 0;
        auto* rects = x_.XFixesFetchRegion(display_, region_, &count);
        for (int i = 0; i < count; ++i) {
            const auto part = intersect({rects[i].x, rects[i].y, rects[i].width, rects[i].height},
                                        {0, 0, size_.w, size_.h});
            if (!part.isEmpty()) areas.push_back(part);
        }
        if (rects != nullptr) x_.XFree(rects);
    }
    if (areas.size() > kMaxReports) areas = {{0, 0, size_.w, size_.h}};
    // Bands of rows: neighbours are fetched together.
    std::vector<bool> rows(static_cast<std::size_t>(size_.h));
    for (const auto& area : areas) {
        std::fill(rows.begin() + area.y, rows.begin() + area.bottom(), true);
    }
    for (int y = 0; y < size_.h; ++y) {
        if (!rows[static_cast<std::size_t>(y)]) continue;
        const int top = y;
        while (y < size_.h && rows[static_cast<std::size_t>(y)]) ++y;
        pixels_->fetch(top, y);
    }
    flush();
    return areas;
}

Picture XScreen::picture() const { return pixels_->picture(); }

void XScreen::readCursor() {
    auto* image = x_.XFixesGetCursorImage(display_);
    cursor_ = {};
    if (image == nullptr) return;
    constexpr int kMaxCursor = 256;
    if (image->width <= kMaxCursor && image->height <= kMaxCursor) {
        cursor_.size = {image->width, image->height};
        cursor_.hotX = image->xhot;
        cursor_.hotY = image->yhot;
        if (image->name != nullptr) cursor_.name = image->name;
        const auto count = static_cast<std::size_t>(image->width) * image->height;
        cursor_.rgba.reserve(count * 4);
        for (std::size_t i = 0; i < count; ++i) {
            const auto pixel = image->pixels[i];  // ARGB, multiplied by alpha
            const auto alpha = (pixel >> 24U) & 0xFFU;
            for (const unsigned shift : {16U, 8U, 0U}) {
                const auto value = (pixel >> shift) & 0xFFU;
                cursor_.rgba.push_back(static_cast<std::uint8_t>(
                    alpha == 0 ? 0 : std::min<unsigned long>(255, value * 255 / alpha)));
            }
            cursor_.rgba.push_back(static_cast<std::uint8_t>(alpha));
        }
    }
    x_.XFree(image);
}

void XScreen::readLockKeys() {
    unsigned state = 0;
    if (x_.XkbGetIndicatorState(display_, XkbUseCoreKbd, &state) != 0) return;
    // The X server's own order of lamps: caps, num, scroll.
    lockKeys_ = static_cast<std::uint8_t>(((state & 1U) != 0 ? 4U : 0U) | ((state & 2U) != 0 ? 1U : 0U) |
                                          ((state & 4U) != 0 ? 2U : 0U));
}

// ---- input ----

void XScreen::key(const KeyCommand& key, KeyMeaning meaning) {
    keyboard_->key(key, meaning, (lockKeys_ & 1U) != 0);
    flush();
}

void XScreen::unicode(char32_t character) {
    keyboard_->type(character);
    flush();
}

void XScreen::moveTo(int x, int y) {
    x_.XTestFakeMotionEvent(display_, -1, x, y, 0);
    flush();
}

void XScreen::button(int number, bool isDown) {
    keyboard_->pressNow();
    x_.XTestFakeButtonEvent(display_, static_cast<unsigned>(number), isDown ? 1 : 0, 0);
    flush();
}

// As every X server has it: 4 up, 5 down, 6 left, 7 right.
void XScreen::wheel(int direction) { click(direction > 0 ? 4 : 5); }

void XScreen::sideWheel(int direction) { click(direction > 0 ? 7 : 6); }

void XScreen::click(unsigned number) {
    keyboard_->pressNow();
    x_.XTestFakeButtonEvent(display_, number, 1, 0);
    x_.XTestFakeButtonEvent(display_, number, 0, 0);
    flush();
}

std::string XScreen::ctrlAltDel() {
    auto hint = keyboard_->ctrlAltDel();
    flush();
    return hint;
}

bool XScreen::isKeyboardGrabbed() {
    // Nobody who wants to lock finds it in our hands.
    x_.XGrabServer(display_);
    const int answer = x_.XGrabKeyboard(display_, root_, 0, GrabModeAsync, GrabModeAsync, CurrentTime);
    if (answer == GrabSuccess) x_.XUngrabKeyboard(display_, CurrentTime);
    x_.XUngrabServer(display_);
    flush();
    return answer == AlreadyGrabbed;
}

void XScreen::lock(std::function<void(const std::string& problem)> done) { locker_.start(std::move(done)); }

void XScreen::finishLock() {
    const auto until = Clock::now() + kLongestLock;
    while (locker_.isBusy() && Clock::now() < until) loop_.runOnce(Milliseconds(100));
}

void XScreen::blank(bool isWanted) { blank_.set(isWanted); }

void XScreen::wake() {
    x_.XForceScreenSaver(display_, ScreenSaverReset);
    int ignored = 0;
    unsigned short level = 0;
    unsigned char isEnabled = 0;
    if (x_.DPMSQueryExtension(display_, &ignored, &ignored) != 0 && x_.DPMSCapable(display_) != 0 &&
        x_.DPMSInfo(display_, &level, &isEnabled) != 0 && level != DPMSModeOn) {
        x_.DPMSForceLevel(display_, DPMSModeOn);
    }
    // Screen savers that are programs wait for a hand: the pointer goes one step and back.
    Window window = 0;
    int x = 0;
    int y = 0;
    int inWindow = 0;
    unsigned state = 0;
    if (x_.XQueryPointer(display_, root_, &window, &window, &x, &y, &inWindow, &inWindow, &state) != 0) {
        x_.XTestFakeMotionEvent(display_, -1, x > 0 ? x - 1 : x + 1, y, 0);
        x_.XTestFakeMotionEvent(display_, -1, x, y, 0);
    }
    flush();
}

void XScreen::setClipboard(std::string text) {
    clipboard_->offer(std::move(text));
    flush();
}

void XScreen::askClipboard() {
    clipboard_->ask();
    flush();
}

}  // namespace trellis::device::desktop
