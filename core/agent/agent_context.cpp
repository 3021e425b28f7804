#include "core/agent/agent_context.hpp"

#include <algorithm>

#include "core/telemetry/log.hpp"

namespace trellis::agent {
namespace {

/// As many as wait in the whole pool otherwise: each is one step of one agent's handshake.
constexpr std::size_t kMaxWaitingHandshakes = 20000;

/// Half of the workers: still more than there are processors, of which signatures fill one each.
std::size_t handshakeWidth(const bus::WorkerPool& workers) {
    return std::max<std::size_t>(1, workers.threads() / 2);
}

} // namespace

AgentMetrics::AgentMetrics(telemetry::Metrics& metrics)
    : connects(metrics.counter("trellis_agent_connects_total", "Agents that authenticated.")),
      signatures(metrics.counter("trellis_agent_signatures_total",
                                 "Handshakes for which the server had to sign.")),
      failures(metrics.counter("trellis_agent_handshake_failures_total",
                               "Connections of agents that were held or closed unauthenticated.")),
      messages(metrics.counter("trellis_agent_messages_total", "JSON messages of agents.")),
      refusedMessages(metrics.counter("trellis_agent_refused_messages_total",
                                      "JSON messages that were too long or had the wrong shape.")),
      scriptPushes(metrics.counter("trellis_agent_script_pushes_total", "Scripts sent to agents.")),
      updates(metrics.counter("trellis_agent_updates_total", "Executables sent to agents.")) {}

bool UpdateTries::mayTry(const std::string& deviceId, const wire::Hash& hash) {
    const std::scoped_lock lock(mutex_);
    if (entries_.size() >= kMaxDevices) entries_.clear();
    auto& entry = entries_[deviceId];
    if (entry.hash != hash) entry = {hash, 0};
    return ++entry.tries <= kMaxTries;
}

AgentContext::AgentContext(AgentServices from)
    : services(std::move(from)), log(telemetry::log("agent")),
      metrics(telemetry::Metrics::instance()), messages(log), script(std::string(baseScript())),
      binaries(services.ownAgent, services.settings.path, log),
      handshakes(services.workers, handshakeWidth(services.workers), kMaxWaitingHandshakes) {}

} // namespace trellis::agent
