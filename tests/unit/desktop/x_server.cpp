#include "x_server.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <X11/keysym.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>

namespace desktop_test {
namespace {
constexpr const char* kProgram = "/usr/bin/Xvfb";

/// A function that only the tests need.
template <class Function> Function* x11(const char* name) {
    static void* library = ::dlopen("libX11.so.6", RTLD_NOW);
    return reinterpret_cast<Function*>(::dlsym(library, name));
}
#define X11(name) x11<decltype(::name)>(#name)
}  // namespace

bool hasXServer() { return ::access(kProgram, X_OK) == 0; }

XServer::XServer(const std::string& screen) {
    // A number of its own: servers that look for a free one themselves can meet at the same.
    static int count = 0;
    name_ = ':' + std::to_string(10'000 + ::getpid() % 40'000 + count++);
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0) throw std::runtime_error("pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        ::close(ends[0]);
        const int null = ::open("/dev/null", O_RDWR);
        for (const int fd : {0, 1, 2}) ::dup2(null, fd);
        const auto fd = std::to_string(ends[1]);
        ::execl(kProgram, "Xvfb", name_.c_str(), "-displayfd", fd.c_str(), "-screen", "0", screen.c_str(), "-nolisten",
                "tcp", "-noreset", nullptr);
        ::_exit(127);
    }
    ::close(ends[1]);
    pollfd wait{ends[0], POLLIN, 0};
    // The number and its line end are written one after the other; it dies if nobody reads both.
    for (char letter = 0; letter != '\n';) {
        if (::poll(&wait, 1, 30'000) != 1 || ::read(ends[0], &letter, 1) != 1) {
            throw std::runtime_error("Xvfb does not start");
        }
    }
    ::close(ends[0]);
    ::setenv("DISPLAY", name_.c_str(), 1);
}

boost::test_tools::assertion_result needsX(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result result(hasXServer());
    result.message() << "no Xvfb is installed";
    return result;
}

XServer::~XServer() {
    ::unsetenv("DISPLAY");
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
}

Painter::Painter(const std::string& display) : name_(display) {
    if (const auto problem = x_.load(); !problem.empty()) throw std::runtime_error(problem);
    display_ = x_.XOpenDisplay(display.c_str());
    if (display_ == nullptr) throw std::runtime_error("no display " + display);
    const auto root = x_.XDefaultRootWindow(display_);
    window_ = x_.XCreateSimpleWindow(display_, root, 0, 0, 4096, 4096, 0, 0, 0);
    x_.XSelectInput(display_, window_, KeyPressMask | ButtonPressMask | ExposureMask);
    X11(XMapWindow)(display_, window_);
    XEvent event;
    do {
        x_.XNextEvent(display_, &event);
    } while (event.type != Expose);
    X11(XSetInputFocus)(display_, window_, RevertToPointerRoot, CurrentTime);
    // Xlib reads the map of keys at the first key and only then asks to be told of changes: what is put on a
    // key between the two would stay unknown.
    x_.XkbKeycodeToKeysym(display_, 38, 0, 0);
    x_.XSync(display_, 0);
}

Painter::~Painter() {
    if (owner_ > 0) {
        ::kill(owner_, SIGTERM);
        ::waitpid(owner_, nullptr, 0);
    }
    if (display_ != nullptr) x_.XCloseDisplay(display_);
}

std::pair<int, int> Painter::pointer() {
    Window root = 0;
    Window child = 0;
    int x = 0;
    int y = 0;
    int ignored = 0;
    unsigned mask = 0;
    X11(XQueryPointer)(display_, window_, &root, &child, &x, &y, &ignored, &ignored, &mask);
    return {x, y};
}

unsigned Painter::modifiers() {
    XkbStateRec state{};
    x_.XkbGetState(display_, XkbUseCoreKbd, &state);
    return state.mods;
}

void Painter::copy(const std::string& text) {
    if (owner_ > 0) {
        ::kill(owner_, SIGTERM);
        ::waitpid(owner_, nullptr, 0);
    }
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0) throw std::runtime_error("pipe");
    owner_ = ::fork();
    if (owner_ == 0) {
        ::dup2(ends[0], 0);
        ::close(ends[1]);
        ::setenv("DISPLAY", name_.c_str(), 1);
        ::execlp("xclip", "xclip", "-quiet", "-selection", "clipboard", nullptr);
        ::_exit(127);
    }
    ::close(ends[0]);
    for (std::size_t done = 0; done < text.size();) {
        const auto count = ::write(ends[1], text.data() + done, text.size() - done);
        if (count <= 0) throw std::runtime_error("xclip does not take the text");
        done += static_cast<std::size_t>(count);
    }
    ::close(ends[1]);
}

std::string Painter::run(const std::string& command) {
    std::string out;
    FILE* pipe = ::popen(("DISPLAY=" + name_ + " " + command + " 2>/dev/null").c_str(), "r");
    char part[65536];
    std::size_t count = 0;
    while (pipe != nullptr && (count = std::fread(part, 1, sizeof part, pipe)) > 0) out.append(part, count);
    return pipe != nullptr && ::pclose(pipe) == 0 ? out : "failed";
}

std::string Painter::paste() { return run("timeout 5 xclip -o -selection clipboard"); }

void Painter::setLayout(const std::string& name) { run("setxkbmap " + name); }

void Painter::lockGroup(unsigned number) {
    X11(XkbLockGroup)(display_, XkbUseCoreKbd, number);
    x_.XSync(display_, 0);
}

unsigned Painter::group() {
    XkbStateRec state{};
    x_.XkbGetState(display_, XkbUseCoreKbd, &state);
    return state.group;
}

void Painter::addMonitors(int width, int height) {
    const auto size = std::to_string(width) + "/100x" + std::to_string(height) + "/100";
    run("xrandr --setmonitor left " + size + "+0+0 screen");
    run("xrandr --setmonitor right " + size + '+' + std::to_string(width) + "+0 none");
}

bool Painter::resizeScreen(int width, int height) {
    return run("xrandr -s " + std::to_string(width) + 'x' + std::to_string(height)) != "failed";
}

void Painter::grabCtrlAltDel() {
    const auto code = X11(XKeysymToKeycode)(display_, XK_Delete);
    x_.XGrabKey(display_, code, ControlMask | Mod1Mask, x_.XDefaultRootWindow(display_), 1, GrabModeAsync, GrabModeAsync);
    x_.XSync(display_, 0);
}

void Painter::fill(int x, int y, int w, int h, unsigned long colour) {
    auto* context = DefaultGC(display_, DefaultScreen(display_));
    X11(XSetForeground)(display_, context, colour);
    X11(XFillRectangle)(display_, window_, context, x, y, static_cast<unsigned>(w),
                        static_cast<unsigned>(h));
    x_.XSync(display_, 0);
}

void Painter::noise(int x, int y, int w, int h, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<unsigned> data(static_cast<std::size_t>(w) * static_cast<std::size_t>(h));
    for (auto& each : data) each = static_cast<unsigned>(random()) & 0xFFFFFFU;
    auto* image = x_.XCreateImage(display_, DefaultVisual(display_, DefaultScreen(display_)), 24, ZPixmap,
                                  0, reinterpret_cast<char*>(data.data()), static_cast<unsigned>(w),
                                  static_cast<unsigned>(h), 32, 0);
    X11(XPutImage)(display_, window_, DefaultGC(display_, DefaultScreen(display_)), image, 0, 0, x, y,
                   static_cast<unsigned>(w), static_cast<unsigned>(h));
    x_.XSync(display_, 0);
    image->data = nullptr;
    XDestroyImage(image);
}

void Painter::text(int x, int y, const std::string& text) {
    auto* context = DefaultGC(display_, DefaultScreen(display_));
    X11(XSetForeground)(display_, context, 0xFFFFFF);
    X11(XDrawString)(display_, window_, context, x, y, text.c_str(), static_cast<int>(text.size()));
    x_.XSync(display_, 0);
}

std::vector<unsigned> Painter::pixels(int w, int h) {
    auto* image = x_.XGetImage(display_, x_.XDefaultRootWindow(display_), 0, 0, static_cast<unsigned>(w),
                               static_cast<unsigned>(h), AllPlanes, ZPixmap);
    std::vector<unsigned> found;
    for (int y = 0; y < h; ++y) {
        for (int x = 0; x < w; ++x) found.push_back(static_cast<unsigned>(XGetPixel(image, x, y)) & 0xFFFFFFU);
    }
    XDestroyImage(image);
    return found;
}

std::string Painter::typed() {
    while (x_.XPending(display_) > 0) {
        XEvent event;
        x_.XNextEvent(display_, &event);
        if (event.type == ButtonPress) typed_ += '<' + std::to_string(event.xbutton.button) + '>';
        if (event.type == MappingNotify) x_.XRefreshKeyboardMapping(&event.xmapping);
        if (event.type != KeyPress) continue;
        KeySym symbol = 0;
        char text[16];
        X11(XLookupString)(&event.xkey, text, sizeof text, &symbol, nullptr);
        if (IsModifierKey(symbol)) continue;
        if (symbol >= 0x20 && symbol < 0x7F) {
            typed_ += static_cast<char>(symbol);
        } else {
            const char* name = X11(XKeysymToString)(symbol);
            typed_ += '[' + std::string(name == nullptr ? "nothing" : name) + ']';
        }
    }
    return typed_;
}

}  // namespace desktop_test
