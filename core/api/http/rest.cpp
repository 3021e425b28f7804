#include "core/api/http/rest.hpp"

#include "core/api/parse.hpp"
#include "core/api/token_gate.hpp"

namespace trellis::api {

using sdk::Error;
using sdk::ErrorCode;

namespace {

/// Joins the answers of one command to one response.
class RestSink final : public CallSink {
public:
    explicit RestSink(net::Responder responder) : responder_(std::move(responder)) {}

    void onResult(json::value result) override { responder_.send(jsonResponse(200, result)); }
    void onMessage(json::object message) override {
        message.erase("responseid"); // was put in so that the command answers
        messages_.emplace_back(std::move(message));
    }
    void onError(const Error& error, const std::string& traceId,
                 const std::optional<WireError>&) override {
        responder_.send(errorResponse(error, traceId));
    }
    void onDone() override {
        if (messages_.empty()) {
            responder_.send(jsonResponse(200, json::object())); // ignored if answered above
        } else if (messages_.size() == 1) {
            responder_.send(jsonResponse(200, messages_.front()));
        } else {
            responder_.send(jsonResponse(200, json::object{{"replies", std::move(messages_)}}));
        }
    }

private:
    net::Responder responder_;
    json::array messages_;
};

json::object argumentsOf(const net::HttpRequest& request, std::size_t limit) {
    if (request.body.empty())
        return {};
    // A form of another site can send text/plain, but not this without asking first (CORS).
    const auto type = request.header("Content-Type");
    if (!type.starts_with("application/json"))
        throw Error(ErrorCode::InvalidArgument, "expected Content-Type: application/json");
    auto parsed = parseMessage(request.body, limit);
    if (!parsed.object)
        throw Error(ErrorCode::InvalidArgument, parsed.fault);
    return std::move(*parsed.object);
}

} // namespace

void RestDoor::mount(net::Router& router, std::vector<net::Registration>& routes) {
    net::RouteSpec spec;
    spec.method = "POST";
    spec.path = "/api/v1/{command}";
    spec.bodyLimit = bodyBytes_;
    routes.push_back(
        router.add(spec, [this](const net::HttpRequest& request, const net::Responder& responder) {
            serve(request, responder);
        }));
    net::RouteSpec other;
    other.method = "*";
    other.path = "/api/v1/{command}";
    other.runOn = net::RunOn::Loop;
    routes.push_back(router.addSimple(other, [](const net::HttpRequest&) {
        return net::HttpResponse::text(405, "Commands are called with POST.\n").with("Allow", "POST");
    }));
    // What no other route takes; an HTML page would be of no use to a script.
    net::RouteSpec rest;
    rest.method = "*";
    rest.path = "/api/{rest...}";
    rest.runOn = net::RunOn::Loop;
    routes.push_back(router.addSimple(rest, [](const net::HttpRequest&) {
        return errorResponse(Error(ErrorCode::NotFound, "no such path"));
    }));
}

void RestDoor::limit(const sdk::Caller& caller) const {
    if (caller.isLocalAdmin)
        return;
    const auto token = context_.apiTokens.ofSession(caller.sessionId);
    const auto wait = rates_.take(token ? token->id : caller.userId, sdk::Clock::now());
    if (wait.count() > 0)
        throw TooMany("too many commands at once", wait);
}

void RestDoor::serve(const net::HttpRequest& request, const net::Responder& responder) const {
    try {
        auto caller = callers_.resolveApi(request, HttpCallers::Change::Yes);
        limit(caller);
        const std::string command(request.params.get("command"));
        const auto known = context_.dispatcher.find(command);
        if (!known)
            throw Error(ErrorCode::NotFound, "no such command");
        // The dispatcher asks this as well, at `command.allow`; here it has a sentence of its own.
        if (const auto why = tokenRefusal(context_.apiTokens, caller, known->spec->command))
            throw Error(ErrorCode::Forbidden, *why);
        auto arguments = argumentsOf(request, bodyBytes_);
        arguments["responseid"] = "rest"; // Wire commands answer errors to those who ask
        context_.dispatcher.run({command, std::move(arguments), std::move(caller), std::nullopt},
                        std::make_shared<RestSink>(responder));
    } catch (const Error& error) {
        responder.send(errorResponse(error));
    }
}

} // namespace trellis::api
