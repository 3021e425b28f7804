#include "agent_fixture.hpp"

#include "agent/base/file.hpp"
#include "agent/link/settings.hpp"

#include <trellis/wire/text.hpp>

#include <stdexcept>

namespace agentd_test {
using namespace trellis::device;

std::string AgentFixture::settingsText(const wire::Hash& serverId) const {
    return "MeshID=0x" + std::string(96, 'A') + "\r\nServerID=" +
           wire::encodeHex(serverId, wire::HexCase::Upper) + "\r\nMeshServer=wss://127.0.0.1:" +
           std::to_string(server.port()) + "/agent.ashx\r\nignoreProxyFile=1\r\n" + moreSettings;
}

void AgentFixture::startAgent(const wire::Hash& serverId) {
    if (agent) agent->stop();
    agent.reset();
    auto settings = readSettings(settingsText(serverId));
    if (!settings.value) throw std::runtime_error(settings.error);
    {
        Database database(folder.path("agent.db"));
        storeDeviceIdentity(database);
    }
    AgentOptions options;
    options.dataFolder = folder.path();
    options.program = folder.path("trellis-agent");
    options.isTemporary = isTemporary;
    replaceFile(options.program, "the program", 0755);
    agent = std::make_unique<Agent>(loop, std::move(*settings.value), options);
    agent->start();
}

void AgentFixture::play(const std::function<void()>& script) {
    std::atomic<bool> isOver{false};
    auto outcome = std::async(std::launch::async, [&] {
        try {
            script();
        } catch (...) {
            isOver = true;
            throw;
        }
        isOver = true;
    });
    runUntil(loop, [&] { return isOver.load(); });
    outcome.get();
}

}  // namespace agentd_test
