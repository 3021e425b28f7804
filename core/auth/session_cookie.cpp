#include "core/auth/sessions.hpp"

#include "core/store/random.hpp"

#include <algorithm>

namespace trellis::auth {

namespace {

constexpr std::string_view kAttributes = "; Path=/; Secure; HttpOnly; SameSite=Lax";
constexpr std::size_t kSecretChars = 43;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string nameFor(std::string_view tenant) {
    std::string name(kSessionCookie);
    if (!tenant.empty())
        name.append("-").append(tenant);
    return name;
}

bool isSecret(std::string_view text) {
    return text.size() == kSecretChars && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_';
           });
}

} // namespace

std::string sessionCookie(std::string_view secret, std::string_view tenant) {
    return nameFor(tenant) + "=" + std::string(secret) + std::string(kAttributes);
}

std::string clearedSessionCookie(std::string_view tenant) {
    return nameFor(tenant) + "=" + std::string(kAttributes) + "; Max-Age=0";
}

std::optional<std::string> secretFromCookies(std::string_view header, std::string_view tenant) {
    const auto name = nameFor(tenant);
    std::optional<std::string> found;
    while (!header.empty()) {
        const auto end = std::min(header.find(';'), header.size());
        const auto pair = header.substr(0, end);
        header.remove_prefix(std::min(end + 1, header.size()));
        const auto equals = pair.find('=');
        if (equals == std::string_view::npos)
            continue;
        if (trimmed(pair.substr(0, equals)) != name)
            continue;
        if (found)
            return {}; // two: somebody planted one
        found = trimmed(pair.substr(equals + 1));
    }
    if (!found || !isSecret(*found))
        return {};
    return found;
}

std::string csrfToken(std::string_view secret) {
    return store::base64Url(store::hmacSha256(secret, "trellis csrf"));
}

bool isCsrfToken(std::string_view secret, std::string_view token) noexcept {
    try {
        return store::equalInConstantTime(csrfToken(secret), token);
    } catch (const std::exception&) {
        return false;
    }
}

} // namespace trellis::auth
