/// Joins core/api to the agent channel, the relay and the certificates.
#pragma once

#include <atomic>
#include <string>

#include "core/agent/agent_channel.hpp"
#include "core/api/ports.hpp"
#include "core/auth/server_certificates.hpp"
#include "core/config/server_config.hpp"
#include "core/model/directory.hpp"
#include "core/relay/relay_channel.hpp"

namespace trellis::app {

class AgentDevices final : public api::DevicePort {
public:
    explicit AgentDevices(agent::AgentHub& hub) : hub_(hub) {}
    bool send(const std::string& deviceId, const boost::json::object& message) override;
    void disconnect(const std::string& deviceId, const std::string& reason) override;

private:
    agent::AgentHub& hub_;
};

class RelayTunnels final : public api::TunnelPort {
public:
    explicit RelayTunnels(relay::RelayChannel& relay) : relay_(relay) {}
    Ticket open(const sdk::Caller& caller, const std::string& deviceId, std::uint16_t protocol,
                const std::string& value, const boost::json::object& options) override;
    std::vector<Kind> kinds() const override;
    std::size_t count() const override { return relay_.size(); }
    std::vector<Running> running() const override;
    bool end(const std::string& id, const std::string& reason) override;
    std::size_t countIn(const std::string& domain) const override;

private:
    relay::RelayChannel& relay_;
};

class AgentInstall final : public api::InstallPort {
public:
    AgentInstall(agent::AgentChannel& agents, const model::Directory& directory)
        : agents_(agents), directory_(directory) {}
    std::string settingsFile(const std::string& groupId, const std::string& host) const override;
    std::string token(const std::string& groupId, std::chrono::minutes lifetime) const override;
    std::uint32_t linuxAgent() const override;

private:
    agent::AgentChannel& agents_;
    const model::Directory& directory_;
};

class CertificateFacts final : public api::ServerPort {
public:
    CertificateFacts(const auth::ServerCertificates& certificates,
                     const config::ServerSection& section)
        : certificates_(certificates), section_(section), port_(section.port) {}
    /// The port bound, since the configured one may be 0.
    void setPort(std::uint16_t port) noexcept { port_ = port; }
    api::ServerFacts facts() const override;
    bool isOurTlsHash(const std::string& hash) const override;
    std::string signAsAgentServer(const std::string& bytes) const override;

private:
    const auth::ServerCertificates& certificates_;
    const config::ServerSection& section_;
    std::atomic<std::uint16_t> port_;
};

}  // namespace trellis::app
