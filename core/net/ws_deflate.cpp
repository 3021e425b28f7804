#include "core/net/ws_deflate.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <zlib.h>

#include "core/net/ascii.hpp"

namespace trellis::net {

namespace {

constexpr int kRawWindow = -15;
constexpr std::array<unsigned char, 4> kTail{0x00, 0x00, 0xff, 0xff};

struct Inflater {
    z_stream stream{};
    Inflater() {
        if (inflateInit2(&stream, kRawWindow) != Z_OK)
            throw std::bad_alloc();
    }
    ~Inflater() { inflateEnd(&stream); }
};

/// Long messages are lists that somebody waits for: a little larger, in a quarter of the time.
constexpr std::size_t kQuickAbove = 64 * 1024;

struct Deflater {
    z_stream stream{};
    explicit Deflater(int level) {
        if (deflateInit2(&stream, level, Z_DEFLATED, kRawWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
    }
    ~Deflater() { deflateEnd(&stream); }
};

unsigned char* zlibBytes(const void* data) {
    return const_cast<unsigned char*>(static_cast<const unsigned char*>(data));
}

// Runs `stream` over what it was given; at most `limit` bytes in `out`.
InflateResult pump(z_stream& stream, std::size_t limit, std::string& out, bool& hasEnded) {
    std::array<unsigned char, 16384> piece;
    for (;;) {
        stream.next_out = piece.data();
        stream.avail_out = static_cast<uInt>(piece.size());
        const int result = inflate(&stream, Z_SYNC_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return InflateResult::Bad;
        const auto count = piece.size() - stream.avail_out;
        if (count > limit - out.size())
            return InflateResult::TooBig;
        out.append(reinterpret_cast<const char*>(piece.data()), count);
        hasEnded = result == Z_STREAM_END;
        if (hasEnded || (stream.avail_in == 0 && stream.avail_out != 0) || count == 0)
            return InflateResult::Done;
    }
}

bool isWindowBits(std::string_view value) {
    return value.size() == 1
               ? value[0] == '8' || value[0] == '9'
               : value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5';
}

bool isAcceptable(std::string_view offer) {
    if (takeItem(offer, ';') != "permessage-deflate")
        return false;
    std::array<bool, 4> seen{};
    while (!offer.empty()) {
        auto parameter = takeItem(offer, ';');
        const bool hasValue = parameter.find('=') != std::string_view::npos;
        const auto name = takeItem(parameter, '=');
        auto value = trimmed(parameter);
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        std::size_t kind = 0;
        if (name == "server_no_context_takeover" && !hasValue)
            kind = 0;
        else if (name == "client_no_context_takeover" && !hasValue)
            kind = 1;
        else if (name == "client_max_window_bits" && (!hasValue || isWindowBits(value)))
            kind = 2;
        else if (name == "server_max_window_bits" && hasValue && value == "15")
            kind = 3; // smaller windows would need streams of their own
        else
            return false;
        if (seen[kind])
            return false;
        seen[kind] = true;
    }
    return true;
}

} // namespace

InflateResult inflateMessage(Bytes compressed, std::size_t limit, std::string& out) {
    static thread_local Inflater inflater;
    auto& stream = inflater.stream;
    inflateReset(&stream);
    out.clear();
    bool hasEnded = false;
    stream.next_in = zlibBytes(compressed.data());
    stream.avail_in = static_cast<uInt>(compressed.size());
    auto result = pump(stream, limit, out, hasEnded);
    if (result != InflateResult::Done)
        return result;
    if (hasEnded) // a final block (section 7.2.3.4); only the removed tail may follow it
        return stream.avail_in == 0 || (stream.avail_in == 1 && *stream.next_in == 0)
                   ? InflateResult::Done
                   : InflateResult::Bad;
    if (stream.avail_in != 0)
        return InflateResult::Bad;
    stream.next_in = zlibBytes(kTail.data());
    stream.avail_in = static_cast<uInt>(kTail.size());
    result = pump(stream, limit, out, hasEnded);
    if (result == InflateResult::Done && stream.avail_in != 0)
        return InflateResult::Bad;
    return result;
}

namespace {

z_stream& deflaterFor(std::size_t size) {
    if (size > kQuickAbove) {
        static thread_local Deflater quick(Z_BEST_SPEED);
        return quick.stream;
    }
    static thread_local Deflater usual(Z_DEFAULT_COMPRESSION);
    return usual.stream;
}

} // namespace

std::string deflateMessage(Bytes message) {
    auto& stream = deflaterFor(message.size());
    deflateReset(&stream);
    std::string out(message.size(), '\0'); // anything larger is of no use
    stream.next_in = zlibBytes(message.data());
    stream.avail_in = static_cast<uInt>(message.size());
    stream.next_out = reinterpret_cast<unsigned char*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    if (deflate(&stream, Z_SYNC_FLUSH) != Z_OK || stream.avail_in != 0 || stream.avail_out == 0)
        return {};
    out.resize(out.size() - stream.avail_out);
    if (out.size() < kTail.size())
        return {};
    out.resize(out.size() - kTail.size());
    return out;
}

std::string negotiateDeflate(std::string_view offers) {
    while (!offers.empty())
        if (isAcceptable(takeItem(offers, ',')))
            return "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    return {};
}

} // namespace trellis::net
