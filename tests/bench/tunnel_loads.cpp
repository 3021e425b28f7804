// Loads through a relay.
#include <algorithm>
#include <vector>

#include "tests/bench/loads.hpp"
#include "tests/bench/processes.hpp"

namespace trellis::bench {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
constexpr std::size_t kFrame = 64 * 1024;

double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Frames from the device to the viewer, counted at both ends.
class Flow {
public:
    Flow(Loop& loop, BenchTunnel& tunnel, std::size_t size)
        : loop_(loop), from_(*tunnel.device), to_(*tunnel.viewer), size_(size),
          bytes_(frame(2, std::string(size, 'x'))) {
        to_.onMessage = [this](int, std::string_view payload) { received_ += payload.size(); };
    }
    ~Flow() { to_.onMessage = nullptr; }
    Flow(const Flow&) = delete;
    Flow& operator=(const Flow&) = delete;

    std::uint64_t sent() const { return sent_; }
    std::uint64_t received() const { return received_; }
    void setReading(bool isOn) { to_.setReading(isOn); }

    /// One turn of the loop, with new frames if all before them are out. True if some were sent.
    bool push() {
        // A few at a time, so that the reader gets its turns.
        bool isSent = false;
        for (int i = 0; i < 8 && from_.unsent() == 0; ++i, sent_ += size_, isSent = true)
            from_.sendRaw(bytes_);
        loop_.turn(milliseconds(from_.unsent() == 0 ? 0 : 20));
        return isSent;
    }
    /// Pushes until nothing more was taken for `patience`, or `most` was sent since the call.
    void pushUntilHeldBack(Clock::duration patience, std::uint64_t most) {
        const auto before = sent_;
        for (auto last = Clock::now(); Clock::now() - last < patience && sent_ - before < most;)
            if (push()) last = Clock::now();
    }

private:
    Loop& loop_;
    Peer& from_;
    Peer& to_;
    std::size_t size_;
    std::string bytes_;
    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;
};

} // namespace

BenchTunnel Loads::openTunnel() {
    return {loop_, *agents_.front(), identities_.front().deviceId, adminHeader()};
}

void Loads::relay(std::size_t size) {
    auto tunnel = openTunnel();
    Flow flow(loop_, tunnel, size);
    const auto cpu = cpuTime(processes());
    const auto start = Clock::now();
    while (secondsSince(start) < options_.seconds) flow.push();
    const double seconds = secondsSince(start);
    const double gigabytes = static_cast<double>(flow.received()) / 1e9;
    const double used = static_cast<double>((cpuTime(processes()) - cpu).count()) / 1000;
    const std::string with = std::to_string(size / 1024) + " KiB frames";
    report_.row("relay, " + with, gigabytes * 1000 / seconds, "MB/s",
                "one session, TLS at both ends, the bench beside it");
    report_.row("relay CPU, " + with, used / gigabytes, "s/GB");
}

/// With a reader, so that every buffer is there before memory is compared.
void Loads::warm(BenchTunnel& tunnel) {
    Flow flow(loop_, tunnel, kFrame);
    while (flow.sent() < 200 * kFrame) flow.push();
    loop_.until([&] { return flow.received() == flow.sent(); }, "all arrives");
}

/// Several relays at once, from their opening on, so that what one costs shows beside what the relays
/// before it have left in the allocator.
void Loads::stall() {
    constexpr int kRelays = 20;
    std::vector<BenchTunnel> tunnels;
    std::vector<std::unique_ptr<Flow>> flows;
    std::uint64_t sent = 0;
    const auto before = exactResidentKiB(processes());
    for (int i = 0; i < kRelays; ++i) tunnels.push_back(openTunnel());
    for (auto& tunnel : tunnels) {
        auto& flow = *flows.emplace_back(std::make_unique<Flow>(loop_, tunnel, kFrame));
        flow.setReading(false);
        flow.pushUntilHeldBack(std::chrono::milliseconds(500), options_.pushed);
        sent += flow.sent();
    }
    const auto after = exactResidentKiB(processes());
    report_.row("memory per relay with a stalled reader",
                (static_cast<double>(after) - static_cast<double>(before)) / kRelays, "KiB",
                std::to_string(kRelays) + " at once, both connections included, " +
                    std::to_string(sent / kRelays / 1024) +
                    " KiB each left the sender, most of it in TCP; limit 256");
}

/// The reader takes a little, stalls until the sender is held back, and so on, until all the bytes
/// have passed: for most of the time it is stalled.
void Loads::stallAgainAndAgain() {
    constexpr std::uint64_t kBurst = 8 * 1024 * 1024;
    auto tunnel = openTunnel();
    warm(tunnel);
    Flow flow(loop_, tunnel, kFrame);
    const auto before = exactResidentKiB(processes());
    auto most = before;
    int stalls = 0;
    while (flow.received() < options_.pushed) {
        flow.setReading(false);
        flow.pushUntilHeldBack(milliseconds(60), options_.pushed);
        most = std::max(most, exactResidentKiB(processes()));
        ++stalls;
        const auto until = flow.received() + kBurst;
        flow.setReading(true);
        for (int turn = 0; flow.received() < until; ++turn) {
            flow.push();
            if (turn % 16 == 0) most = std::max(most, exactResidentKiB(processes()));
        }
    }
    report_.row("memory growth, reader stalls again and again",
                static_cast<double>(most) - static_cast<double>(before), "KiB",
                std::to_string(flow.received() / 1'000'000) + " MB passed in " +
                    std::to_string(stalls) + " stalls, the most at any time; limit 256");
    loop_.until([&] { return flow.received() == flow.sent(); }, "all arrives");
}

} // namespace trellis::bench
