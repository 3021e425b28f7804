/// A file on its way between a device and somebody who speaks HTTP.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <trellis/sdk/error.hpp>
#include <trellis/sdk/host.hpp>
#include <trellis/sdk/http.hpp>
#include <trellis/sdk/tunnel.hpp>

namespace files {

namespace json = trellis::sdk::json;

/// What the request says.
struct Order {
    trellis::sdk::Caller caller;
    std::string deviceId;
    std::string path;     ///< at the device, the name included
    std::string key;      ///< of this transfer, 24 hex digits
    std::string session;  ///< tunnel with which the person at the device agreed, or ""
};

/// One file in one direction: the device's end is a tunnel of the plugin's own, the other an HTTP body.
/// Any thread. The device's end is opened on the worker pool; everything else is callbacks.
class Passage : public std::enable_shared_from_this<Passage> {
public:
    Passage(trellis::sdk::Host& host, Order order, std::shared_ptr<trellis::sdk::HttpExchange> exchange);
    virtual ~Passage() = default;

    /// Opens the tunnel. Blocks: worker pool. Never throws: what goes wrong is the answer.
    void open();
    /// Looks at the deadlines; once a second.
    void tick(trellis::sdk::Clock::time_point now);
    /// The person wants no more of it.
    void stop();
    bool isOver() const;
    trellis::sdk::Clock::time_point endedAt() const;
    /// `{state: "running"|"waiting"|"done"|"failed", atBytes, sizeBytes, error, code, sha256}`.
    json::object progress() const;
    const Order& order() const noexcept { return order_; }

protected:
    enum class State : std::uint8_t {
        Opening = 1,  ///< nothing was heard of the device
        Running,
        Waiting,  ///< for the device to come back
        Done,
        Failed,
    };
    using Lock = std::unique_lock<std::mutex>;

    // All with the lock held.
    virtual void greet() = 0;  ///< the device has joined
    virtual void take(const json::object& message) = 0;
    virtual void takeBlock(std::span<const std::byte>) {}
    virtual void onRoom() {}  ///< write() may go on
    virtual bool canResume() const = 0;
    virtual void onFailed() {}  ///< the answer has begun already
    virtual void onStop() {}    ///< the device may forget what it has
    void tell(const json::object& message);
    void finish();
    void fail(trellis::sdk::ErrorCode code, const std::string& text, const std::string& field = {});
    /// What is done without the lock once it is released: calls that may come back.
    void later(std::function<void()> work) { later_.push_back(std::move(work)); }
    void moved() { movedAt_ = trellis::sdk::Clock::now(); }
    /// Runs `work` with the lock and then what it put off.
    template <class F> void locked(F&& work) {
        std::vector<std::function<void()>> put;
        {
            const std::scoped_lock lock(mutex_);
            work();
            put.swap(later_);
        }
        for (const auto& each : put) each();
    }

    trellis::sdk::Host& host_;
    const Order order_;
    mutable std::mutex mutex_;  // guards all below
    std::shared_ptr<trellis::sdk::HttpExchange> exchange_;  ///< null once it is answered
    std::shared_ptr<trellis::sdk::TunnelControl> control_;  ///< null while there is no tunnel
    State state_ = State::Opening;
    std::uint64_t at_ = 0;  ///< bytes
    std::uint64_t size_ = 0;
    std::string error_, code_, sha256_;

private:
    class End;
    void opened(unsigned attempt, const std::shared_ptr<trellis::sdk::TunnelControl>& control);
    void frame(unsigned attempt, const trellis::sdk::Frame& frame);
    void room(unsigned attempt);
    void closed(unsigned attempt, std::string_view reason);
    void lost(const std::string& reason);

    std::vector<std::function<void()>> later_;
    unsigned attempt_ = 0;  ///< callbacks of earlier tunnels are ignored
    bool isOpening_ = false;    ///< openTunnel() runs
    bool isReopening_ = false;  ///< open() is on its way to the worker pool
    trellis::sdk::Clock::time_point lostAt_{};
    std::string said_;  ///< by the device, to the person
    trellis::sdk::Clock::time_point movedAt_ = trellis::sdk::Clock::now();
    trellis::sdk::Clock::time_point endedAt_{};
};

}  // namespace files
