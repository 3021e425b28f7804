#include "agent/desktop/flow.hpp"

namespace trellis::device::desktop {
namespace {
// Design: throughput times the smallest round trip plus 100 ms.
constexpr double kSlackMs = 100;
constexpr std::size_t kFirstWindow = 48 * 1024;
constexpr std::size_t kSmallest = 8 * 1024;
constexpr std::size_t kLargest = 4 * 1024 * 1024;
constexpr std::size_t kMaxMarks = 256;
constexpr auto kRateMemory = std::chrono::seconds(5);
constexpr auto kTripMemory = std::chrono::seconds(20);

double milliseconds(Clock::duration span) {
    return std::chrono::duration<double, std::milli>(span).count();
}
}  // namespace

void FlowWindow::mark(std::uint32_t frame, Clock::time_point now) {
    const bool isLimited = marks_.empty();
    if (isLimited) acknowledgedAt_ = now;
    if (marks_.size() >= kMaxMarks) marks_.pop_front();
    marks_.push_back({frame, sent_, acknowledged_, now, acknowledgedAt_, isLimited});
}

void FlowWindow::done(std::uint32_t frame, Clock::time_point now) {
    const auto found = std::find_if(marks_.begin(), marks_.end(),
                                    [&](const Mark& each) { return each.frame == frame; });
    if (found == marks_.end()) return;
    const Mark mark = *found;
    marks_.erase(marks_.begin(), found + 1);
    acknowledged_ = mark.sent;
    acknowledgedAt_ = now;
    const double trip = milliseconds(now - mark.at);
    while (!trips_.empty() && (now - trips_.front().at > kTripMemory)) trips_.pop_front();
    while (!trips_.empty() && trips_.back().value >= trip) trips_.pop_back();
    trips_.push_back({now, trip});
    const double span = milliseconds(now - mark.acknowledgedAt);
    const auto bytes = static_cast<double>(acknowledged_ - mark.acknowledged);
    addRate(bytes / std::max(span, 0.1) * 1000, mark.isLimited, now);
}

void FlowWindow::addRate(double rate, bool isLimited, Clock::time_point now) {
    // A small answer to a small question says little about the line.
    if (isLimited && rate < throughput()) return;
    while (!rates_.empty() && now - rates_.front().at > kRateMemory) rates_.pop_front();
    while (!rates_.empty() && rates_.back().value <= rate) rates_.pop_back();
    rates_.push_back({now, rate});
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
