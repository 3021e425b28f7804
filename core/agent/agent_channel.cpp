#include "core/agent/agent_channel.hpp"

#include "core/agent/agent_session.hpp"
#include "core/agent/core_messages.hpp"
#include "core/agent/downloads.hpp"
#include "core/agent/embedded.hpp"

namespace trellis::agent {
namespace {

/// Devices that are removed are cut at once and may enrol again; one that is moved stays. Those that
/// went with their group are parked: by coming back they would bring the deleted group back.
class RemovedDevices final : public model::Observer {
public:
    explicit RemovedDevices(AgentContext& context) : context_(context) {
        context_.services.directory.addObserver(this);
    }
    ~RemovedDevices() override { context_.services.directory.removeObserver(this); }
    void onDevice(const model::DevicePtr& before, const model::DevicePtr& after) override {
        if (!before || after) return;
        const auto agent = context_.hub.find(before->id);
        if (context_.services.directory.group(before->groupId)) {
            agent.disconnect("the device was removed");
        } else {
            agent.park("its device group was deleted");
        }
    }

private:
    AgentContext& context_;
};

} // namespace

struct AgentChannel::State {
    explicit State(AgentServices services)
        : context(std::make_shared<AgentContext>(std::move(services))),
          coreMessages(addCoreMessages(*context)), removed(*context) {}

    std::shared_ptr<AgentContext> context;
    std::vector<AgentMessages::Registration> coreMessages;
    RemovedDevices removed;
    std::vector<net::Registration> routes; // first to go
};

AgentChannel::AgentChannel(AgentServices services)
    : state_(std::make_shared<State>(std::move(services))) {
    auto& context = *state_->context;
    context.script.onChange([weak = std::weak_ptr(state_->context)] {
        if (const auto alive = weak.lock()) alive->hub.renewScripts();
    });
    telemetry::Metrics::instance().gauge(
        "trellis_agents_connected", "Agents connected to this server.",
        [weak = std::weak_ptr(state_->context)] {
            const auto alive = weak.lock();
            return alive ? static_cast<double>(alive->hub.size()) : 0.0;
        });
}

AgentChannel::~AgentChannel() {
    for (auto& route : state_->routes) {
        route.withdrawAndWait(std::chrono::steady_clock::now() + std::chrono::seconds(10));
    }
    state_->context->hub.disconnectAll("the server stops");
}

void AgentChannel::mount(net::Router& router) {
    state_->context->binaries.refreshOwn();
    // A folder of other agents is read meanwhile; until then nobody is offered one as an update.
    if (!state_->context->services.workers.post(
            [context = state_->context] { context->binaries.refresh(); })) {
        state_->context->binaries.refresh();
    }
    state_->routes = addDownloads(*state_->context, router);
    state_->routes.push_back(router.addUpgrade(
        {"/agent.ashx", net::RunOn::Loop},
        [context = state_->context](const net::HttpRequest& request, const net::Upgrade& upgrade) {
            if (!request.isSameOrigin()) {
                upgrade.refuse(net::HttpResponse::text(403, "foreign origin\n"));
                return;
            }
            net::WebSocketOptions options;
            options.messageLimit = wire::kMaxHandshakeMessage;
            options.queueLimit = context->services.queueLimit;
            options.pingEvery = context->services.settings.ping;
            options.idleTimeout = context->services.settings.idleTimeout;
            upgrade.accept(std::make_shared<AgentSession>(context, request.tenant), options);
        }));
}

void AgentChannel::setRouter(SessionRouter* router) { state_->context->router = router; }
AgentHub& AgentChannel::hub() noexcept { return state_->context->hub; }
AgentMessages& AgentChannel::messages() noexcept { return state_->context->messages; }
ScriptAssembler& AgentChannel::script() noexcept { return state_->context->script; }
AgentBinaries& AgentChannel::binaries() noexcept { return state_->context->binaries; }

std::string AgentChannel::settingsFile(const model::Group& group, std::string_view host) const {
    return agent::settingsFile(*state_->context, group, host);
}

std::string AgentChannel::installToken(std::string_view groupId,
                                       std::chrono::minutes lifetime) const {
    return agent::installToken(*state_->context, groupId, lifetime);
}

std::string_view baseScript() {
    static const std::string text = std::string(embedded::kBaseScript) + "(function (trellis) {\n" +
                                    std::string(embedded::kDeviceScript) + "})(trellis);\n";
    return text;
}

} // namespace trellis::agent
