#include "agent/platform/linux/desktop/privacy_bar.hpp"

#include "agent/base/loop.hpp"
#include "agent/desktop/geometry.hpp"
#include "agent/platform/linux/desktop/x_api.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <vector>

namespace trellis::device::desktop {
namespace {
constexpr std::size_t kMaxSigns = 160;
constexpr int kLookMs = 1'000;
/// Programs that lie on top may want to stay there, too: no race with them.
constexpr Milliseconds kRaiseEvery{2'000};
constexpr unsigned long kBack = 0x1F2937;
constexpr unsigned long kFront = 0xFFFFFF;
constexpr unsigned long kCross = 0xB91C1C;
constexpr int kPadding = 6;
/// The first that is there; every X server has the last.
constexpr std::array kFonts{"-misc-fixed-bold-r-normal--15-*-*-*-*-*-iso10646-1",
                            "-misc-fixed-medium-r-semicondensed--13-*-*-*-*-*-iso10646-1", "fixed"};
constexpr std::array kLargeFonts{"-misc-fixed-medium-r-normal--20-*-*-*-*-*-iso10646-1", "10x20", "fixed"};

/// Until the line end or, without one, the end of the input.
std::string readLine() {
    std::string line;
    char letter = 0;
    while (line.size() < 4'000 && ::read(STDIN_FILENO, &letter, 1) == 1 && letter != '\n') line += letter;
    return line;
}

class Bar {
public:
    Bar(const XApi& api, ::Display* display, const std::string& text);
    /// kBarClosed or 0.
    int show();

private:
    void chooseFont();
    void place(const std::string& title);
    void draw();
    bool take(XEvent& event);
    void drag(const XEvent& event);
    void stayOnTop();
    bool isKeyboardGrabbed();
    Rect monitor();

    const XApi& x_;
    ::Display* display_;
    Window root_;
    Window window_ = 0;
    GC gc_ = nullptr;
    XFontStruct* font_ = nullptr;
    std::vector<XChar2b> text_;
    Rect area_;
    int cross_ = 0;  // where the part with the cross begins
    int dragFrom_ = -1;
    bool isCovered_ = false;
    Clock::time_point raised_{};
};

Bar::Bar(const XApi& api, ::Display* display, const std::string& text)
    : x_(api), display_(display), root_(x_.XDefaultRootWindow(display)) {
    for (const char16_t each : barText(text, kMaxSigns)) {
        text_.push_back({static_cast<unsigned char>(each >> 8U), static_cast<unsigned char>(each & 0xFFU)});
    }
    chooseFont();
    place(text);
}

void Bar::chooseFont() {
    const bool isLarge = DisplayHeight(display_, DefaultScreen(display_)) > 1500;
    for (const char* name : isLarge ? kLargeFonts : kFonts) {
        if (font_ == nullptr) font_ = x_.XLoadQueryFont(display_, name);
    }
    if (font_ == nullptr) throw std::runtime_error("the X server has no font");
}

Rect Bar::monitor() {
    const int screen = DefaultScreen(display_);
    Rect found{0, 0, DisplayWidth(display_, screen), DisplayHeight(display_, screen)};
    int base = 0;
    int error = 0;
    int count = 0;
    if (x_.XRRQueryExtension(display_, &base, &error) == 0) return found;
    auto* all = x_.XRRGetMonitors(display_, root_, 1, &count);
    for (int i = 0; i < count; ++i) {
        if (i == 0 || all[i].primary != 0) found = {all[i].x, all[i].y, all[i].width, all[i].height};
    }
    if (all != nullptr) x_.XRRFreeMonitors(all);
    return found;
}

void Bar::place(const std::string& title) {
    const auto screen = monitor();
    const int height = font_->ascent + font_->descent + 2 * kPadding;
    const int most = std::max(4 * height, screen.w - 2 * height);
    const auto wide = [&] { return x_.XTextWidth16(font_, text_.data(), static_cast<int>(text_.size())); };
    while (text_.size() > 1 && wide() + 2 * kPadding + height > most) text_.pop_back();
    cross_ = wide() + 4 * kPadding;
    area_ = {screen.x + (screen.w - cross_ - height) / 2, screen.y, cross_ + height, height};
    window_ = x_.XCreateSimpleWindow(display_, root_, area_.x, area_.y, static_cast<unsigned>(area_.w),
                                     static_cast<unsigned>(area_.h), 0, 0, kBack);
    XSetWindowAttributes wanted{};
    wanted.override_redirect = 1;  // no window manager moves or hides it
    x_.XChangeWindowAttributes(display_, window_, CWOverrideRedirect, &wanted);
    const auto utf8 = x_.XInternAtom(display_, "UTF8_STRING", 0);
    for (const char* name : {"WM_NAME", "_NET_WM_NAME"}) {
        x_.XChangeProperty(display_, window_, x_.XInternAtom(display_, name, 0), utf8, 8, PropModeReplace,
                           reinterpret_cast<const unsigned char*>(title.data()),
                           static_cast<int>(title.size()));
    }
    x_.XSelectInput(display_, window_, ExposureMask | VisibilityChangeMask | ButtonPressMask |
                                           ButtonReleaseMask | Button1MotionMask);
    gc_ = x_.XCreateGC(display_, window_, 0, nullptr);
    x_.XSetFont(display_, gc_, font_->fid);
    x_.XMapRaised(display_, window_);
}

void Bar::draw() {
    x_.XSetForeground(display_, gc_, kCross);
    const auto side = static_cast<unsigned>(area_.h);
    x_.XFillRectangle(display_, window_, gc_, cross_, 0, side, side);
    x_.XSetForeground(display_, gc_, kFront);
    x_.XDrawString16(display_, window_, gc_, 2 * kPadding, kPadding + font_->ascent, text_.data(),
                     static_cast<int>(text_.size()));
    const int inset = area_.h / 3;
    for (int shift = 0; shift < 2; ++shift) {  // two pixels thick
        const int left = cross_ + inset + shift;
        const int right = area_.w - inset - 1 + shift;
        x_.XDrawLine(display_, window_, gc_, left, inset, right, area_.h - inset - 1);
        x_.XDrawLine(display_, window_, gc_, left, area_.h - inset - 1, right, inset);
    }
}

void Bar::drag(const XEvent& event) {
    const auto screen = monitor();
    const int last = std::max(screen.x, screen.right() - area_.w);
    area_.x = std::clamp(event.xmotion.x_root - dragFrom_, screen.x, last);
    x_.XMoveWindow(display_, window_, area_.x, area_.y);
}

/// True once the person has closed it.
bool Bar::take(XEvent& event) {
    switch (event.type) {
    case Expose: draw(); return false;
    case VisibilityNotify: isCovered_ = event.xvisibility.state != VisibilityUnobscured; return false;
    case ButtonPress: dragFrom_ = event.xbutton.x < cross_ ? event.xbutton.x : -1; return false;
    case MotionNotify:
        if (dragFrom_ >= 0) drag(event);
        return false;
    case ButtonRelease:
        return std::exchange(dragFrom_, -1) < 0 && event.xbutton.button == 1 && event.xbutton.x >= cross_ &&
               event.xbutton.x < area_.w && event.xbutton.y >= 0 && event.xbutton.y < area_.h;
    default: return false;
    }
}

bool Bar::isKeyboardGrabbed() {
    const int answer = x_.XGrabKeyboard(display_, root_, 0, GrabModeAsync, GrabModeAsync, CurrentTime);
    if (answer == GrabSuccess) x_.XUngrabKeyboard(display_, CurrentTime);
    return answer == AlreadyGrabbed;
}

void Bar::stayOnTop() {
    if (!isCovered_ || Clock::now() - raised_ < kRaiseEvery) return;
    raised_ = Clock::now();
    // Menus and locks stay on top; behind a lock there is nothing to see.
    if (!isKeyboardGrabbed()) x_.XRaiseWindow(display_, window_);
}

int Bar::show() {
    for (;;) {
        while (x_.XPending(display_) > 0) {
            XEvent event;
            x_.XNextEvent(display_, &event);
            if (take(event)) return kBarClosed;
        }
        stayOnTop();
        x_.XFlush(display_);
        pollfd ends[] = {{STDIN_FILENO, POLLIN, 0}, {x_.XConnectionNumber(display_), POLLIN, 0}};
        if (::poll(ends, 2, isCovered_ ? kLookMs : -1) < 1 || ends[0].revents == 0) continue;
        std::array<char, 256> ignored{};
        if (::read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0) return 0;
    }
}
}  // namespace

namespace {
/// Of a sign of UTF-8 by its first byte; 0 if none begins so.
std::size_t sizeOf(unsigned char first) {
    if (first < 0x80) return 1;
    if (first < 0xC0 || first >= 0xF8) return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}
}  // namespace

std::u16string barText(std::string_view utf8, std::size_t most) {
    std::u16string text;
    for (std::size_t at = 0; at < utf8.size();) {
        if (text.size() == most) return text.substr(0, most - std::min<std::size_t>(most, 3)) + u"...";
        const auto first = static_cast<unsigned char>(utf8[at]);
        const std::size_t size = sizeOf(first);
        bool isWhole = size != 0 && at + size <= utf8.size();
        unsigned sign = size < 2 ? first : first & (0xFFU >> (size + 1));
        for (std::size_t i = 1; isWhole && i < size; ++i) {
            const auto next = static_cast<unsigned char>(utf8[at + i]);
            isWhole = (next & 0xC0U) == 0x80;
            sign = (sign << 6U) | (next & 0x3FU);
        }
        const bool isShown = isWhole && sign >= 0x20 && sign <= 0xFFFF && (sign < 0xD800 || sign > 0xDFFF);
        text += isShown ? static_cast<char16_t>(sign) : u'?';
        at += isWhole ? size : 1;
    }
    return text;
}

int runPrivacyBar() {
    ::signal(SIGPIPE, SIG_IGN);
    try {
        XApi api;
        if (const auto problem = api.load(); !problem.empty()) throw std::runtime_error(problem);
        api.XSetErrorHandler([](::Display*, XErrorEvent*) { return 0; });
        const char* name = std::getenv("DISPLAY");  // NOLINT(concurrency-mt-unsafe): one thread
        auto* display = openDisplay(api, name == nullptr ? "" : name, takeKey());
        if (display == nullptr) throw std::runtime_error("the X server does not let the agent in");
        return Bar(api, display, readLine()).show();
    } catch (const std::exception& e) {
        std::fputs(e.what(), stderr);
        return 1;
    }
}

}  // namespace trellis::device::desktop
