/// A script host whose agent is a recorder.
#pragma once

#include "agent/script/host.hpp"
#include "test_keys.hpp"
#include "test_tools.hpp"

namespace agentd_test {

struct ScriptFixture : trellis::device::ScriptServices {
    TempFolder folder;
    trellis::device::Loop loop;
    trellis::device::TlsContext tls;
    trellis::device::Database store{folder.path("db")};
    trellis::device::SettingsMap map{{"MeshName", "g"}};
    trellis::device::ServerView view;
    std::optional<trellis::device::Proxy> noProxy;
    std::string dataPath = folder.path();
    std::vector<std::string> sent;
    std::vector<Request> requests;
    bool isUp = true;
    trellis::device::ScriptHost host{loop, tls, *this, nullptr};

    ScriptFixture() { view.url = "wss://127.0.0.1:1/agent.ashx"; }

    /// Runs `source`; texts that it sends to the server are in `sent`.
    bool run(const std::string& source) { return host.start("var mesh = require('MeshAgent'); function say(x) { mesh.SendCommand(String(x)); }\n" + source); }
    /// Runs the loop until `count` texts have been sent.
    bool wait(std::size_t count) { return runUntil(loop, [&] { return sent.size() >= count; }); }

    trellis::device::Control::Sent sendToServer(bool, std::string_view message) override {
        sent.emplace_back(message);
        return trellis::device::Control::Sent::Written;
    }
    bool isConnected() const override { return isUp; }
    const trellis::device::ServerView& server() const override { return view; }
    const std::optional<trellis::device::Proxy>& proxy() const override { return noProxy; }
    const trellis::device::SettingsMap& settings() const override { return map; }
    const trellis::device::Identity& identity() const override { return deviceIdentity(); }
    trellis::device::Database& database() override { return store; }
    std::string coreHash() const override { return "AB"; }
    const std::string& dataFolder() const override { return dataPath; }
    std::uint32_t agentId() const override { return 6; }
    bool isService() const override { return false; }
    void request(Request what) override { requests.push_back(what); }
};

}  // namespace agentd_test
