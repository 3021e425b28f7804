#include "tests/support/client.hpp"

#include <algorithm>
#include <cctype>

namespace trellis::test {

namespace {

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

bool has(const Fields& fields, std::string_view name) {
    return std::any_of(fields.begin(), fields.end(),
                       [&](const auto& field) { return equalsIgnoringCase(field.first, name); });
}

std::string compose(const HttpCall& call, bool close) {
    std::string text = call.method + " " + call.target + " HTTP/1.1\r\n";
    if (!has(call.headers, "Host"))
        text += "Host: localhost\r\n";
    for (const auto& [name, value] : call.headers)
        text += name + ": " + value + "\r\n";
    const bool hasLength =
        has(call.headers, "Content-Length") || has(call.headers, "Transfer-Encoding");
    if (!call.body.empty() && !hasLength)
        text += "Content-Length: " + std::to_string(call.body.size()) + "\r\n";
    if (close && !has(call.headers, "Connection"))
        text += "Connection: close\r\n";
    return text + "\r\n" + call.body;
}

HttpReply parseHead(const std::string& head) {
    HttpReply reply;
    if (head.size() < 12 || head.rfind("HTTP/1.", 0) != 0)
        throw ClientError("not an HTTP reply: " + head.substr(0, 40));
    reply.status = std::stoi(head.substr(9, 3));
    for (auto at = head.find("\r\n") + 2; at < head.size();) {
        const auto end = head.find("\r\n", at);
        const auto line = head.substr(at, end - at);
        at = end + 2;
        const auto colon = line.find(':');
        if (colon == std::string::npos)
            continue;
        const auto start = line.find_first_not_of(' ', colon + 1);
        reply.headers.emplace_back(line.substr(0, colon),
                                   start == std::string::npos ? "" : line.substr(start));
    }
    return reply;
}

std::string readChunks(Stream& stream) {
    std::string body;
    for (;;) {
        const auto size = std::stoul(stream.readUntil("\r\n"), nullptr, 16);
        if (size == 0) {
            stream.readUntil("\r\n");
            return body;
        }
        body += stream.readExactly(size);
        stream.readExactly(2);
    }
}

} // namespace

std::string HttpReply::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (equalsIgnoringCase(key, name))
            return value;
    return {};
}

HttpReply readReply(Stream& stream, bool toHead) {
    auto reply = parseHead(stream.readUntil("\r\n\r\n"));
    const bool hasNoBody =
        toHead || reply.status < 200 || reply.status == 204 || reply.status == 304;
    if (hasNoBody)
        return reply;
    if (const auto length = reply.header("Content-Length"); !length.empty())
        reply.body = stream.readExactly(std::stoul(length));
    else if (equalsIgnoringCase(reply.header("Transfer-Encoding"), "chunked"))
        reply.body = readChunks(stream);
    else
        reply.body = stream.readAll();
    return reply;
}

HttpReply request(Stream& stream, const HttpCall& call, bool close) {
    stream.write(compose(call, close));
    return readReply(stream, call.method == "HEAD");
}

HttpReply request(const ClientOptions& options, const HttpCall& call) {
    Stream stream(options);
    return request(stream, call, true);
}

} // namespace trellis::test
