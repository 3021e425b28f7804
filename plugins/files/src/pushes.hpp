/// Sends a file to many devices. The file is stored here once; each device is told to fetch it, and does
/// so in ranges with a token of its own. Who is offline is waited for.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <trellis/sdk/directory.hpp>
#include <trellis/sdk/guarded.hpp>
#include <trellis/sdk/plugin.hpp>

#include "push_model.hpp"

namespace files {

struct PushLimits {
    std::int64_t fileBytes = 0, storageBytes = 0, devices = 0, atOnce = 0, keepDays = 0;
};

class Pushes {
public:
    Pushes(trellis::sdk::Host& host, PushLimits limits);

    static void declare(trellis::sdk::Registrar& reg, std::unique_ptr<Pushes>& self);
    static trellis::sdk::Schema options();

    json::value begin(const trellis::sdk::Caller& caller, const json::object& args);
    json::value list(const trellis::sdk::Caller& caller) const;
    json::value status(const trellis::sdk::Caller& caller, const std::string& id) const;
    json::value targets(const trellis::sdk::Caller& caller) const;
    json::value cancel(const trellis::sdk::Caller& caller, const std::string& id);
    json::value retry(const trellis::sdk::Caller& caller, const std::string& id);
    /// A piece of the file from who pushes it; the first missing byte is said when it doesn't fit.
    trellis::sdk::HttpResponse receive(const trellis::sdk::HttpRequest& request);
    /// A range of the file for a device.
    trellis::sdk::HttpResponse fetch(const trellis::sdk::HttpRequest& request);
    void fetched(const std::string& deviceId, const json::object& message);
    void connected(const std::string& deviceId);
    void tick();

private:
    using All = std::map<std::string, Push>;

    bool mayUse(const Push& push, const std::string& deviceId) const;
    static bool isOwner(const Push& push, const trellis::sdk::Caller& caller);
    std::string fileOf(const Push& push) const;
    void finishReceiving(const std::string& id);
    /// What a device is told, once the lock is released.
    struct Order {
        std::string push, run, device;
        trellis::sdk::Seconds lifetime;
        json::object message;
    };
    struct Running {
        std::size_t all = 0;
        std::map<std::string, std::size_t> byDevice;
    };
    static Order orderOf(const Push& push, const Run& run, std::int64_t now);
    void send(const Order& order);
    void advance(Push& push, std::int64_t now, Running& running, std::vector<Order>& orders);
    void end(Push& push, Run& run, const char* state, const std::string& error);
    void save(const Push& push);
    void store();
    void tell(const Push& push);

    trellis::sdk::Host& host_;
    PushLimits limits_;
    std::string folder_;  ///< of the files, with a slash at its end
    std::shared_ptr<trellis::sdk::DeviceDirectory> directory_;
    std::shared_ptr<trellis::sdk::PageEvents> page_;
    mutable trellis::sdk::Guarded<All> all_;
    trellis::sdk::Guarded<std::map<std::string, std::string>> dirty_;  ///< id, body: to be stored
    trellis::sdk::Guarded<std::vector<trellis::sdk::AuditEntry>> audits_;  ///< to be written
    trellis::sdk::Guarded<std::map<std::string, std::string>> changed_;  ///< id, owner: to be told
};

}  // namespace files
