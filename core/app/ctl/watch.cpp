#include "core/app/ctl/watch.hpp"

#include <signal.h>
#include <unistd.h>

#include <ctime>
#include <iostream>
#include <sstream>

#include <trellis/sdk/error.hpp>

namespace trellis::app::ctl {
namespace {

constexpr timespec kEvery{2, 0};

/// SIGINT and SIGTERM are waited for rather than handled, so that nothing is cut half way.
class Stop {
public:
    Stop() {
        sigemptyset(&set_);
        sigaddset(&set_, SIGINT);
        sigaddset(&set_, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &set_, &before_);
    }
    ~Stop() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    Stop(const Stop&) = delete;
    Stop& operator=(const Stop&) = delete;
    /// True when it came within `kEvery`.
    bool came() const { return sigtimedwait(&set_, nullptr, &kEvery) > 0; }

private:
    sigset_t set_{}, before_{};
};

}  // namespace

int watch(Context& context, const std::function<int(Context&)>& command) {
    const Stop stop;
    const bool isTerminal = isatty(STDOUT_FILENO) != 0 && !context.asJson;
    std::string last, complaint;
    for (bool isFirst = true;; isFirst = false) {
        std::ostringstream text;
        auto arguments = context.arguments;
        Context one{arguments, context.data, context.configFile, context.asJson,
                    context.in, text, context.err, context.remote, context.domain};
        try {
            const auto status = command(one);
            if (status != kOk) return status;
            if (isFirst || text.str() != last || !complaint.empty()) {
                last = text.str();
                context.out << (isTerminal ? "\x1b[H\x1b[2J" : "") << last << std::flush;
            }
            complaint.clear();
        } catch (const sdk::Error& error) {
            const bool isPassing = error.code() == sdk::ErrorCode::Unavailable ||
                                   error.code() == sdk::ErrorCode::RateLimited ||
                                   error.code() == sdk::ErrorCode::DeadlineExceeded;
            if (isFirst || !isPassing) throw;
            if (complaint != error.what()) context.err << "trellisctl: " << error.what() << '\n';
            complaint = error.what();
        }
        if (!context.out) return kOk;  // whoever read it has gone
        if (stop.came()) return kOk;
    }
}

}  // namespace trellis::app::ctl
