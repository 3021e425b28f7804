/// What stands for the agent channel, the relay and the certificates.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <trellis/sdk/guarded.hpp>

#include "core/api/audit.hpp"
#include "core/api/ports.hpp"

namespace trellis::test {

namespace json = boost::json;

struct FakeAudit final : api::AuditTrail {
    void append(const api::AuditRecord& record) noexcept override {
        records.with([&](auto& all) { all.push_back(record); });
    }
    std::vector<api::AuditRecord> all() const {
        return records.with([](const auto& list) { return list; });
    }
    sdk::Guarded<std::vector<api::AuditRecord>> records;
};

struct FakeDevices final : api::DevicePort {
    struct Sent {
        std::string deviceId;
        json::object message;
    };
    bool send(const std::string& deviceId, const json::object& message) override {
        return state.with([&](State& now) {
            if (!now.online.contains(deviceId)) return false;
            now.sent.push_back({deviceId, message});
            return true;
        });
    }
    void disconnect(const std::string& deviceId, const std::string&) override {
        state.with([&](State& now) { now.disconnected.push_back(deviceId); });
    }
    void setOnline(const std::string& deviceId) {
        state.with([&](State& now) { now.online[deviceId] = true; });
    }
    std::vector<Sent> sent() const {
        return state.with([](const State& now) { return now.sent; });
    }
    std::vector<std::string> disconnected() const {
        return state.with([](const State& now) { return now.disconnected; });
    }
    struct State {
        std::map<std::string, bool> online;
        std::vector<Sent> sent;
        std::vector<std::string> disconnected;
    };
    sdk::Guarded<State> state;
};

struct FakeTunnels final : api::TunnelPort {
    struct Opened {
        sdk::Caller caller;
        std::string deviceId, value;
        std::uint16_t protocol;
    };
    Ticket open(const sdk::Caller& caller, const std::string& deviceId, std::uint16_t protocol,
                const std::string& value, const json::object&) override {
        if (protocol == 666) throw sdk::Error(sdk::ErrorCode::Forbidden, "not for you");
        opened.with([&](auto& all) { all.push_back({caller, deviceId, value, protocol}); });
        return {"ticket", "/meshrelay.ashx?id=ticket", std::chrono::seconds(30)};
    }
    sdk::Guarded<std::vector<Opened>> opened;
};

struct FakeInstall final : api::InstallPort {
    std::string settingsFile(const std::string&, const std::string&) const override { return "x"; }
    std::string token(const std::string& groupId, std::chrono::minutes) const override {
        return "token for " + groupId;
    }
    std::uint32_t linuxAgent() const override { return 6; }
};

struct FakeServer final : api::ServerPort {
    api::ServerFacts facts() const override {
        api::ServerFacts facts;
        facts.name = "localhost";
        facts.port = 8443;
        facts.publicUrl = "https://localhost:8443";
        facts.webCertHash = std::string(96, 'A');
        facts.webKeyPin = "sha256//AAAA";
        facts.agentCertHash = std::string(64, 'b');
        facts.agentCert = "Y2VydA==";
        facts.version = "1.2.3";
        return facts;
    }
    bool isOurTlsHash(const std::string& hash) const override { return hash == std::string(48, 'h'); }
    std::string signAsAgentServer(const std::string& bytes) const override {
        return "signed " + std::to_string(bytes.size());
    }
};

inline json::object parse(const std::string& text) {
    return json::parse(text).as_object();
}
inline std::string text(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

} // namespace trellis::test
