/// `/agent.ashx` and the downloads of an installation, put together.
#pragma once

#include <memory>
#include <string>

#include "core/agent/agent_binaries.hpp"
#include "core/agent/agent_hub.hpp"
#include "core/agent/agent_messages.hpp"
#include "core/agent/script_assembler.hpp"
#include "core/agent/session_router.hpp"
#include "core/auth/rights.hpp"
#include "core/auth/server_certificates.hpp"
#include "core/auth/sessions.hpp"
#include "core/auth/url_tokens.hpp"
#include "core/bus/worker_pool.hpp"
#include "core/config/server_config.hpp"
#include "core/model/directory.hpp"
#include "core/model/event_log.hpp"
#include "core/model/side_documents.hpp"
#include "core/net/router.hpp"
#include <trellis/sdk/event.hpp>

namespace trellis::agent {

/// Everything outlives the channel.
struct AgentServices {
    model::Directory& directory;
    model::SideDocuments& sideDocuments;
    model::EventLog& events;
    const auth::RightsDecider& rights;
    auth::ServerCertificates& certificates;
    auth::Sessions& sessions;
    auth::UrlTokens& tokens;
    bus::WorkerPool& workers;
    config::AgentsSection settings;
    config::ServerSection server;
    std::size_t queueLimit = 1024 * 1024; ///< config limits.queueBytes
    /// Asks `agent.admit` before a device is let in; may be empty. Blocks up to 2 s, worker pool.
    std::function<sdk::Decision(const sdk::Request&, const json::object& facts)> admit = {};
    /// Address of a tenant, from the default one's ("host:port/<id>" or its own host); empty: there is
    /// one tenant.
    std::function<std::string(std::string_view tenant, std::string_view publicUrl)> urlOf = {};
    std::filesystem::path ownAgent = {}; ///< our agent's executable, "" if it isn't installed
};

/// Lives on the heap, since sessions refer to it; destroying it disconnects all agents.
class AgentChannel {
public:
    explicit AgentChannel(AgentServices services);
    ~AgentChannel();
    AgentChannel(const AgentChannel&) = delete;
    AgentChannel& operator=(const AgentChannel&) = delete;

    /// Adds `/agent.ashx`, `/meshagents` and `/meshsettings`.
    void mount(net::Router& router);
    /// Set before mount(); without it replies of agents go nowhere.
    void setRouter(SessionRouter* router);

    AgentHub& hub() noexcept;
    AgentMessages& messages() noexcept;
    ScriptAssembler& script() noexcept;
    AgentBinaries& binaries() noexcept;
    /// The settings file for agents of a group (agent-protocol.md section 2.1). `host`: what the caller
    /// reached us by, with port; used if the configuration names no public URL.
    std::string settingsFile(const model::Group& group, std::string_view host) const;
    /// A token that lets whoever holds it read the settings file of this group and nothing else:
    /// `/meshsettings?id=<token>`.
    std::string installToken(std::string_view groupId, std::chrono::minutes lifetime) const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace trellis::agent
