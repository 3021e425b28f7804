#include "tests/bench/loads.hpp"

#include <algorithm>
#include <atomic>
#include <ctime>
#include <thread>

#include <openssl/rsa.h>

#include "tests/bench/processes.hpp"

namespace trellis::bench {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
constexpr std::size_t kAtOnce = 64; ///< agents that are on their way

double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Milliseconds of requests, one after another.
class Latency {
public:
    template <class F> void time(F&& request) {
        const auto start = Clock::now();
        request();
        all_.push_back(secondsSince(start) * 1000);
    }
    void report(Report& report, const std::string& what) {
        if (all_.empty()) return;
        std::sort(all_.begin(), all_.end());
        report.row(what + ", median", all_[all_.size() / 2], "ms");
        report.row(what + ", longest", all_.back(), "ms",
                   "of " + std::to_string(all_.size()) + " one after another");
    }

private:
    std::vector<double> all_;
};

Latency timeLogins(const Subject& subject, int count) {
    Latency out;
    for (int i = 0; i < count; ++i) out.time([&] { subject.logIn(); });
    return out;
}

double threadMilliseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

} // namespace

double signatureCost() {
    constexpr int kTries = 5;
    constexpr int kEach = 50;
    const wire::KeyPtr key(EVP_RSA_gen(3072));
    double best = 1e9;
    for (int i = 0; i < kTries; ++i) {
        const auto start = threadMilliseconds();
        for (int k = 0; k < kEach; ++k) wire::signHandshake(key.get(), {}, {}, {});
        best = std::min(best, (threadMilliseconds() - start) / kEach);
    }
    return best;
}

Loads::Loads(const Options& options, const Subject& subject, const Identities& identities,
             Report& report)
    : options_(options), subject_(subject), identities_(identities), report_(report),
      settings_(subject.settings()), loop_(subject.port()) {}

void Loads::run() {
    rest();
    enrol();
    measureConnects(Pinned::No, "full handshake");
    measureConnects(Pinned::Yes, "pinned");
    measureLoginsMeanwhile();
    openHalf();
    timeLogins(subject_, 20).report(report_, "login, with all of these connections");
    threads("with all of these connections");
    halfOpen_.clear();
    loginPage();
    relay(16 * 1024);
    relay(64 * 1024);
    stall();
    stallAgainAndAgain();
    threads("at the end");
}

std::vector<pid_t> Loads::processes() const {
    return processTree(subject_.process());
}

void Loads::rest() {
    timeLogins(subject_, 30); // warm; every worker has hashed a password
    const auto all = processes();
    threadsAtRest_ = threadsOf(all);
    report_.row("memory at rest", static_cast<double>(residentKiB(all)) / 1024, "MiB",
                std::to_string(all.size()) + " process(es), after 30 logins");
    report_.row("threads at rest", threadsAtRest_, "");
    timeLogins(subject_, 10).report(report_, "login, nothing else");
}

void Loads::threads(const std::string& when) {
    const int now = threadsOf(processes());
    report_.row("threads " + when, now, "", now == threadsAtRest_ ? "unchanged" : "CHANGED");
}

/// All agents; returns when each has been accepted.
void Loads::connectAgents(Pinned pinned) {
    const auto start = Clock::now();
    std::size_t ready = 0; // those before it are
    while (ready < identities_.size()) {
        while (agents_.size() < identities_.size() && agents_.size() < ready + kAtOnce)
            agents_.push_back(std::make_unique<BenchAgent>(loop_, identities_[agents_.size()],
                                                           settings_, pinned == Pinned::Yes));
        loop_.turn(milliseconds(20));
        while (ready < agents_.size() && agents_[ready]->isReady()) ++ready;
        if (ready < agents_.size() && agents_[ready]->isClosed())
            throw std::runtime_error("an agent was turned away");
        if (secondsSince(start) > 900) throw std::runtime_error("agents take too long");
    }
}

void Loads::enrol() {
    const auto memory = residentKiB(processes());
    measureConnects(Pinned::No, "first, enrolling");
    const auto count = static_cast<double>(agents_.size());
    report_.row("memory per idle agent",
                (static_cast<double>(residentKiB(processes())) - static_cast<double>(memory)) / count,
                "KiB", std::to_string(agents_.size()) + " agents, device record included");
    threads("with these agents");
}

void Loads::measureConnects(Pinned pinned, const std::string& how) {
    agents_.clear();
    const auto cpu = cpuTime(processes());
    const auto start = Clock::now();
    connectAgents(pinned);
    const double seconds = secondsSince(start);
    const auto count = static_cast<double>(agents_.size());
    report_.row("CPU per agent connect, " + how,
                static_cast<double>((cpuTime(processes()) - cpu).count()) / count, "ms",
                pinned == Pinned::Yes ? "one signature" : "two signatures");
    report_.row("agents per second, " + how, count / seconds, "1/s",
                "the bench has its share of the processors");
}

void Loads::measureLoginsMeanwhile() {
    agents_.clear();
    std::atomic<bool> isOver = false;
    std::string fault;
    Latency meanwhile;
    std::thread logins([&] {
        try {
            while (!isOver) {
                meanwhile.time([&] { subject_.logIn(); });
                std::this_thread::sleep_for(milliseconds(100));
            }
        } catch (const std::exception& reason) {
            fault = reason.what();
        }
    });
    try {
        connectAgents(Pinned::No);
    } catch (const std::exception& reason) {
        fault = reason.what();
    }
    isOver = true;
    logins.join();
    if (!fault.empty()) throw std::runtime_error(fault);
    meanwhile.report(report_, "login while agents connect");
}

void Loads::openHalf() {
    if (options_.halfOpen == 0) return;
    const auto memory = residentKiB(processes());
    for (int i = 0; i < options_.halfOpen; ++i)
        halfOpen_.push_back(std::make_unique<Peer>(loop_, ""));
    loop_.until(
        [&] {
            return std::all_of(halfOpen_.begin(), halfOpen_.end(),
                               [](const auto& peer) { return peer->isOpen(); });
        },
        "half-open connections");
    timeLogins(subject_, 2); // by then the server has accepted those before it
    report_.row("memory per half-open TLS connection",
                (static_cast<double>(residentKiB(processes())) - static_cast<double>(memory)) /
                    options_.halfOpen,
                "KiB", std::to_string(options_.halfOpen) + " connections");
}

void Loads::loginPage() {
    test::Stream stream(subject_.client());
    const test::HttpCall call;
    if (test::request(stream, call).status != 200) throw std::runtime_error("no page at /");
    const auto cpu = cpuTime(processes());
    const auto start = Clock::now();
    int count = 0;
    for (; secondsSince(start) < options_.seconds; ++count) {
        const auto reply = test::request(stream, call);
        // A server may end a connection after so many requests.
        if (reply.header("Connection") == "close") stream = test::Stream(subject_.client());
    }
    report_.row("login page, one connection", count / secondsSince(start), "1/s",
                "one after another, each waits for the answer");
    report_.row("login page, CPU",
                static_cast<double>((cpuTime(processes()) - cpu).count()) / count, "ms");
}

} // namespace trellis::bench
