// How the declarations of a started instance become known to the rest of the server.
#include <fstream>
#include <sstream>

#include "core/bus/decisions.hpp"
#include "core/bus/event_bus.hpp"
#include "core/bus/timers.hpp"
#include "core/plugin/instance.hpp"

namespace trellis::plugin {
namespace {

template <class T> Registration shared(std::unique_ptr<T> owner) {
    return std::shared_ptr<T>(std::move(owner));
}

}  // namespace

/// Throws as soon as one is refused; what was registered until then is withdrawn by the caller.
void Instance::registerAll() {
    for (const auto& service : declared().services) context_.offerService(service);
    registerCommandsAndRoutes();
    registerTunnels();
    registerAgentPart();
    registerListening();
    // Overdue commands are looked for as long as the instance lives.
    keepFor(shared(context_.ports.timers->every(
        context_.sweepEvery,
        [workers = context_.ports.workers](std::function<void()> work) {
            return workers->post(std::move(work));
        },
        [calls = calls_] { calls->sweep(sdk::Clock::now()); })));
}

void Instance::registerCommandsAndRoutes() {
    for (const auto& [spec, handler] : declared().commands) {
        keepFor(context_.ports.commands->add(manifest_.id, spec, calls_->wrap(spec, handler)));
    }
    auto& routes = *context_.ports.routes;
    const Barrier barrier{guard_, live_, context_.ports.workers};
    for (const auto& [spec, handler, exchange] : declared().routes) {
        keepFor(exchange ? routes.addExchange(manifest_.id, spec, guardExchange(barrier, spec, exchange))
                         : routes.add(manifest_.id, spec, guardRoute(barrier, spec, handler)));
    }
}

void Instance::registerTunnels() {
    auto& tunnels = *context_.ports.tunnels;
    for (const auto& [spec, factory] : declared().tunnels) {
        keepFor(tunnels.add(manifest_.id, spec, guardTunnels(guard_, live_, spec.name, factory)));
    }
    for (const auto& [spec, factory] : declared().endpoints) {
        keepFor(tunnels.addEndpoint(manifest_.id, spec,
                                    guardEndpoints(guard_, live_, spec.name, factory)));
    }
    for (const auto& [isRecorded, factory] : declared().tunnelWatchers) {
        auto guarded = guardTunnels(guard_, live_, isRecorded ? "recorder" : "watcher", factory);
        keepFor(isRecorded ? tunnels.addRecorder(manifest_.id, guardRecorder(guard_, isRecorded),
                                                 std::move(guarded))
                           : tunnels.addWatcher(manifest_.id, std::move(guarded)));
    }
}

void Instance::registerAgentPart() {
    auto& agents = *context_.ports.agents;
    for (const auto& [spec, handler] : declared().agentMessages) {
        keepFor(agents.addMessage(manifest_.id, spec, guardMessage(guard_, spec.action, handler)));
    }
    if (!declared().agentScripts.empty()) {
        keepFor(agents.addScript(manifest_.id, agentScriptText()));
    }
}

std::string Instance::agentScriptText() const {
    constexpr std::size_t kMaxScript = 1024 * 1024;
    std::string text;
    for (const auto& name : declared().agentScripts) {
        const auto file = context_.folder / name;
        std::ifstream in(file, std::ios::binary);
        std::ostringstream content;
        content << in.rdbuf();
        if (!in) throw sdk::Error(sdk::ErrorCode::Unavailable, file.string() + " cannot be read");
        text += content.str();
        if (text.empty() || text.back() != '\n') text += '\n';
        if (text.size() > kMaxScript) {
            throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                             "its agent scripts are longer than 1 MiB together");
        }
    }
    return text;
}

void Instance::registerListening() {
    auto& ports = context_.ports;
    for (const auto& [topic, type, handler] : declared().subscriptions) {
        keepFor(shared(ports.events->onRaw(
            topic, *type, strand_,
            [guard = guard_, where = "event " + topic, handler = handler](const void* event) {
                guard->contain(where, [&] { handler(event); });
            })));
    }
    for (const auto& [prefix, handler] : declared().anySubscriptions) {
        keepFor(shared(ports.events->onAny(
            prefix, strand_,
            [guard = guard_, handler = handler](std::string_view name, const sdk::json::object& event) {
                guard->contain("event " + std::string(name), [&] { handler(name, event); });
            })));
    }
    for (const auto& [point, priority, handler] : declared().decisions) {
        keepFor(shared(
            ports.decisions->add(point, priority, guardDecision(guard_, point, handler))));
    }
    for (const auto& [spec, factory] : declared().listeners) {
        keepFor(ports.listeners->listen(manifest_.id, spec,
                                        guardStreams(guard_, live_, spec.name, factory)));
    }
}

}  // namespace trellis::plugin
