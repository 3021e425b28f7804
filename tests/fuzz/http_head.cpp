// Request heads, targets and chunked bodies: no crash, and no difference between arriving at once
// and in two pieces.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/net/chunked.hpp"
#include "core/net/http_head.hpp"
#include "core/net/proxy_protocol.hpp"

using namespace trellis::net;

namespace {

void require(bool condition) {
    if (!condition)
        std::abort();
}

void checkHead(std::string_view text, std::size_t split) {
    std::size_t scanned = 0;
    RequestHead whole;
    const auto once = parseHead(text, scanned, whole);
    std::size_t scannedTwice = 0;
    RequestHead head;
    const auto early = parseHead(text.substr(0, split), scannedTwice, head);
    if (early.state == HeadResult::State::NeedMore) {
        const auto late = parseHead(text, scannedTwice, head);
        require(late.state == once.state && late.size == once.size && late.status == once.status);
    } else if (early.state == HeadResult::State::Done) {
        require(once.state == HeadResult::State::Done && early.size == once.size);
    }
    if (once.state != HeadResult::State::Done)
        return;
    require(once.size <= text.size() && once.size <= kMaxHead + 2);
    require(whole.headers.size() <= kMaxFields);
    require(!(whole.isChunked && whole.contentLength));
    std::vector<std::string> segments;
    std::string path;
    Query query;
    if (parseTarget(whole.target, segments, path, query))
        for (const auto& segment : segments)
            require(segment != ".." && segment != "." && segment.find('\0') == std::string::npos);
}

std::string decode(std::string_view text, std::size_t split) {
    ChunkedDecoder decoder;
    std::string body;
    for (auto piece : {text.substr(0, split), text.substr(split)}) {
        while (!piece.empty()) {
            const auto step = decoder.next(asBytes(piece));
            require(step.used <= piece.size());
            body += asText(step.data);
            if (step.state == ChunkedDecoder::State::Bad)
                return body + "!";
            if (step.state == ChunkedDecoder::State::Done)
                return body + ".";
            require(step.used > 0);
            piece.remove_prefix(step.used);
        }
    }
    return body;
}

} // namespace

// First byte: where the input is split.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto split = text.empty() ? 0 : data[0] % (text.size() + 1);
    checkHead(text, split);
    require(decode(text, split) == decode(text, text.size()));
    const auto proxy = parseProxyHeader(text);
    require(proxy.state != ProxyHeader::State::Done || proxy.size <= text.size());
    return 0;
}
