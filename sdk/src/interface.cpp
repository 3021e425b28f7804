// Key functions of the interface's classes: their type information lives in this library alone, so
// that exceptions and casts work across plugins opened with local symbols.
#include <atomic>

#include <trellis/sdk/host.hpp>
#include <trellis/sdk/log.hpp>
#include <trellis/sdk/plugin.hpp>
#include <trellis/sdk/registrar.hpp>

namespace trellis::sdk {

BodyReader::~BodyReader() = default;
BodyProducer::~BodyProducer() = default;
HttpExchange::~HttpExchange() = default;
Log::~Log() = default;
Counter::~Counter() = default;
Gauge::~Gauge() = default;
Stream::~Stream() = default;
StreamHandler::~StreamHandler() = default;
TunnelControl::~TunnelControl() = default;
TunnelHandler::~TunnelHandler() = default;
Registrar::~Registrar() = default;
Handle::~Handle() = default;
Host::~Host() = default;
Plugin::~Plugin() = default;
Reply::Sink::~Sink() = default;

void Reply::Sink::abandoned() {
    failed(Error(ErrorCode::Internal, "the command was not answered"));
}

void Registrar::command(CommandSpec spec, SimpleCommandHandler handler) {
    command(std::move(spec), CommandHandler([h = std::move(handler)](const Request& request,
                                                                     const json::object& args,
                                                                     Reply reply) {
                reply.ok(h(request, args));
            }));
}

struct Reply::State {
    explicit State(std::shared_ptr<Sink> s) : sink(std::move(s)) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (!take()) return;
        try {
            sink->abandoned();
        } catch (...) {  // a destructor: the caller runs into its deadline instead
        }
    }
    /// True for the one who may answer; nobody when there is no caller.
    bool take() noexcept { return sink && !isAnswered.exchange(true); }

    std::shared_ptr<Sink> sink;
    std::atomic<bool> isAnswered{false};
};

Reply::Reply(std::shared_ptr<Sink> sink) : state_(std::make_shared<State>(std::move(sink))) {}

void Reply::ok(json::value result) const {
    if (state_->take()) state_->sink->answered(std::move(result));
}

void Reply::fail(const Error& error) const {
    if (state_->take()) state_->sink->failed(error);
}

json::object DeviceEvent::toJson() const {
    return {{"deviceId", deviceId}, {"groupId", groupId}, {"domain", domain}, {"name", name}};
}

json::object UserEvent::toJson() const {
    return {{"userId", userId}, {"address", address}};
}

json::object TunnelEvent::toJson() const {
    return {{"tunnelId", tunnelId},       {"deviceId", deviceId},
            {"userId", userId},           {"protocol", protocol},
            {"bytesToDevice", bytesToDevice}, {"bytesToViewer", bytesToViewer}};
}

json::object PluginEvent::toJson() const {
    return {{"id", id}, {"state", state}, {"reason", reason}};
}

}  // namespace trellis::sdk
