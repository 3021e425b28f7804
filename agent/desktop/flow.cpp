#include "agent/desktop/flow.hpp"

namespace trellis::device::desktop {
namespace {
// Design: throughput times the smallest round trip plus 100 ms.
constexpr double kSlackMs = 100;
/// So much above the smallest round trip, and something waits on the line.
constexpr double kWaitingMs = 50;
/// An answer that is later than that will not come.
constexpr double kLostMs = 1000;
constexpr std::size_t kFirstWindow = 48 * 1024;
constexpr std::size_t kSmallest = 8 * 1024;
constexpr std::size_t kLargest = 4 * 1024 * 1024;
constexpr std::size_t kMaxMarks = 256;
constexpr auto kRateMemory = std::chrono::seconds(5);
/// One sample alone, taken while somebody's processor was busy, is not believed.
constexpr std::uint64_t kRateSamples = 8;
constexpr auto kTripMemory = std::chrono::seconds(20);

double milliseconds(Clock::duration span) {
    return std::chrono::duration<double, std::milli>(span).count();
}
}  // namespace

void FlowWindow::mark(std::uint32_t frame, Clock::time_point now) {
    const bool isLimited = marks_.empty();
    if (isLimited) arrivedAt_ = now;
    if (marks_.size() >= kMaxMarks) marks_.pop_front();
    marks_.push_back({frame, sent_, acknowledged_, now, arrivedAt_, isLimited});
}

void FlowWindow::done(std::uint32_t frame, int queue, Milliseconds draw, Clock::time_point now) {
    const auto found = std::find_if(marks_.begin(), marks_.end(),
                                    [&](const Mark& each) { return each.frame == frame; });
    if (found == marks_.end()) return;
    const Mark mark = *found;
    marks_.erase(marks_.begin(), found + 1);
    acknowledged_ = mark.sent;
    arrivedAt_ = std::max({arrivedAt_, mark.at, now - draw});
    const double trip = milliseconds(arrivedAt_ - mark.at);
    // A line on which nothing waits could have carried more, and so could one that waits for the viewer.
    const bool isWaiting = queue == 0 && !trips_.empty() && trip > trips_.front().value + kWaitingMs;
    addTrip(trip, now);
    const double span = milliseconds(arrivedAt_ - mark.arrivedAt);
    const auto bytes = static_cast<double>(acknowledged_ - mark.arrived);
    addRate(bytes / std::max(span, 0.1) * 1000, mark.isLimited || !isWaiting, now);
}

void FlowWindow::addTrip(double trip, Clock::time_point now) {
    while (!trips_.empty() && now - trips_.front().at > kTripMemory) trips_.pop_front();
    while (!trips_.empty() && trips_.back().value >= trip) trips_.pop_back();
    trips_.push_back({now, trip});
}

bool FlowWindow::isOpen(Clock::time_point now) const noexcept {
    if (marks_.empty()) return true;
    return !isWaitedFor(now) && inFlight() < window();
}

Clock::time_point FlowWindow::givesUpAt(Clock::time_point now) const noexcept {
    if (!isWaitedFor(now) || inFlight() >= window()) return Clock::time_point::max();
    return now + Milliseconds(static_cast<long>(kLostMs - overdue(now)) + 1);
}

bool FlowWindow::isWaitedFor(Clock::time_point now) const noexcept {
    const double late = overdue(now);
    return late >= 0 && late < kLostMs;
}

double FlowWindow::overdue(Clock::time_point now) const noexcept {
    if (marks_.empty() || trips_.empty()) return -1;
    return milliseconds(now - marks_.front().at) - trips_.front().value - kSlackMs;
}

void FlowWindow::addRate(double rate, bool isLimited, Clock::time_point now) {
    // A small answer to a small question says little about the line.
    if (isLimited && rate < throughput()) return;
    ++rateCount_;
    while (!rates_.empty() && now - rates_.front().at > kRateMemory && rateCount_ - rates_.front().number > kRateSamples) {
        rates_.pop_front();
    }
    while (!rates_.empty() && rates_.back().value <= rate) rates_.pop_back();
    rates_.push_back({now, rate, rateCount_});
}

double FlowWindow::throughput() const noexcept { return rates_.empty() ? 0 : rates_.front().value; }

Milliseconds FlowWindow::roundTrip() const noexcept {
    return Milliseconds(trips_.empty() ? 0 : static_cast<long>(trips_.front().value + 0.5));
}

std::size_t FlowWindow::window() const noexcept {
    if (rates_.empty()) return kFirstWindow;
    const double trip = trips_.empty() ? 0 : trips_.front().value;
    const double bytes = throughput() * (trip + kSlackMs) / 1000;
    return std::clamp(static_cast<std::size_t>(bytes), kSmallest, kLargest);
}

std::optional<Clock::time_point> FlowWindow::waitingSince() const noexcept {
    if (marks_.empty()) return {};
    return marks_.front().at;
}

}  // namespace trellis::device::desktop
