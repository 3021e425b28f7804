#include "core/api/control/command_sink.hpp"

#include "core/api/active_call.hpp"
#include "core/api/control/connection.hpp"
#include "core/api/control/wire_actions.hpp"

namespace trellis::api {

namespace {

/// control-protocol 3.0, "pop-up"; titleid 1 is "New Account".
json::object popUp(const WireError& error, const ControlConnection& to) {
    return {{"action", "msg"},       {"type", "notify"},       {"title", "New Account"},
            {"tag", "ServerNotify"}, {"id", newTraceId()},     {"value", error.text},
            {"titleid", 1},          {"msgid", error.messageId}, {"userid", to.userId()},
            {"username", to.userName()}};
}

} // namespace

json::object errorObject(const sdk::Error& error, const std::string& traceId) {
    json::object object{
        {"code", sdk::codeName(error.code())}, {"message", error.what()}, {"traceId", traceId}};
    if (!error.field().empty())
        object["field"] = error.field();
    return object;
}

void CommandSink::send(json::object message) {
    if (const auto connection = connection_.lock())
        connection->send(message);
}

void CommandSink::onResult(json::value result) {
    json::object message{{"action", command_}};
    if (responseId_)
        message["responseid"] = *responseId_;
    message["result"] = std::move(result);
    send(std::move(message));
}

void CommandSink::onMessage(json::object message) {
    send(std::move(message));
}

void CommandSink::onError(const sdk::Error& error, const std::string& traceId,
                          const std::optional<WireError>& wire) {
    // An action that nobody knows is ignored (control-protocol 2.1), unless its name is of our
    // form.
    const bool isOurForm = command_.find('.') != std::string::npos;
    if (!wire && !isOurForm) {
        if (responseId_ && isOptionalWireAction(command_))
            send({{"action", command_},
                  {"responseid", *responseId_},
                  {"result", "Unsupported feature"}});
        return;
    }
    if (wire && !responseId_) {
        const auto connection = connection_.lock();
        if (connection && wire->messageId != 0)
            connection->send(popUp(*wire, *connection));
        return;
    }
    json::object message{{"action", wire && !wire->action.empty() ? wire->action : command_}};
    if (responseId_)
        message["responseid"] = *responseId_;
    if (wire) {
        message["result"] = wire->text;
        if (wire->messageId != 0)
            message["msgid"] = wire->messageId;
    } else {
        message["error"] = errorObject(error, traceId);
    }
    send(std::move(message));
}

} // namespace trellis::api
