/// Delayed and repeated work of the core and of plugins. I/O deadlines live in the loops instead.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include <trellis/sdk/host.hpp>

namespace trellis::bus {

/// One thread that keeps time; callbacks are handed to `run` (a strand's or the pool's post), so a
/// slow one delays nobody.
class Timers {
public:
    using Run = std::function<bool(std::function<void()>)>;

    Timers();
    ~Timers();
    Timers(const Timers&) = delete;
    Timers& operator=(const Timers&) = delete;

    /// Destroying the handle withdraws the timer and waits for a running callback; from inside the
    /// callback itself it only withdraws.
    [[nodiscard]] sdk::HandlePtr after(std::chrono::milliseconds delay, Run run,
                                       std::function<void()> callback);
    /// A period that comes due while the callback still runs is skipped.
    [[nodiscard]] sdk::HandlePtr every(std::chrono::milliseconds period, Run run,
                                       std::function<void()> callback);
    void stop();

private:
    struct Entry;
    class Owner;
    using Time = std::chrono::steady_clock::time_point;

    sdk::HandlePtr add(std::chrono::milliseconds delay, std::chrono::milliseconds period, Run run,
                       std::function<void()> callback);
    void loop();
    static void fire(const std::shared_ptr<Entry>& entry);

    std::mutex mutex_;
    std::condition_variable wake_;
    std::multimap<Time, std::shared_ptr<Entry>> due_;
    bool isStopping_ = false;
    std::thread thread_;
};

}  // namespace trellis::bus
