/// Puts the answers of a command on its control connection.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/api/command.hpp"

namespace trellis::api {

class ControlConnection;

class CommandSink final : public CallSink {
public:
    CommandSink(std::weak_ptr<ControlConnection> connection, std::string command,
                std::optional<json::value> responseId)
        : connection_(std::move(connection)), command_(std::move(command)),
          responseId_(std::move(responseId)) {}

    void onResult(json::value result) override;
    void onMessage(json::object message) override;
    void onError(const sdk::Error& error, const std::string& traceId,
                 const std::optional<WireError>& wire) override;

private:
    void send(json::object message);

    std::weak_ptr<ControlConnection> connection_;
    std::string command_;
    std::optional<json::value> responseId_;
};

/// {code, message, field?, traceId}: how an error looks in JSON, on every door.
json::object errorObject(const sdk::Error& error, const std::string& traceId);

} // namespace trellis::api
