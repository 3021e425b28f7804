#include "core/net/http_head.hpp"

#include <algorithm>
#include <charconv>

#include "core/net/ascii.hpp"

namespace trellis::net {

namespace {

using State = HeadResult::State;

HeadResult bad(int status, std::string_view reason) {
    return {State::Bad, 0, status, reason};
}

bool isTargetChar(char c) noexcept {
    return c > 0x20 && c < 0x7f && c != '#' && c != '\\' && c != '"' && c != '<' && c != '>';
}

bool isValueChar(char c) noexcept {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

// Finds the end of the head (behind the empty line), looking at each byte once over all calls.
// Bare CR and LF are refused here, as soon as they are seen.
struct Scan {
    std::size_t end = 0; // 0: not there yet
    HeadResult error{State::Done, 0, 0, {}};
};

Scan scanHead(std::string_view bytes, std::size_t& scanned) {
    const auto limit = std::min(bytes.size(), kMaxHead);
    for (auto i = scanned; i < limit; ++i) {
        const char c = bytes[i];
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n') ||
            c == 0x7f)
            return {0, bad(400, "control character in the head")};
        if (c == '\n' && (i == 0 || bytes[i - 1] != '\r'))
            return {0, bad(400, "bare LF in the head")};
        if (i > 0 && bytes[i - 1] == '\r' && c != '\n')
            return {0, bad(400, "bare CR in the head")};
        if (c == '\n' && i >= 3 && bytes[i - 2] == '\n')
            return {i + 1, {State::Done, 0, 0, {}}};
        scanned = i + 1;
    }
    return {};
}

HeadResult tooLong(std::string_view bytes) {
    const auto line = bytes.find("\r\n");
    if (line == std::string_view::npos || line > kMaxTarget + kMaxMethod + 10)
        return bad(414, "the request line is too long");
    return bad(431, "the head is too large");
}

// RFC 9112 section 3.2.2: a server must take the absolute form; it is brought into origin form.
bool toOriginForm(std::string_view& target, std::string_view& authority) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!equalsIgnoringCase(target.substr(0, scheme.size()), scheme))
            continue;
        const auto rest = target.substr(scheme.size());
        const auto slash = rest.find('/');
        if (slash == std::string_view::npos || slash == 0)
            return false;
        authority = rest.substr(0, slash);
        target = rest.substr(slash);
        return true;
    }
    return false;
}

HeadResult parseRequestLine(std::string_view line, RequestHead& head, std::string_view& authority) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last)
        return bad(400, "malformed request line");
    const auto method = line.substr(0, first);
    auto target = line.substr(first + 1, last - first - 1);
    const auto version = line.substr(last + 1);
    if (method.size() > kMaxMethod || !isToken(method))
        return bad(400, "malformed method");
    if (target.size() > kMaxTarget)
        return bad(414, "the target is too long");
    if (!std::all_of(target.begin(), target.end(), isTargetChar))
        return bad(400, "malformed target");
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        const bool isHttp = version.size() == 8 && version.substr(0, 5) == "HTTP/" &&
                            isDigit(version[5]) && version[6] == '.' && isDigit(version[7]);
        return isHttp ? bad(505, "HTTP version not supported") : bad(400, "malformed version");
    }
    head.isHttp10 = version == "HTTP/1.0";
    const bool isAsterisk = target == "*" && method == "OPTIONS";
    if (!isAsterisk && target.substr(0, 1) != "/" && !toOriginForm(target, authority))
        return bad(400, "malformed target");
    head.method = method;
    head.target = target;
    return {State::Done, 0, 0, {}};
}

HeadResult parseFields(std::string_view text, RequestHead& head) {
    std::size_t count = 0;
    while (!text.empty()) {
        const auto end = text.find("\r\n");
        const auto line = text.substr(0, end);
        text = text.substr(end + 2);
        if (line.empty())
            break;
        if (++count > kMaxFields)
            return bad(431, "too many header fields");
        if (line[0] == ' ' || line[0] == '\t')
            return bad(400, "folded header field"); // RFC 9112 section 5.2
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || !isToken(line.substr(0, colon)))
            return bad(400, "malformed header field"); // also a space before the colon
        const auto value = trimmed(line.substr(colon + 1));
        if (!std::all_of(value.begin(), value.end(), isValueChar))
            return bad(400, "control character in a header field");
        head.headers.add(std::string(line.substr(0, colon)), std::string(value));
    }
    return {State::Done, 0, 0, {}};
}

// RFC 9112 section 6.3, without any of the leniency it allows.
HeadResult readFraming(RequestHead& head) {
    const auto& headers = head.headers;
    const auto lengths = headers.count("Content-Length");
    const auto codings = headers.count("Transfer-Encoding");
    if (lengths > 1)
        return bad(400, "more than one Content-Length");
    if (lengths + codings > 1)
        return bad(400, codings > 1 ? "more than one Transfer-Encoding"
                                    : "Content-Length together with Transfer-Encoding");
    if (lengths == 1) {
        const auto text = headers.get("Content-Length");
        std::uint64_t value = 0;
        const bool isNumber =
            !text.empty() && text.size() <= 18 && std::all_of(text.begin(), text.end(), isDigit);
        if (!isNumber ||
            std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc())
            return bad(400, "malformed Content-Length");
        head.contentLength = value;
    }
    if (codings == 1) {
        if (head.isHttp10)
            return bad(400, "Transfer-Encoding in HTTP/1.0");
        if (!equalsIgnoringCase(headers.get("Transfer-Encoding"), "chunked"))
            return bad(501, "transfer coding not supported");
        head.isChunked = true;
    }
    return {State::Done, 0, 0, {}};
}

HeadResult readConnection(RequestHead& head, std::string_view authority) {
    const auto& headers = head.headers;
    const auto hosts = headers.count("Host");
    if (hosts > 1 || (hosts == 0 && !head.isHttp10))
        return bad(400, "exactly one Host is required");
    if (hosts == 1 && !isHostField(headers.get("Host")))
        return bad(400, "malformed Host");
    if (!authority.empty() && !equalsIgnoringCase(authority, headers.get("Host")))
        return bad(400, "the target names another host");
    head.keepAlive = head.isHttp10 ? headers.hasToken("Connection", "keep-alive")
                                   : !headers.hasToken("Connection", "close");
    if (const auto* expect = headers.find("Expect"); expect && !head.isHttp10) {
        if (!equalsIgnoringCase(*expect, "100-continue"))
            return bad(417, "unknown expectation");
        head.expectsContinue = true;
    }
    head.isUpgrade = !head.isHttp10 && headers.hasToken("Connection", "upgrade") &&
                     headers.hasToken("Upgrade", "websocket");
    return {State::Done, 0, 0, {}};
}

} // namespace

bool isHostField(std::string_view text) noexcept {
    if (text.empty() || text.size() > 262)
        return false;
    std::string_view rest;
    if (text.front() == '[') {
        const auto end = text.find(']');
        if (end == std::string_view::npos || end < 3)
            return false;
        for (const char c : text.substr(1, end - 1))
            if (hexValue(c) < 0 && c != ':' && c != '.')
                return false;
        rest = text.substr(end + 1);
    } else {
        const auto end = text.find(':');
        const auto name = text.substr(0, end);
        for (const char c : name)
            if (!isDigit(c) && !isAlpha(c) && c != '-' && c != '.' && c != '_')
                return false;
        if (name.empty())
            return false;
        rest = end == std::string_view::npos ? std::string_view() : text.substr(end);
    }
    if (rest.empty())
        return true;
    return rest.front() == ':' && rest.size() >= 2 && rest.size() <= 6 &&
           std::all_of(rest.begin() + 1, rest.end(), isDigit);
}

HeadResult parseHead(std::string_view bytes, std::size_t& scanned, RequestHead& head) {
    // RFC 9112 section 2.2: an empty line before the request line is skipped, one of them.
    if (bytes.substr(0, 2) == "\r\n") {
        if (bytes.substr(2, 2) == "\r\n")
            return bad(400, "empty request");
        std::size_t inner = scanned >= 2 ? scanned - 2 : 0;
        auto result = parseHead(bytes.substr(2), inner, head);
        scanned = inner + 2;
        if (result.state == State::Done)
            result.size += 2;
        return result;
    }
    const auto scan = scanHead(bytes, scanned);
    if (scan.error.state == State::Bad)
        return scan.error;
    if (scan.end == 0)
        return bytes.size() >= kMaxHead ? tooLong(bytes) : HeadResult{};
    const auto text = bytes.substr(0, scan.end);
    const auto lineEnd = text.find("\r\n");
    head = RequestHead();
    std::string_view authority;
    auto result = parseRequestLine(text.substr(0, lineEnd), head, authority);
    if (result.state == State::Done)
        result = parseFields(text.substr(lineEnd + 2), head);
    if (result.state == State::Done)
        result = readFraming(head);
    if (result.state == State::Done)
        result = readConnection(head, authority);
    if (result.state == State::Done)
        result.size = scan.end;
    return result;
}

} // namespace trellis::net
