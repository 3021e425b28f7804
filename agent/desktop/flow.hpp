/// How much may be on its way to one viewer (docs/design/desktop-stream.md, "Flow"): acknowledged bytes tell
/// the throughput, as BBR (draft-cardwell-iccrg-bbr-congestion-control, section 4.1) measures it.
#pragma once

#include "agent/base/loop.hpp"

#include <cstddef>
#include <deque>
#include <optional>

namespace trellis::device::desktop {

class FlowWindow {
public:
    /// `bytes` go out that no mark belongs to yet.
    void sent(std::size_t bytes) noexcept { sent_ += bytes; }
    /// A mark (or coded frame) with this number goes out behind them.
    void mark(std::uint32_t frame, Clock::time_point now);
    /// The viewer has drawn it, for which he took `draw` after it had come: not the line's time. `queue`
    /// others have come already: he is slower than the line. Unknown numbers change nothing.
    void done(std::uint32_t frame, int queue, Milliseconds draw, Clock::time_point now);

    /// Bytes sent and not acknowledged; none while no mark is under way, because nothing is answered then.
    std::size_t inFlight() const noexcept {
        return marks_.empty() ? 0 : static_cast<std::size_t>(sent_ - acknowledged_);
    }
    std::size_t window() const noexcept;
    /// Nothing is under way; or less than the window is, and what was sent first is not overdue: who draws
    /// slowly gets fewer frames, not later ones.
    bool isOpen(Clock::time_point now) const noexcept;
    /// Until when an answer that is overdue is waited for; then it is lost and only the window counts. max()
    /// where something else than that closes it, or nothing.
    Clock::time_point givesUpAt(Clock::time_point now) const noexcept;
    /// Bytes a second, 0 until measured.
    double throughput() const noexcept;
    /// The line's, without drawing. Zero until measured.
    Milliseconds roundTrip() const noexcept;
    /// When the oldest mark was sent that is not answered; nullopt if all are.
    std::optional<Clock::time_point> waitingSince() const noexcept;

private:
    struct Mark {
        std::uint32_t frame;
        std::uint64_t sent;          // with everything before it
        std::uint64_t arrived;       // when it was sent
        Clock::time_point at;
        Clock::time_point arrivedAt;
        bool isLimited;              // the far end had nothing else to do
    };
    struct Sample {
        Clock::time_point at;
        double value;
        std::uint64_t number = 0;  // of a rate: which one it was
    };
    /// Of what was sent first, ms; negative as long as it is not.
    double overdue(Clock::time_point now) const noexcept;
    /// It is overdue and not yet lost.
    bool isWaitedFor(Clock::time_point now) const noexcept;
    void addTrip(double trip, Clock::time_point now);
    void addRate(double rate, bool isLimited, Clock::time_point now);

    std::uint64_t sent_ = 0;
    std::uint64_t acknowledged_ = 0;
    Clock::time_point arrivedAt_{};  // of what is acknowledged
    std::deque<Mark> marks_;
    std::deque<Sample> rates_;
    std::uint64_t rateCount_ = 0;
    std::deque<Sample> trips_;  // milliseconds
};

}  // namespace trellis::device::desktop
