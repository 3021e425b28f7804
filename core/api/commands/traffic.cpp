#include "core/api/commands/traffic.hpp"

#include "core/api/commands/server_parts.hpp"
#include "core/telemetry/traffic.hpp"

namespace trellis::api {

namespace {

/// What `trafficdelta` compares with, of the sessions that asked for it. Bounded: whoever is dropped
/// gets the sum once more.
class LastAsked {
public:
    TrafficCounts::State exchange(const std::string& session, const TrafficCounts::State& state) {
        return last_.with([&](auto& all) {
            if (all.size() >= kMost && !all.contains(session))
                all.clear();
            return std::exchange(all[session], state);
        });
    }

private:
    static constexpr std::size_t kMost = 1000;
    sdk::Guarded<std::unordered_map<std::string, TrafficCounts::State>> last_;
};

WireSpec specOf(const char* name, const char* summary) {
    return wireSpec(name, summary, wireArgs());
}

} // namespace

TrafficCounts::TrafficCounts(bus::EventBus& bus, bus::WorkerPool& pool)
    : strand_(std::make_shared<bus::Strand>(pool)) {
    closed_ = bus.on<sdk::TunnelEvent>(
        sdk::kTunnelClosed, strand_, [this](const sdk::TunnelEvent& event) {
            relays_.with([&](auto& relays) {
                ++relays["relayCount"][event.protocol];
                relays["relayIn"][event.protocol] += event.bytesToViewer;
                relays["relayOut"][event.protocol] += event.bytesToDevice;
            });
        });
}

TrafficCounts::~TrafficCounts() {
    closed_.reset();
    strand_->close();
    strand_->drain(sdk::Clock::now() + sdk::Seconds(10));
}

TrafficCounts::State TrafficCounts::now() const {
    const auto& traffic = telemetry::traffic();
    State state;
    state.numbers = {{"httpRequestCount", traffic.requests.load(std::memory_order_relaxed)},
                     {"httpWebSocketCount", traffic.webSockets.load(std::memory_order_relaxed)},
                     {"httpIn", traffic.bytesIn.load(std::memory_order_relaxed)},
                     {"httpOut", traffic.bytesOut.load(std::memory_order_relaxed)},
                     {"AgentCtrlIn", traffic.agentIn.load(std::memory_order_relaxed)},
                     {"AgentCtrlOut", traffic.agentOut.load(std::memory_order_relaxed)}};
    // Clients of the wire read these, too; nothing goes these ways here.
    for (const auto* name : {"LMSIn", "LMSOut", "CIRAIn", "CIRAOut"})
        state.numbers[name] = 0;
    state.relays = relays_.with([](const auto& relays) { return relays; });
    for (const auto* name : {"relayCount", "relayIn", "relayOut", "localRelayCount", "localRelayIn",
                             "localRelayOut"})
        state.relays[name];
    return state;
}

TrafficCounts::State difference(const TrafficCounts::State& before,
                                const TrafficCounts::State& after) {
    auto result = after;
    for (const auto& [name, number] : before.numbers)
        result.numbers[name] -= number;
    for (const auto& [name, protocols] : before.relays)
        for (const auto& [protocol, number] : protocols)
            if ((result.relays[name][protocol] -= number) == 0)
                result.relays[name].erase(protocol);
    result.timeMs = after.timeMs - before.timeMs;
    return result;
}

json::object trafficDocument(const TrafficCounts::State& state) {
    json::object document;
    for (const auto& [name, number] : state.numbers)
        document[name] = number;
    for (const auto& [name, protocols] : state.relays) {
        json::object numbers;
        for (const auto& [protocol, number] : protocols)
            numbers[std::to_string(protocol)] = number;
        document[name] = std::move(numbers);
    }
    return document;
}

void addTrafficCommands(CommandSet& set, const std::shared_ptr<TrafficCounts>& counts) {
    set.wire(specOf("trafficstats", "Requests, bytes and sessions since the server started."),
             [&set, counts](const WireCall& call) {
                 requireServerNumbersRight(call);
                 auto stats = trafficDocument(counts->now());
                 stats["time"] = set.context.directory.nowMs();
                 call.send({{"stats", std::move(stats)}});
             });
    set.wire(specOf("trafficdelta", "The same since this connection last asked."),
             [&set, counts, last = std::make_shared<LastAsked>()](const WireCall& call) {
                 requireServerNumbersRight(call);
                 auto state = counts->now();
                 state.timeMs = set.context.directory.nowMs();
                 const auto before = last->exchange(call.request().caller.sessionId, state);
                 const auto change = difference(before, state);
                 auto delta = trafficDocument(change);
                 delta["delta"] = before.timeMs == 0 ? 0 : change.timeMs;
                 call.send({{"delta", std::move(delta)}});
             });
}

} // namespace trellis::api
