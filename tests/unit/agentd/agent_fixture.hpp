/// An agent in a temporary folder, against a fake server that runs on its own thread.
#pragma once

#include "agent/app/agent.hpp"
#include "fake_server.hpp"
#include "test_tools.hpp"

#include <atomic>
#include <future>

namespace agentd_test {

struct AgentFixture {
    TempFolder folder;
    FakeServer server;
    trellis::device::Loop loop;
    std::unique_ptr<trellis::device::Agent> agent;
    bool isTemporary = false;
    std::string moreSettings;

    ~AgentFixture() {
        if (agent) agent->stop();
        agent.reset();
    }

    std::string settingsText(const wire::Hash& serverId) const;
    /// (Re)starts the agent; data from before is kept.
    void startAgent(const wire::Hash& serverId);
    /// Runs `script` on a thread and the loop here until it is over. Its exception is thrown here.
    void play(const std::function<void()>& script);
};

}  // namespace agentd_test
