/// `trellis-bench`: what the server costs, as a table. See README.md.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/ends.hpp"
#include "tests/support/server_process.hpp"

using namespace trellis;
using namespace trellis::bench;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

struct Options {
    std::string programs;
    int agents = 5000;
    int halfOpen = 2000;
    int seconds = 5;
};

void row(const char* what, double value, const char* unit, const std::string& note = {}) {
    std::printf("%-44s %10.2f %-8s %s\n", what, value, unit, note.c_str());
    std::fflush(stdout);
}

double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Milliseconds of requests, one after another.
struct Latency {
    std::vector<double> all;
    template <class F> void time(F&& request) {
        const auto start = Clock::now();
        request();
        all.push_back(secondsSince(start) * 1000);
    }
    void print(const std::string& what) {
        if (all.empty()) return;
        std::sort(all.begin(), all.end());
        row((what + ", median").c_str(), all[all.size() / 2], "ms");
        row((what + ", longest").c_str(), all.back(), "ms",
            "of " + std::to_string(all.size()) + " one after another");
    }
};

class Bench {
public:
    explicit Bench(const Options& options)
        : options_(options), server_(serverOptions(options)), loop_(server_.port()) {
        server_.addAdmin();
        settings_ = test::readSettings(server_.ctl({"group", "settings", "Bench", "--create"}));
        for (int i = 0; i < options_.agents; ++i) identities_.push_back(mint_.make());
    }

    void run() {
        logIn(3); // warm
        threadsAtRest_ = server_.threads();
        row("memory at rest", static_cast<double>(server_.residentKiB()) / 1024, "MiB");
        row("threads at rest", threadsAtRest_, "");
        logIn(10).print("login, nothing else");
        connectAgents(false, "first, enrolling");
        agents_.clear();
        connectAgents(false, "full handshake");
        agents_.clear();
        connectAgents(true, "pinned");
        openHalf();
        logIn(20).print("login, with all of these connections");
        threads("threads with all of these connections");
        halfOpen_.clear();
        relay(16 * 1024);
        relay(64 * 1024);
        stall();
        threads("threads at the end");
    }

private:
    static test::ServerProcess::Options serverOptions(const Options& options) {
        test::ServerProcess::Options out;
        out.programs = options.programs;
        out.fastCertificates = false; // RSA-3072, as users have it
        out.config = "agents:\n  idle_timeout_s: 0\n  handshake_timeout_s: 300\n"
                     "limits:\n  tls_handshake_s: 120\n  connections_per_address: 60000\n"
                     "login:\n  max_failures: 1000\n";
        return out;
    }

    Latency logIn(int count) {
        Latency out;
        for (int i = 0; i < count; ++i) out.time([&] { logInOnce(); });
        return out;
    }
    void logInOnce() const {
        if (test::signIn(server_.client(), "admin", test::ServerProcess::kPassword).empty())
            throw std::runtime_error("a login was refused");
    }

    void threads(const char* what) {
        const int now = server_.threads();
        row(what, now, "", now == threadsAtRest_ ? "unchanged" : "CHANGED");
    }

    void connectAgents(bool isPinned, const std::string& how) {
        constexpr std::size_t kAtOnce = 64;
        loop_.turn(milliseconds(0));
        const auto memory = server_.residentKiB();
        const auto cpu = server_.cpuTime();
        const auto start = Clock::now();
        std::atomic<bool> isOver = false;
        Latency meanwhile;
        std::thread logins([&] {
            while (!isOver) {
                meanwhile.time([&] { logInOnce(); });
                std::this_thread::sleep_for(milliseconds(100));
            }
        });
        try {
            const auto isReady = [](const auto& agent) { return agent->isReady(); };
            std::size_t ready = 0; // those before it are
            while (ready < identities_.size()) {
                while (agents_.size() < identities_.size() && agents_.size() < ready + kAtOnce)
                    agents_.push_back(std::make_unique<BenchAgent>(
                        loop_, identities_[agents_.size()], settings_, isPinned));
                loop_.turn(milliseconds(20));
                while (ready < agents_.size() && isReady(agents_[ready])) ++ready;
                if (ready < agents_.size() && agents_[ready]->isClosed())
                    throw std::runtime_error("an agent was turned away");
                if (secondsSince(start) > 600) throw std::runtime_error("agents take too long");
            }
        } catch (...) {
            isOver = true;
            logins.join();
            throw;
        }
        const double seconds = secondsSince(start);
        isOver = true;
        logins.join();
        const auto count = static_cast<double>(agents_.size());
        const auto used = server_.cpuTime() - cpu;
        // The logins' share is argon2id, about as much for each; it is left in and is small.
        row(("CPU per agent connect, " + how).c_str(), static_cast<double>(used.count()) / count,
            "ms", std::to_string(meanwhile.all.size()) + " logins included");
        row(("agents per second, " + how).c_str(), count / seconds, "1/s",
            "the bench has its share of the processors");
        if (how.starts_with("first"))
            row("memory per idle agent",
                static_cast<double>(server_.residentKiB() - memory) / count, "KiB",
                std::to_string(agents_.size()) + " agents, device record included");
        threads("threads with these agents");
        meanwhile.print("login while agents connect");
    }

    void openHalf() {
        const auto memory = server_.residentKiB();
        for (int i = 0; i < options_.halfOpen; ++i)
            halfOpen_.push_back(std::make_unique<Peer>(loop_, ""));
        loop_.until(
            [&] {
                return std::all_of(halfOpen_.begin(), halfOpen_.end(),
                                   [](const auto& peer) { return peer->isOpen(); });
            },
            "half-open connections");
        logIn(2); // by then the server has accepted those before it
        row("memory per half-open TLS connection",
            (static_cast<double>(server_.residentKiB()) - static_cast<double>(memory)) /
                std::max(1, options_.halfOpen),
            "KiB", std::to_string(options_.halfOpen) + " connections");
    }

    std::string auth() const {
        const auto [name, value] = test::meshAuth("admin", test::ServerProcess::kPassword);
        return name + ": " + value;
    }

    void relay(std::size_t size) {
        BenchTunnel tunnel(loop_, *agents_.front(), identities_.front().deviceId, auth());
        const auto bytes = frame(2, std::string(size, 'x'));
        std::uint64_t received = 0;
        bool isSending = true;
        auto& from = *tunnel.device;
        tunnel.viewer->onMessage = [&](int, std::string_view payload) { received += payload.size(); };
        from.onWritable = [&] {
            // A few at a time, so that the reader gets its turns.
            for (int i = 0; i < 8 && isSending && from.unsent() == 0; ++i) from.sendRaw(bytes);
        };
        const auto cpu = server_.cpuTime();
        const auto start = Clock::now();
        while (secondsSince(start) < options_.seconds) {
            if (from.unsent() == 0) from.onWritable();
            loop_.turn(milliseconds(from.unsent() == 0 ? 0 : 20));
        }
        isSending = false;
        const double seconds = secondsSince(start);
        const double gigabytes = static_cast<double>(received) / 1e9;
        const double used = static_cast<double>((server_.cpuTime() - cpu).count()) / 1000;
        const std::string with = std::to_string(size / 1024) + " KiB frames";
        row(("relay, " + with).c_str(), gigabytes * 1000 / seconds, "MB/s",
            "one session, TLS at both ends, the bench beside it");
        row(("relay CPU, " + with).c_str(), used / gigabytes, "s/GB");
        from.onWritable = nullptr;
        tunnel.viewer->onMessage = nullptr;
    }

    /// Pushes until the server takes nothing more for two seconds, or 1 GB.
    void stall() {
        constexpr std::uint64_t kMost = 1'000'000'000;
        BenchTunnel tunnel(loop_, *agents_.front(), identities_.front().deviceId, auth());
        const auto bytes = frame(2, std::string(64 * 1024, 'x'));
        auto& from = *tunnel.device;
        std::uint64_t received = 0;
        std::uint64_t sent = 0;
        tunnel.viewer->onMessage = [&](int, std::string_view payload) { received += payload.size(); };
        for (; sent < 200 * bytes.size(); sent += bytes.size()) { // warm, with a reader
            from.sendRaw(bytes);
            loop_.until([&] { return from.unsent() == 0; }, "the relay carries");
        }
        loop_.until([&] { return received >= 200 * std::uint64_t{64 * 1024}; }, "all arrives");
        tunnel.viewer->setReading(false);
        const auto before = server_.residentKiB();
        auto most = before;
        sent = 0;
        auto progress = Clock::now();
        while (sent < kMost && secondsSince(progress) < std::max(2, options_.seconds)) {
            if (from.unsent() == 0) {
                from.sendRaw(bytes);
                sent += bytes.size();
                progress = Clock::now();
            }
            loop_.turn(milliseconds(from.unsent() == 0 ? 0 : 20));
            most = std::max(most, server_.residentKiB());
        }
        row("memory growth, relay with a stalled reader", static_cast<double>(most - before), "KiB",
            std::to_string(sent / 1024) + " KiB left the sender, most of it in TCP; limit 256");
    }

    Options options_;
    test::ServerProcess server_;
    test::AgentSettings settings_;
    test::AgentMint mint_;
    Loop loop_;
    std::vector<test::AgentMint::Identity> identities_;
    std::vector<std::unique_ptr<BenchAgent>> agents_;
    std::vector<std::unique_ptr<Peer>> halfOpen_;
    int threadsAtRest_ = 0;
};

int usage() {
    std::cerr << "usage: trellis-bench --programs DIR [--agents N] [--half-open N] [--seconds N]\n";
    return 64;
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        if (name == "--programs") options.programs = argv[i + 1];
        else if (name == "--agents") options.agents = std::max(1, std::atoi(argv[i + 1]));
        else if (name == "--half-open") options.halfOpen = std::max(0, std::atoi(argv[i + 1]));
        else if (name == "--seconds") options.seconds = std::max(1, std::atoi(argv[i + 1]));
        else return usage();
    }
    if (options.programs.empty() || argc % 2 == 0) return usage();
    try {
        Bench(options).run();
        return 0;
    } catch (const std::exception& reason) {
        std::cerr << "trellis-bench: " << reason.what() << '\n';
        return 1;
    }
}
