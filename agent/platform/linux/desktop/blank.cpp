#include "agent/platform/linux/desktop/blank.hpp"

#include "agent/platform/linux/desktop/x_api.hpp"
#include "agent/platform/linux/desktop/x_authority.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>

namespace trellis::device::desktop {
namespace {
constexpr int kLookMs = 1'000;
constexpr std::size_t kMaxProblem = 300;

/// The ramps of all monitors, and what they were before.
class Ramps {
public:
    Ramps(const XApi& api, ::Display* display)
        : x_(api), display_(display), root_(x_.XDefaultRootWindow(display)) {}
    ~Ramps() {
        for (auto& [crtc, ramp] : before_) x_.XRRSetCrtcGamma(display_, crtc, ramp.get());
        x_.XSync(display_, 0);
    }
    Ramps(const Ramps&) = delete;
    Ramps& operator=(const Ramps&) = delete;

    /// Also for monitors that came since, and what programs that warm colours at night have set. False if no
    /// monitor has ramps.
    bool darken() {
        auto* all = x_.XRRGetScreenResourcesCurrent(display_, root_);
        if (all == nullptr) return false;
        for (int i = 0; i < all->ncrtc; ++i) darken(all->crtcs[i]);
        x_.XRRFreeScreenResources(all);
        x_.XSync(display_, 0);
        return !before_.empty();
    }

private:
    using Ramp = std::unique_ptr<XRRCrtcGamma, void (*)(XRRCrtcGamma*)>;

    void darken(RRCrtc crtc) {
        const int size = x_.XRRGetCrtcGammaSize(display_, crtc);
        if (size < 2) return;
        Ramp now(x_.XRRGetCrtcGamma(display_, crtc), x_.XRRFreeGamma);
        if (!now) return;
        const bool isDark = std::all_of(now->red, now->red + size, [](auto value) { return value == 0; });
        const bool isKnown = before_.contains(crtc);
        if (isDark && isKnown) return;
        // One who was ended by force has left it dark.
        if (isDark) fillStraight(*now);
        const Ramp dark(x_.XRRAllocGamma(size), x_.XRRFreeGamma);
        for (auto* part : {dark->red, dark->green, dark->blue}) std::fill(part, part + size, 0);
        before_.insert_or_assign(crtc, std::move(now));
        x_.XRRSetCrtcGamma(display_, crtc, dark.get());
    }
    static void fillStraight(XRRCrtcGamma& ramp) {
        for (int i = 0; i < ramp.size; ++i) {
            const auto value = static_cast<unsigned short>(i * 0xFFFF / (ramp.size - 1));
            ramp.red[i] = ramp.green[i] = ramp.blue[i] = value;
        }
    }

    const XApi& x_;
    ::Display* display_;
    Window root_;
    std::map<RRCrtc, Ramp> before_;
};

/// Nothing comes: only its end counts.
bool hasInputEnded(int waitMs) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, waitMs) < 1) return false;
    std::array<char, 64> ignored{};
    return ::read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0;
}

void say(std::string_view text) {
    [[maybe_unused]] const auto count = ::write(STDOUT_FILENO, text.data(), text.size());
}

void holdDark() {
    XApi api;
    if (const auto problem = api.load(); !problem.empty()) throw std::runtime_error(problem);
    const char* name = std::getenv("DISPLAY");  // NOLINT(concurrency-mt-unsafe): one thread
    api.XSetErrorHandler([](::Display*, XErrorEvent*) { return 0; });
    auto* display = openDisplay(api, name == nullptr ? "" : name, takeKey());
    if (display == nullptr) throw std::runtime_error("the X server does not let the agent in");
    int base = 0;
    int error = 0;
    if (api.XRRQueryExtension(display, &base, &error) == 0) {
        throw std::runtime_error("this X server lacks the RANDR extension");
    }
    Ramps ramps(api, display);
    if (!ramps.darken()) throw std::runtime_error("no monitor of this machine can be made dark");
    say("dark");
    while (!hasInputEnded(kLookMs)) ramps.darken();
}
}  // namespace

Blank::Blank(Loop& loop, std::string display, std::string key, Screen::Events& events)
    : loop_(loop), display_(std::move(display)), key_(std::move(key)), events_(events) {}

void Blank::set(bool isWanted) {
    isWanted_ = isWanted;
    if (!isWanted) {
        if (program_) program_->closeInput();
        return;
    }
    if (program_) return;  // dark, or about to be light: then its end begins anew
    ProgramOptions options;
    options.path = "/proc/self/exe";
    options.args = {"trellis-agent", "blank-monitors"};
    options.environment["DISPLAY"] = display_;
    options.environment["TRELLIS_DESKTOP"] = "1";
    if (!key_.empty()) options.environment["TRELLIS_X_KEY"] = hexOf(key_);
    const char* file = std::getenv("XAUTHORITY");  // NOLINT(concurrency-mt-unsafe): one thread
    if (file != nullptr) options.environment["XAUTHORITY"] = file;
    problem_.clear();
    try {
        program_.reset(new Process(loop_, *this, options));
    } catch (const std::exception& e) {
        loop_.post([this, why = std::string(e.what())] { events_.onBlank(false, why); });
    }
}

void Blank::onOutput(bool isError, std::string_view bytes) {
    if (isError) {
        problem_ += bytes.substr(0, kMaxProblem - std::min(kMaxProblem, problem_.size()));
    } else {
        events_.onBlank(true, {});
    }
}

void Blank::onExit(int code, int /*signal*/) {
    loop_.post([old = std::shared_ptr<Process>(std::move(program_))] {});
    if (isWanted_ && code == 0) return set(true);
    const bool wasWanted = std::exchange(isWanted_, false);
    if (wasWanted && problem_.empty()) problem_ = "the monitors did not stay dark";
    events_.onBlank(false, wasWanted ? problem_ : std::string());
}

int runBlankProgram() {
    // Only the end of its input ends it: what it changed has to be undone.
    for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGPIPE}) ::signal(number, SIG_IGN);
    try {
        holdDark();
        return 0;
    } catch (const std::exception& e) {
        std::fputs(e.what(), stderr);
        return 1;
    }
}

}  // namespace trellis::device::desktop
