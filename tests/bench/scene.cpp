// What a remote screen shows while a desktop session is measured: one window over the whole screen, and
// scenes in it that are the same in every run. Commands come on stdin, one in a line; each is answered by
// one line with the time (milliseconds since 1970) at which the X server had drawn it.
//
//   marker R G B     a square of this colour at the upper left
//   typing N         N letters, 30 ms apart
//   scrolling N      N lines of text pushed up, 33 ms apart
//   dragging N       a window moved N times, 16 ms apart
//   video N          N moving pictures of 640x360, 33 ms apart
//   still            the first picture again
//   picture FILE     what is on the screen now, as rows of blue, green, red and an unused byte
//
// A click into the square at the upper right changes its colour ("pressed <time>").
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kMarker = 96;
constexpr int kLine = 18;
constexpr int kTextLeft = 200;
constexpr int kTextTop = 150;
constexpr int kTextWidth = 1200;
constexpr int kTextLines = 40;

void say(const std::string& what) {
    const auto now = std::chrono::duration<double, std::milli>(
        std::chrono::system_clock::now().time_since_epoch());
    std::printf("%s %.3f\n", what.c_str(), now.count());
    std::fflush(stdout);
}

/// Words that look like a log: always the same ones.
class Words {
public:
    std::string line() {
        static constexpr std::array kWords{"connected", "service", "started",  "0x7f3a", "warning",
                                           "user",      "session", "refused",  "bytes",  "2026-11-24",
                                           "timeout",   "device",  "finished", "lab-17", "kernel"};
        std::string out;
        while (out.size() < 110) {
            state_ = state_ * 1664525U + 1013904223U;
            out += kWords[(state_ >> 16U) % kWords.size()];
            out += ' ';
        }
        return out;
    }

private:
    std::uint32_t state_ = 42;
};

class Stage {
public:
    Stage() : display_(XOpenDisplay(nullptr)) {
        if (display_ == nullptr) throw std::runtime_error("no X server");
        const int screen = DefaultScreen(display_);
        width_ = DisplayWidth(display_, screen);
        height_ = DisplayHeight(display_, screen);
        XSetWindowAttributes wanted{};
        wanted.override_redirect = True;
        wanted.background_pixel = 0xF4F5F7;
        wanted.event_mask = ButtonPressMask;
        window_ = XCreateWindow(display_, DefaultRootWindow(display_), 0, 0, unsigned(width_),
                                unsigned(height_), 0, CopyFromParent, InputOutput, CopyFromParent,
                                CWOverrideRedirect | CWBackPixel | CWEventMask, &wanted);
        gc_ = XCreateGC(display_, window_, 0, nullptr);
        XSetGraphicsExposures(display_, gc_, False);
        if (auto* font = XLoadQueryFont(display_, "10x20"); font != nullptr) {
            XSetFont(display_, gc_, font->fid);
        }
        XMapRaised(display_, window_);
        still();
    }
    ~Stage() { XCloseDisplay(display_); }
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    int descriptor() const { return ConnectionNumber(display_); }

    void takeClicks() {
        while (XPending(display_) > 0) {
            XEvent event;
            XNextEvent(display_, &event);
            if (event.type != ButtonPress || event.xbutton.x < width_ - kMarker ||
                event.xbutton.y > kMarker) {
                continue;
            }
            isPressed_ = !isPressed_;
            fill(width_ - kMarker, 0, kMarker, kMarker, isPressed_ ? 0x00C000 : 0xC00000);
            XSync(display_, False);
            say("pressed");
        }
    }
    void marker(unsigned red, unsigned green, unsigned blue) {
        fill(0, 0, kMarker, kMarker, (red << 16U) | (green << 8U) | blue);
        XSync(display_, False);
        say("marker");
    }
    void still() {
        Words words;
        XClearWindow(display_, window_);
        for (int i = 0; i < kTextLines; ++i) text(i, words.line());
        fill(width_ - kMarker, 0, kMarker, kMarker, 0xC00000);
        XSync(display_, False);
        isPressed_ = false;
        say("still");
    }
    void typing(int count) {
        Words words;
        fill(kTextLeft, kTextTop, kTextWidth, kTextLines * kLine, 0xFFFFFF);
        const auto letters = words.line() + words.line() + words.line();
        everyStep(count, milliseconds(30), [&](int i) {
            const int column = i % 100;
            const int line = i / 100;
            const char letter = letters[std::size_t(i) % letters.size()];
            XSetForeground(display_, gc_, 0x101418);
            XDrawString(display_, window_, gc_, kTextLeft + 4 + column * 10,
                        kTextTop + (line + 1) * kLine, &letter, 1);
        });
        say("typing");
    }
    void scrolling(int count) {
        Words words;
        everyStep(count, milliseconds(33), [&](int) {
            XCopyArea(display_, window_, window_, gc_, kTextLeft, kTextTop + kLine, kTextWidth,
                      (kTextLines - 1) * kLine, kTextLeft, kTextTop);
            fill(kTextLeft, kTextTop + (kTextLines - 1) * kLine, kTextWidth, kLine, 0xF4F5F7);
            text(kTextLines - 1, words.line());
        });
        say("scrolling");
    }
    void dragging(int count) {
        const auto child = XCreateSimpleWindow(display_, window_, 100, 100, 500, 350, 2, 0x303840, 0xDDE6F0);
        XMapRaised(display_, child);
        XSetForeground(display_, gc_, 0x3060A0);
        XFillRectangle(display_, child, gc_, 0, 0, 500, 28);
        everyStep(count, milliseconds(16), [&](int i) {
            const double angle = double(i) / 40.0;
            XMoveWindow(display_, child, 500 + int(400 * std::cos(angle)), 350 + int(250 * std::sin(angle)));
        });
        XDestroyWindow(display_, child);
        still();
    }
    void video(int count) {
        constexpr int kWidth = 640;
        constexpr int kHeight = 360;
        std::vector<std::uint32_t> pixels(std::size_t(kWidth) * kHeight);
        auto* image = XCreateImage(display_, CopyFromParent, unsigned(DefaultDepth(display_, DefaultScreen(display_))),
                                   ZPixmap, 0, reinterpret_cast<char*>(pixels.data()), kWidth, kHeight, 32, 0);
        everyStep(count, milliseconds(33), [&](int i) {
            paint(pixels, kWidth, kHeight, i);
            XPutImage(display_, window_, gc_, image, 0, 0, 400, 250, kWidth, kHeight);
        });
        image->data = nullptr; // the vector's
        XDestroyImage(image);
        say("video");
    }

    void picture(const std::string& file) {
        auto* image = XGetImage(display_, DefaultRootWindow(display_), 0, 0, unsigned(width_),
                                unsigned(height_), AllPlanes, ZPixmap);
        if (image == nullptr) throw std::runtime_error("no picture of the screen");
        std::ofstream out(file, std::ios::binary);
        out.write(image->data, std::streamsize(image->bytes_per_line) * image->height);
        out.close();
        XDestroyImage(image);
        say("picture");
    }

private:
    void fill(int x, int y, int width, int height, unsigned long colour) {
        XSetForeground(display_, gc_, colour);
        XFillRectangle(display_, window_, gc_, x, y, unsigned(width), unsigned(height));
    }
    void text(int line, const std::string& words) {
        XSetForeground(display_, gc_, 0x101418);
        XDrawString(display_, window_, gc_, kTextLeft + 4, kTextTop + (line + 1) * kLine - 4, words.data(),
                    int(words.size()));
    }
    /// Soft shapes that move, with a little noise: what a camera would give.
    static void paint(std::vector<std::uint32_t>& out, int width, int height, int number) {
        std::uint32_t noise = 7U + std::uint32_t(number);
        const double t = number * 0.12;
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                noise = noise * 1664525U + 1013904223U;
                const double a = std::sin(x * 0.02 + t) + std::sin(y * 0.03 - t * 0.7) +
                                 std::sin((x + y) * 0.015 + t * 0.5);
                const int base = int(128 + 40 * a);
                const int grain = int(noise >> 28U);
                const auto red = std::uint32_t(std::min(255, base + grain));
                const auto green = std::uint32_t(std::min(255, 255 - base / 2 + grain / 2));
                const auto blue = std::uint32_t(std::min(255, 100 + base / 3 + grain));
                out[std::size_t(y) * std::size_t(width) + std::size_t(x)] = (red << 16U) | (green << 8U) | blue;
            }
        }
    }
    void everyStep(int count, milliseconds apart, const std::function<void(int)>& step) {
        auto next = Clock::now();
        for (int i = 0; i < count; ++i) {
            step(i);
            XSync(display_, False);
            next += apart;
            std::this_thread::sleep_until(next);
        }
    }

    Display* display_;
    Window window_ = 0;
    GC gc_ = nullptr;
    int width_ = 0;
    int height_ = 0;
    bool isPressed_ = false;
};

void obey(Stage& screen, const std::string& line) {
    std::istringstream in(line);
    std::string verb;
    int count = 0;
    in >> verb;
    if (verb == "picture") {
        std::string file;
        in >> file;
        screen.picture(file);
        return;
    }
    if (verb == "marker") {
        unsigned red = 0;
        unsigned green = 0;
        unsigned blue = 0;
        in >> red >> green >> blue;
        screen.marker(red & 255U, green & 255U, blue & 255U);
        return;
    }
    in >> count;
    if (verb == "typing") screen.typing(count);
    if (verb == "scrolling") screen.scrolling(count);
    if (verb == "dragging") screen.dragging(count);
    if (verb == "video") screen.video(count);
    if (verb == "still") screen.still();
}

} // namespace

int main() try {
    Stage screen;
    std::string waiting;
    for (;;) {
        std::array<pollfd, 2> ends{{{STDIN_FILENO, POLLIN, 0}, {screen.descriptor(), POLLIN, 0}}};
        if (poll(ends.data(), ends.size(), 1000) < 0) return 1;
        screen.takeClicks();
        if ((ends[0].revents & (POLLIN | POLLHUP)) == 0) continue;
        std::array<char, 4096> piece{};
        const auto got = read(STDIN_FILENO, piece.data(), piece.size());
        if (got <= 0) return 0;
        waiting.append(piece.data(), std::size_t(got));
        for (auto end = waiting.find('\n'); end != std::string::npos; end = waiting.find('\n')) {
            obey(screen, waiting.substr(0, end));
            waiting.erase(0, end + 1);
        }
    }
} catch (const std::exception& why) {
    std::fprintf(stderr, "scene: %s\n", why.what());
    return 1;
}
