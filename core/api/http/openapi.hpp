/// The REST interface described to programs (OpenAPI 3.1.0) and to people, from the schemas that
/// check its arguments.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "core/api/dispatcher.hpp"
#include "core/net/router.hpp"

namespace trellis::api {

/// One path per command, `POST /api/v1/<name>`, with its arguments, its result where it is declared,
/// the rights that it needs in words, and the errors. `version`: of this server.
json::object openApiDocument(const std::vector<CommandInfo>& commands, const std::string& version);

/// docs/reference/commands.md: the same as a page.
std::string commandReference(const std::vector<CommandInfo>& commands);

/// What a client of the interface `before` can no longer rely on in `after`, one sentence each, both
/// OpenAPI documents: a command or argument that is gone, a new required argument, a type or bound
/// that takes less, a result's member that is gone.
std::vector<std::string> breakingChanges(const json::object& before, const json::object& after);

/// `GET /api/openapi.json`, for everybody: it holds nothing but the shape of commands.
class OpenApiPage {
public:
    OpenApiPage(const Dispatcher& dispatcher, std::string version)
        : dispatcher_(dispatcher), version_(std::move(version)) {}
    void mount(net::Router& router, std::vector<net::Registration>& routes);

private:
    net::HttpResponse serve() const;

    const Dispatcher& dispatcher_;
    const std::string version_;
    mutable std::mutex mutex_; // guards what follows
    mutable std::vector<std::shared_ptr<const WireSpec>> described_; ///< what text_ was made from
    mutable std::string text_;
};

} // namespace trellis::api
