/// History of the devices' power states (control-protocol.md section 5.10).
#pragma once

#include "core/model/batch_writer.hpp"
#include "core/model/directory.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::model {

struct PowerEvent {
    std::string deviceId; ///< "*": the server started, nothing is known of any device
    std::int64_t timeMs = 0;
    std::uint32_t power = 0; ///< section 4.4 `pwr`
};

/// Records what the directory tells of presence. Any thread. At most kMaxWaiting wait for a batch;
/// beyond that the oldest go: a history with a hole beats a server that waits for its disk.
class PowerLog final : public Observer {
public:
    static constexpr std::size_t kMaxWaiting = 20'000;
    static constexpr std::size_t kMostOfOne = 10'000; ///< the latest ones of a device
    explicit PowerLog(Directory& directory);
    ~PowerLog() override; ///< writes what waits
    PowerLog(const PowerLog&) = delete;
    PowerLog& operator=(const PowerLog&) = delete;

    /// Notes that the server starts. Once, before agents connect.
    void serverStarted();
    void onPresence(const DevicePtr& device, const Presence& before, const Presence& after) override;
    void onDevice(const DevicePtr& before, const DevicePtr& after) override;
    /// Of a device and of the server, oldest first. Blocks on the database.
    std::vector<PowerEvent> of(std::string_view deviceId);
    /// Throws as Database does; what was not written is kept.
    void flush();
    /// Removes what is older, in pieces. Returns how many.
    std::size_t expire(std::chrono::hours age);

private:
    void add(PowerEvent event);

    Directory& directory_;
    std::mutex flushMutex_; // one flush at a time; taken before mutex_, held across disk I/O
    std::mutex mutex_;      // guards waiting_ and gone_
    std::vector<PowerEvent> waiting_;
    std::vector<std::string> gone_; // devices whose history is to be removed
    BatchWriter writer_{"power states", [this] { flush(); }};
};

/// `timeline` of the wire (section 3.6): [state0, time0 in s, state1, seconds, state, ...]. States
/// that lasted less than two minutes are left out, but for the present one; [power, now in ms, power]
/// without records.
boost::json::array powerTimeline(const std::vector<PowerEvent>& events, std::uint32_t powerNow,
                                 std::int64_t nowMs);

} // namespace trellis::model
