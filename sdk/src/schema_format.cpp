/// String formats. Shape only: nothing is looked up and nothing is allocated.
#include <charconv>
#include <string_view>

#include <arpa/inet.h>

#include <trellis/sdk/schema_node.hpp>

namespace trellis::sdk {

namespace {

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}
bool isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool isControl(char c) {
    return static_cast<unsigned char>(c) < 0x20U || c == 0x7f;
}
bool isHex(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

template <class Test> bool all(std::string_view text, Test test) {
    for (const char c : text) {
        if (!test(c))
            return false;
    }
    return true;
}

/// The width of the address in bits: 32, 128, or 0 if it is none.
unsigned addressBits(std::string_view text) {
    char buffer[INET6_ADDRSTRLEN + 1] = {};
    if (text.empty() || text.size() >= sizeof buffer)
        return 0;
    text.copy(buffer, text.size());
    in6_addr into{};
    if (inet_pton(AF_INET, buffer, &into) == 1)
        return 32;
    return inet_pton(AF_INET6, buffer, &into) == 1 ? 128 : 0;
}

bool isNetwork(std::string_view text) {
    const auto slash = text.find('/');
    const unsigned bits = addressBits(text.substr(0, slash));
    if (bits == 0 || slash == std::string_view::npos)
        return bits != 0;
    const std::string_view prefix = text.substr(slash + 1);
    unsigned length = 0;
    const auto* end = prefix.data() + prefix.size();
    const auto [at, error] = std::from_chars(prefix.data(), end, length);
    return error == std::errc() && at == end && length <= bits && all(prefix, isDigit);
}

/// RFC 1123 section 2.1; '_' is let through because real networks use it.
bool isHostName(std::string_view text) {
    if (!text.empty() && text.back() == '.')
        text.remove_suffix(1);
    if (text.empty() || text.size() > 253)
        return false;
    bool hasLetter = false;
    while (true) {
        const auto dot = text.find('.');
        const std::string_view label = text.substr(0, dot);
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
            return false;
        if (!all(label, [](char c) { return isLetter(c) || isDigit(c) || c == '-' || c == '_'; }))
            return false;
        hasLetter = hasLetter || !all(label, isDigit);
        if (dot == std::string_view::npos)
            return hasLetter; // "10.0.0.300" is no name either
        text.remove_prefix(dot + 1);
    }
}

bool isHost(std::string_view text) {
    return addressBits(text) != 0 || isHostName(text);
}

/// "host", "host:port", "[v6]", "[v6]:port".
bool isAuthority(std::string_view text) {
    std::string_view port;
    std::string_view host = text;
    if (!text.empty() && text.front() == '[') {
        const auto end = text.find(']');
        if (end == std::string_view::npos || addressBits(text.substr(1, end - 1)) != 128)
            return false;
        if (end + 1 == text.size())
            return true;
        if (text[end + 1] != ':')
            return false;
        port = text.substr(end + 2);
    } else {
        const auto colon = text.find(':');
        host = text.substr(0, colon);
        if (!isHost(host))
            return false;
        if (colon == std::string_view::npos)
            return true;
        port = text.substr(colon + 1);
    }
    unsigned number = 0;
    const auto [at, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    return error == std::errc() && at == port.data() + port.size() && number >= 1 &&
           number <= 65535;
}

/// RFC 3986 section 3, with an authority.
bool isUrl(std::string_view text) {
    const auto colon = text.find("://");
    if (colon == std::string_view::npos || colon == 0 || !isLetter(text.front()))
        return false;
    const std::string_view scheme = text.substr(0, colon);
    if (!all(scheme, [](char c) {
            return isLetter(c) || isDigit(c) || c == '+' || c == '-' || c == '.';
        })) {
        return false;
    }
    const std::string_view rest = text.substr(colon + 3);
    std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
    if (const auto at = authority.rfind('@'); at != std::string_view::npos)
        authority.remove_prefix(at + 1);
    return isAuthority(authority) && text.find(' ') == std::string_view::npos;
}

bool isEmail(std::string_view text) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || at > 64)
        return false;
    const std::string_view local = text.substr(0, at);
    return all(local,
               [](char c) { return c != ' ' && c != '@' && c != '<' && c != '>' && c != ','; }) &&
           isHostName(text.substr(at + 1));
}

bool isIdentifier(std::string_view text) {
    return !text.empty() && (isLetter(text.front()) || text.front() == '_') &&
           all(text, [](char c) {
               return isLetter(c) || isDigit(c) || c == '_' || c == '-' || c == '.';
           });
}

} // namespace

bool matchesFormat(std::string_view text, Format format) noexcept {
    if (format == Format::None)
        return true;
    if (!all(text, [](char c) { return !isControl(c); }))
        return false;
    switch (format) {
    case Format::None:
    case Format::Line:
        return true;
    case Format::Host:
        return isHost(text);
    case Format::Address:
        return addressBits(text) != 0;
    case Format::Network:
        return isNetwork(text);
    case Format::Url:
        return isUrl(text);
    case Format::Email:
        return isEmail(text);
    case Format::Hex:
        return text.size() % 2 == 0 && all(text, isHex);
    case Format::Identifier:
        return isIdentifier(text);
    }
    return false;
}

} // namespace trellis::sdk
