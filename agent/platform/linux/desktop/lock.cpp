#include "agent/platform/linux/desktop/lock.hpp"

#include "agent/base/log.hpp"

#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace trellis::device::desktop {
namespace {
constexpr Milliseconds kLookEvery{50};
/// How long a program may take until the screen is locked.
constexpr Milliseconds kPerWay{2'000};

bool hasProgram(const std::string& name) {
    for (const char* folder : {"/usr/bin/", "/bin/", "/usr/local/bin/"}) {
        if (::access((folder + name).c_str(), X_OK) == 0) return true;
    }
    return false;
}

ProgramOptions shell(const std::string& line) {
    ProgramOptions options;
    options.path = "/bin/sh";
    options.args = {"sh", "-c", line};
    options.isDetached = true;  // a lock outlives the session that asked for it
    for (const char* name : {"DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"}) {
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
        if (value != nullptr) options.environment[name] = value;
    }
    return options;
}
}  // namespace

struct Locker::Way {
    const char* program;
    std::string line;
    bool tellsItself = false;  // ends with 0 only once the screen is locked
};

const std::vector<Locker::Way>& Locker::ways() {
    // Desktops hear the login manager and say so when they have locked; it alone is content with being asked.
    static const std::string kSession = "s=$(loginctl show-user \"$(id -u)\" -p Display --value)\n"
                                        "[ -n \"$s\" ] || exit 1\n";
    static const std::string kHint =
        "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do\n"
        "  [ \"$(loginctl show-session \"$s\" -p LockedHint --value)\" = yes ] && exit 0\n  sleep 0.1\n"
        "done\nexit 1\n";
    // Below the person's service manager, if there is one: a lock may not go with the agent's service.
    static const std::string kRun =
        "run() {\n"
        "  export XDG_RUNTIME_DIR=\"${XDG_RUNTIME_DIR:-/run/user/$(id -u)}\"\n"
        "  [ -d \"$XDG_RUNTIME_DIR/systemd\" ] && systemd-run --user --quiet --collect"
        " \"--setenv=DISPLAY=$DISPLAY\" ${XAUTHORITY:+\"--setenv=XAUTHORITY=$XAUTHORITY\"} \"$@\" && exit 0\n"
        "  exec \"$@\"\n"
        "}\nrun ";
    static const std::string kBus = "[ -n \"$DBUS_SESSION_BUS_ADDRESS\" ] || exit 1\n"
                                    "name=org.freedesktop.ScreenSaver\n";
    static const std::vector<Way> kWays{
        {"loginctl", kSession + "loginctl lock-session \"$s\" || exit 1\n" + kHint, true},
        {"light-locker-command", "light-locker-command -l || exit 1\n" + kSession + kHint, true},
        {"dbus-send", kBus + "exec dbus-send --session --print-reply --reply-timeout=1500 --dest=$name "
                             "/org/freedesktop/ScreenSaver $name.Lock"},
        {"xscreensaver-command", "exec xscreensaver-command -lock"},
        {"xdg-screensaver", "exec xdg-screensaver lock"},
        {"xflock4", "exec xflock4"},
        {"i3lock", kRun + "i3lock --nofork"},
        {"xsecurelock", kRun + "xsecurelock"},
        {"slock", kRun + "slock"},
        {"xlock", kRun + "xlock"},
        {"xtrlock", kRun + "xtrlock"},
    };
    return kWays;
}

Locker::Locker(Loop& loop, std::function<bool()> isGrabbed)
    : loop_(loop), isGrabbed_(std::move(isGrabbed)), timer_(loop) {}

void Locker::start(Done done) {
    const bool runs = isBusy();
    waiting_.push_back(std::move(done));
    if (runs) return;
    next_ = 0;
    isAny_ = false;
    wasGrabbed_ = isGrabbed_();
    timer_.start(Milliseconds(0), [this] { tryNext(); });
}

void Locker::tryNext() {
    while (next_ < ways().size()) {
        const auto& way = ways()[next_++];
        if (!hasProgram(way.program)) continue;
        isAny_ = true;
        try {
            Pipes none;
            child_ = Child::start(loop_, shell(way.line), none);
        } catch (const std::exception& e) {
            log::warning("can't lock the screen", {{"way", way.program}, {"reason", e.what()}});
            continue;
        }
        until_ = Clock::now() + kPerWay;
        return timer_.start(kLookEvery, [this] { look(); });
    }
    // Whoever holds the keyboard since before it began: a lock most likely.
    if (wasGrabbed_) return finish({});
    finish(isAny_ ? "no program of this machine could lock the screen"
                  : "this machine has no program that locks the screen");
}

void Locker::look() {
    const auto& way = ways()[next_ - 1];
    const bool hasEnded = child_->poll();
    if (!wasGrabbed_ && isGrabbed_()) return finish({});
    if (hasEnded && child_->code() == 0 && (way.tellsItself || wasGrabbed_)) return finish({});
    if ((hasEnded && child_->code() != 0) || Clock::now() > until_) return tryNext();
    timer_.start(kLookEvery, [this] { look(); });
}

void Locker::finish(const std::string& problem) {
    timer_.stop();
    child_.reset();
    if (problem.empty()) {
        log::info("the screen is locked", {{"way", isAny_ ? ways()[next_ - 1].program : ""}});
    }
    for (const auto& done : std::exchange(waiting_, {})) done(problem);
}

}  // namespace trellis::device::desktop
