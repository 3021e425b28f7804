/// Which handler answers which path; routes come and go while the server runs. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/net/http_message.hpp"
#include "core/net/responder.hpp"
#include "core/net/websocket.hpp"

namespace trellis::net {

enum class RunOn : std::uint8_t { Loop = 1, Workers };
enum class BodyMode : std::uint8_t { Buffered = 1, Streamed };

/// Throwing ends the request as Responder::fail() does.
using HttpHandler = std::function<void(HttpRequest request, Responder responder)>;
/// For handlers that answer at once.
using SimpleHandler = std::function<HttpResponse(const HttpRequest& request)>;
using UpgradeHandler = std::function<void(HttpRequest request, Upgrade upgrade)>;

struct RouteSpec {
    std::string method = "GET"; ///< GET answers HEAD too; "*" takes any method
    /// "/", "/a/{id}", or a last segment "{rest...}" that takes everything behind, '/' included.
    /// Literal segments win over {name}, {name} wins over {rest...}.
    std::string path;
    RunOn runOn = RunOn::Workers;
    std::uint64_t bodyLimit = 64 * 1024; ///< of the whole body, streamed or not; larger: 413
    BodyMode bodyMode = BodyMode::Buffered;
};

struct UpgradeSpec {
    std::string path; ///< may also be an HTTP route; that is called for ordinary requests
    RunOn runOn = RunOn::Workers;
};

/// Withdraws its route when destroyed.
class Registration {
public:
    struct Entry; // internal
    Registration() = default;
    explicit Registration(std::shared_ptr<Entry> entry) : entry_(std::move(entry)) {}
    ~Registration() { withdraw(); }
    Registration(Registration&&) noexcept = default;
    Registration& operator=(Registration&& other) noexcept;
    /// From now on no call starts. Running calls go on; unanswered requests are still answered.
    void withdraw() noexcept;
    /// withdraw(), then waits until no call runs. False at the deadline. Not from a handler.
    bool withdrawAndWait(std::chrono::steady_clock::time_point deadline) noexcept;

private:
    std::shared_ptr<Entry> entry_;
};

class Router {
public:
    Router();
    ~Router();
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    /// Throws sdk::Error{Conflict} if method and path are taken, {InvalidArgument} for a bad path.
    [[nodiscard]] Registration add(RouteSpec spec, HttpHandler handler);
    [[nodiscard]] Registration addSimple(RouteSpec spec, SimpleHandler handler);
    [[nodiscard]] Registration addUpgrade(UpgradeSpec spec, UpgradeHandler handler);

    struct Match {
        enum class Kind : std::uint8_t { Found = 1, NoPath, NoMethod, NeedsUpgrade };
        Kind kind = Kind::NoPath;
        std::shared_ptr<Registration::Entry> entry;
        Query params;
        std::string allow; ///< for NoMethod
    };
    Match match(std::string_view method, const std::vector<std::string>& segments,
                bool isUpgrade) const;

    struct Table; // internal

private:
    std::shared_ptr<Table> table_;
};

} // namespace trellis::net
