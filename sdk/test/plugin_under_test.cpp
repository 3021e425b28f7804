#include <trellis/sdk/testing.hpp>

#include <algorithm>
#include <cstring>
#include <exception>

#include <boost/json/serialize.hpp>

namespace trellis::testing {
namespace {

class Answer final : public Reply::Sink {
public:
    explicit Answer(std::string command, const Schema& result)
        : command_(std::move(command)), result_(result),
          value_(std::make_shared<std::optional<json::value>>()) {}

    void answered(json::value value) override {
        std::vector<Problem> problems;
        if (!result_.check(value, problems)) {
            wrong_ = command_ + ": its result does not fit its schema: " + problems.front().pointer +
                     ": " + problems.front().message;
        }
        *value_ = std::move(value);
    }
    void failed(const Error& error) override { error_ = error; }
    void abandoned() override { wrong_ = command_ + ": returned without an answer"; }

    std::shared_ptr<std::optional<json::value>> value() const { return value_; }
    void throwIfWrong() const {
        if (!wrong_.empty()) throw TestFailure(wrong_);
        if (error_) throw Error(*error_);
    }

private:
    const std::string command_;
    const Schema result_;
    std::shared_ptr<std::optional<json::value>> value_;
    std::optional<Error> error_;
    std::string wrong_;
};

bool allows(std::uint32_t rights, const Requirement& needed) {
    if (rights == site_right::kAdmin) return true;
    return (rights & needed.right) == needed.right && (rights & needed.forbidden) == 0;
}

void checkRight(const Requirement& needed, const As& as) {
    const bool isSite = needed.scope == Scope::Site;
    if (needed.scope == Scope::SignedIn) return;
    if (!allows(isSite ? as.caller.siteRights : as.deviceRights, needed)) {
        throw Error(ErrorCode::Forbidden, "access denied");
    }
}

Request requestOf(const As& as, Deadline deadline) {
    return {as.caller, deadline, as.deviceId, as.groupId, as.deviceRights, "test-trace"};
}

template <class List> auto& declaredAs(List& list, const std::string& what, auto&& isIt) {
    const auto found = std::find_if(list.begin(), list.end(), isIt);
    if (found == list.end()) throw TestFailure("the plugin declares no " + what);
    return *found;
}

bool hasProtocol(const TunnelSpec& spec, std::uint16_t protocol) {
    return std::find(spec.protocols.begin(), spec.protocols.end(), protocol) != spec.protocols.end();
}

/// Matches {name} segments and fills in their values.
bool matches(const std::string& pattern, HttpRequest& request) {
    std::string_view want = pattern;
    std::string_view have = request.path;
    std::map<std::string, std::string> segments;
    while (!want.empty() || !have.empty()) {
        if (want.empty() || have.empty() || want.front() != '/' || have.front() != '/') return false;
        want.remove_prefix(1);
        have.remove_prefix(1);
        const auto wanted = want.substr(0, want.find('/'));
        const auto given = have.substr(0, have.find('/'));
        want.remove_prefix(wanted.size());
        have.remove_prefix(given.size());
        if (wanted.size() > 2 && wanted.front() == '{' && wanted.back() == '}') {
            segments[std::string(wanted.substr(1, wanted.size() - 2))] = given;
        } else if (wanted != given) {
            return false;
        }
    }
    request.segments = std::move(segments);
    return true;
}

}  // namespace

bool FakeStream::write(std::span<const std::byte> bytes) {
    const auto before = written.size();
    written.resize(before + bytes.size());
    if (!bytes.empty()) std::memcpy(written.data() + before, bytes.data(), bytes.size());
    return isWritable;
}

void FakeStream::abort(std::string_view reason) {
    abortReason = reason;
    isClosed = true;
}

PluginUnderTest::PluginUnderTest(std::unique_ptr<Plugin> plugin, FakeHost& host,
                                 json::object section)
    : host_(host), plugin_(std::move(plugin)) {
    host_.beginStart();
    plugin_->describe(collector_);
    OptionsFromJson options(collector_.all.options, std::move(section));
    if (options.problems().empty()) plugin_->configure(options);
    if (!options.problems().empty()) {
        std::string text = "the options are refused:";
        for (const auto& problem : options.problems()) text += "\n  " + problem;
        throw TestFailure(text);
    }
    try {
        plugin_->start(host_);
    } catch (...) {
        host_.beginStop();
        plugin_->stop(host_.now() + Seconds(10));
        throw;
    }
    host_.settle();
}

PluginUnderTest::~PluginUnderTest() noexcept(false) {
    if (!plugin_) return;
    if (std::uncaught_exceptions() == 0) {
        stop();
        return;
    }
    host_.beginStop();
    plugin_->stop(host_.now() + Seconds(10));
}

void PluginUnderTest::stop() {
    if (!plugin_) return;
    host_.beginStop();
    plugin_->stop(host_.now() + Seconds(10));
    collector_.all = {};
    plugin_.reset();
    if (host_.openHandles() == 0) return;
    throw TestFailure(std::to_string(host_.openHandles()) +
                      " timer handle(s) outlive the plugin: keep them in its object");
}

json::value PluginUnderTest::call(const std::string& command, json::object args, const As& as) {
    const auto pending = callLater(command, std::move(args), as);
    if (!*pending) throw TestFailure(command + ": no answer yet; callLater() is for that");
    return **pending;
}

PluginUnderTest::Pending PluginUnderTest::callLater(const std::string& command, json::object args,
                                                    const As& as) {
    auto& found = declaredAs(collector_.all.commands, "command " + command,
                             [&](const auto& c) { return c.spec.name == command; });
    checkRight(found.spec.requires_, as);
    json::value checked(std::move(args));
    std::vector<Problem> problems;
    if (!found.spec.args.checkAndFill(checked, problems)) {
        throw Error(ErrorCode::InvalidArgument, problems.front().message, problems.front().pointer);
    }
    const auto answer = std::make_shared<Answer>(command, found.spec.result);
    const auto request = requestOf(as, host_.now() + found.spec.timeout);
    {
        const Reply reply(answer);
        try {
            found.handler(request, checked.as_object(), reply);
        } catch (const Error& error) {
            reply.fail(error);
        }
        host_.settle();
    }
    answer->throwIfWrong();
    return answer->value();
}

void PluginUnderTest::publishRaw(std::string_view name, const std::type_info& type,
                                 const void* event, const json::object& json) {
    for (const auto& subscription : collector_.all.subscriptions) {
        if (subscription.topic != name) continue;
        if (*subscription.type != type) {
            throw TestFailure("the plugin takes " + subscription.topic + " with another payload type");
        }
        subscription.handler(event);
    }
    for (const auto& any : collector_.all.anySubscriptions) {
        if (name.starts_with(any.prefix)) any.handler(name, json);
    }
    host_.settle();
}

bool PluginUnderTest::agentMessage(const std::string& deviceId, const json::object& message) {
    const auto* action = message.if_contains("action");
    const std::string name(action != nullptr && action->is_string() ? action->get_string() : "");
    auto& found = declaredAs(collector_.all.agentMessages, "agent message \"" + name + "\"",
                             [&](const auto& m) { return m.spec.action == name; });
    json::value checked(message);
    std::vector<Problem> problems;
    if (json::serialize(message).size() > found.spec.limit) return false;
    if (!found.spec.schema.checkAndFill(checked, problems)) return false;
    found.handler(deviceId, checked.as_object());
    host_.settle();
    return true;
}

HttpResponse PluginUnderTest::request(HttpRequest request, const As& as) {
    auto& found = declaredAs(collector_.all.routes, "route " + request.method + " " + request.path,
                             [&](const auto& route) {
                                 return route.handler && route.spec.method == request.method &&
                                        matches(route.spec.path, request);
                             });
    if (found.spec.access != RouteAccess::Public) checkRight(found.spec.requires_, as);
    if (request.body.size() > found.spec.bodyLimit) {
        throw Error(ErrorCode::InvalidArgument, "the body is longer than the route's limit");
    }
    auto response = found.handler(requestOf(as, host_.now() + Seconds(30)), request);
    host_.settle();
    return response;
}

std::unique_ptr<FakeClient> PluginUnderTest::exchange(HttpRequest request, Body body, const As& as) {
    auto& found = declaredAs(collector_.all.routes, "exchange " + request.method + " " + request.path,
                             [&](const auto& route) {
                                 return route.exchange && route.spec.method == request.method &&
                                        matches(route.spec.path, request);
                             });
    if (found.spec.access != RouteAccess::Public) checkRight(found.spec.requires_, as);
    auto client = std::make_unique<FakeClient>();
    const auto begun = client->begin(requestOf(as, host_.now() + Seconds(30)), std::move(request),
                                     body == Body::Streamed, found.spec.bodyLimit);
    try {
        found.exchange(begun);
    } catch (const Error& error) {
        begun->fail(error);
    }
    host_.settle();
    return client;
}

namespace {

void begin(TunnelHandler& handler, std::uint16_t protocol, std::shared_ptr<FakeTunnel> tunnel) {
    handler.onOpen(tunnel ? std::move(tunnel) : std::make_shared<FakeTunnel>());
    handler.onStart(std::to_string(protocol));
}

}  // namespace

std::unique_ptr<TunnelHandler> PluginUnderTest::openTunnel(std::uint16_t protocol, TunnelInfo info,
                                                           std::shared_ptr<FakeTunnel> tunnel) {
    info.protocol = protocol;
    auto& found = declaredAs(collector_.all.tunnels, "tunnel protocol " + std::to_string(protocol),
                             [&](const auto& t) { return hasProtocol(t.spec, protocol); });
    auto handler = found.factory(info);
    if (handler) begin(*handler, protocol, std::move(tunnel));
    return handler;
}

std::unique_ptr<TunnelHandler> PluginUnderTest::watchTunnel(std::uint16_t protocol, TunnelInfo info,
                                                            std::shared_ptr<FakeTunnel> tunnel) {
    info.protocol = protocol;
    for (const auto& [isRecorded, factory] : collector_.all.tunnelWatchers) {
        if (isRecorded) info.isRecorded = isRecorded(info);
        if (isRecorded && !info.isRecorded) continue;
        if (auto handler = factory(info)) {
            begin(*handler, protocol, std::move(tunnel));
            return handler;
        }
    }
    return nullptr;
}

std::unique_ptr<StreamHandler> PluginUnderTest::openEndpoint(std::uint16_t protocol,
                                                             TunnelInfo info) {
    info.protocol = protocol;
    auto& found = declaredAs(collector_.all.endpoints, "endpoint " + std::to_string(protocol),
                             [&](const auto& e) { return hasProtocol(e.spec, protocol); });
    return found.factory(info);
}

std::unique_ptr<StreamHandler> PluginUnderTest::connect(std::uint16_t port) {
    return declaredAs(collector_.all.listeners, "listener on port " + std::to_string(port),
                      [&](const auto& l) { return l.spec.port == port; })
        .factory();
}

Decision PluginUnderTest::decide(const std::string& point, const json::object& facts, const As& as) {
    return declaredAs(collector_.all.decisions, "decision " + point,
                      [&](const auto& d) { return d.point == point; })
        .handler(requestOf(as, host_.now() + Seconds(2)), facts);
}

std::vector<std::string> PluginUnderTest::reconfigure(json::object section) {
    if (!collector_.all.reconfigure) throw TestFailure("the plugin did not declare reconfigure()");
    OptionsFromJson options(collector_.all.options, std::move(section));
    if (options.problems().empty()) collector_.all.reconfigure(options);
    host_.settle();
    return options.problems();
}

std::vector<std::string> configurationProblems(Plugin& plugin, json::object section) {
    Collector collector;
    plugin.describe(collector);
    OptionsFromJson options(collector.all.options, std::move(section));
    if (options.problems().empty()) plugin.configure(options);
    return options.problems();
}

}  // namespace trellis::testing
