#include "core/net/http_upgrade.hpp"

#include <algorithm>
#include <array>
#include <openssl/evp.h>

#include "core/net/ascii.hpp"
#include "core/net/ws_deflate.hpp"

namespace trellis::net {

namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455 section 1.3

// 16 bytes in base64, whatever the last four bits are.
bool isKey(std::string_view key) {
    if (key.size() != 24 || key.substr(22) != "==")
        return false;
    return std::all_of(key.begin(), key.begin() + 22,
                       [](char c) { return isDigit(c) || isAlpha(c) || c == '+' || c == '/'; });
}

std::string joinedOffers(const Headers& headers) {
    std::string offers;
    for (const auto& [name, value] : headers)
        if (equalsIgnoringCase(name, "Sec-WebSocket-Extensions"))
            offers.append(offers.empty() ? "" : ", ").append(value);
    return offers;
}

} // namespace

UpgradeProblem checkUpgrade(const HttpRequest& request, bool hasBody) {
    if (request.method != "GET")
        return {400, "an upgrade must be a GET"};
    if (hasBody)
        return {400, "an upgrade has no body"};
    if (request.headers.count("Sec-WebSocket-Version") != 1 ||
        request.header("Sec-WebSocket-Version") != "13")
        return {426, "WebSocket version 13 is required"};
    if (request.headers.count("Sec-WebSocket-Key") != 1 ||
        !isKey(request.header("Sec-WebSocket-Key")))
        return {400, "malformed Sec-WebSocket-Key"};
    return {};
}

std::string acceptKey(std::string_view key) {
    std::array<unsigned char, 20> digest{};
    unsigned size = 0;
    const std::string text = std::string(key).append(kGuid);
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    std::array<unsigned char, 32> encoded{};
    const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
    return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length)};
}

std::string upgradeAnswer(const HttpRequest& request, bool allowDeflate, bool& hasDeflate) {
    std::string text = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
                       acceptKey(request.header("Sec-WebSocket-Key")) + "\r\n";
    const auto extension =
        allowDeflate ? negotiateDeflate(joinedOffers(request.headers)) : std::string();
    hasDeflate = !extension.empty();
    if (hasDeflate)
        text += "Sec-WebSocket-Extensions: " + extension + "\r\n";
    return text + "\r\n";
}

} // namespace trellis::net
