// JSON messages of agents against the schemas of the core's own actions.
#include "core/agent/agent_messages.hpp"
#include "core/agent/core_messages.hpp"

using namespace trellis;

namespace {

class Silent final : public sdk::Log {
public:
    void debug(std::string_view, sdk::Fields) override {}
    void info(std::string_view, sdk::Fields) override {}
    void warning(std::string_view, sdk::Fields) override {}
    void error(std::string_view, sdk::Fields) override {}
};

struct Registered {
    Registered() : messages(log) {
        for (auto& spec : agent::coreMessageSpecs()) {
            kept.push_back(messages.add(
                spec, [](const agent::MessageSender&, const boost::json::object&) {}, "core"));
        }
    }
    Silent log;
    agent::AgentMessages messages;
    std::vector<agent::AgentMessages::Registration> kept;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Registered core;
    const agent::MessageSender sender{"node//x", "192.0.2.1:1", {}};
    (void)core.messages.deliver(sender, {reinterpret_cast<const char*>(data), size});
    return 0;
}
