#include "core/api/control/credentials.hpp"

#include <vector>

#include "core/auth/sessions.hpp"
#include "core/store/random.hpp"

namespace trellis::api {

namespace {

constexpr std::size_t kMaxHeader = 8 * 1024;

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto comma = text.find(',');
        parts.push_back(text.substr(0, comma));
        if (comma == std::string_view::npos)
            return parts;
        text.remove_prefix(comma + 1);
    }
}

/// Base64 as Node writes it; clients in other languages leave out the padding.
std::optional<std::string> decode(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    std::string padded(text);
    while (padded.size() % 4 != 0)
        padded += '=';
    return store::fromBase64(padded);
}

std::string argument(const net::HttpRequest& request, const net::Query& extra,
                     std::string_view name) {
    const auto given = extra.find(name);
    return std::string(given ? *given : request.query.get(name));
}

} // namespace

MeshAuth parseMeshAuth(std::string_view header) {
    if (header.size() > kMaxHeader)
        return {};
    const auto parts = split(header);
    if (parts.size() < 2 || parts.size() > 3)
        return {};
    const auto user = decode(parts[0]);
    const auto password = decode(parts[1]);
    const auto token = decode(parts.size() == 3 ? parts[2] : std::string_view());
    if (!user || !password || !token)
        return {};
    return {true, *user, *password, *token};
}

Credentials readCredentials(const net::HttpRequest& request, const net::Query& extra) {
    Credentials found;
    const auto header = request.header("x-meshauth");
    if (header == "*") {
        found.style = Credentials::Style::Inner;
        return found;
    }
    const auto hasArgument = [&](std::string_view name) {
        return extra.has(name) || request.query.has(name);
    };
    if (hasArgument("user") && hasArgument("pass")) {
        found.style = Credentials::Style::QueryPassword;
        found.user = argument(request, extra, "user");
        found.password = argument(request, extra, "pass");
        found.token = argument(request, extra, "token");
        return found;
    }
    found.authCookie = argument(request, extra, "auth");
    if (request.headers.has("x-meshauth")) {
        auto parsed = parseMeshAuth(header);
        found.style =
            parsed.isGood ? Credentials::Style::HeaderPassword : Credentials::Style::Malformed;
        found.user = std::move(parsed.user);
        found.password = std::move(parsed.password);
        found.token = std::move(parsed.token);
        return found;
    }
    if (const auto secret = auth::secretFromCookies(request.header("Cookie"), request.tenant)) {
        found.style = Credentials::Style::Session;
        found.sessionSecret = *secret;
    }
    return found;
}

} // namespace trellis::api
