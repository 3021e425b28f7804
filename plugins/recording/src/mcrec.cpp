#include "mcrec.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

namespace recording::mcrec {

namespace json = boost::json;

namespace {

constexpr std::size_t kNamePart = 64;
constexpr std::string_view kMagic = "MeshCentralRelaySession";
constexpr std::size_t kMaxFirst = 64 * 1024;

std::uint64_t number(std::span<const std::byte> bytes) noexcept {
    std::uint64_t value = 0;
    for (const auto byte : bytes) value = value << 8 | std::to_integer<std::uint64_t>(byte);
    return value;
}

void append(std::string& out, std::uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
        out += static_cast<char>(value >> shift & 0xFF);
    }
}

bool isPlain(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

std::string namePart(std::string_view text) {
    std::string out(text.substr(0, kNamePart));
    std::replace_if(out.begin(), out.end(), [](char c) { return !isPlain(c); }, '_');
    return out;
}

std::string textOf(const json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t protocolOf(const json::object& from) {
    const auto* value = from.if_contains("protocol");
    if (value == nullptr) return 0;
    if (value->is_int64()) return value->get_int64();
    std::int64_t out = 0;
    if (value->is_string()) {
        const auto& text = value->get_string();
        std::from_chars(text.data(), text.data() + text.size(), out);
    }
    return out;
}

}  // namespace

Header readHeader(std::span<const std::byte, kHeaderSize> bytes) noexcept {
    return {static_cast<std::uint16_t>(number(bytes.subspan<0, 2>())),
            static_cast<std::uint16_t>(number(bytes.subspan<2, 2>())),
            static_cast<std::uint32_t>(number(bytes.subspan<4, 4>())), number(bytes.subspan<8, 8>())};
}

void appendBlock(std::string& out, BlockType type, std::uint16_t flags, std::uint64_t time,
                 std::string_view data) {
    append(out, static_cast<std::uint16_t>(type), 2);
    append(out, flags, 2);
    append(out, data.size(), 4);
    append(out, time, 8);
    out += data;
}

Reader::Result Reader::next(Block& block) {
    if (at_ >= size_) return Result::End;
    std::array<std::byte, kHeaderSize> head;
    if (size_ - at_ < head.size() || read_(at_, head) < head.size()) return Result::Truncated;
    block.header = readHeader(head);
    const auto& header = block.header;
    const bool isKnown = header.type >= 1 && header.type <= 4 && header.flags <= 3;
    if (!isKnown || header.time >> 48 != 0 || header.size > kMaxBlock) return Result::Bad;
    // Compared with the file before anything is allocated.
    if (size_ - at_ - kHeaderSize < header.size) return Result::Truncated;
    data_.resize(header.size);
    if (header.size > 0 && read_(at_ + kHeaderSize, data_) < data_.size()) return Result::Truncated;
    block.offset = at_;
    block.data = data_;
    at_ += kHeaderSize + header.size;
    hasSeenEnd_ = header.type == static_cast<std::uint16_t>(BlockType::End);
    return Result::Found;
}

std::optional<Tail> readTail(const Reader::Read& read, std::uint64_t size) {
    std::array<std::byte, kTailSize> bytes;
    if (size < bytes.size() || read(size - bytes.size(), bytes) < bytes.size()) return std::nullopt;
    const auto header = readHeader(std::span(bytes).first<kHeaderSize>());
    if (header.type != static_cast<std::uint16_t>(BlockType::End) || header.size != 16) return std::nullopt;
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kHeaderSize, 16);
    if (text == kEnd) return Tail{false, header.time, 0, 0};
    if (text != kIndexedEnd || header.time > size - bytes.size()) return std::nullopt;
    std::array<std::byte, kHeaderSize> head;
    if (size - bytes.size() - header.time < head.size()) return std::nullopt;
    if (read(header.time, head) < head.size()) return std::nullopt;
    const auto extra = readHeader(head);
    const auto room = size - bytes.size() - header.time - kHeaderSize;
    if (extra.type != static_cast<std::uint16_t>(BlockType::Extra) || extra.size > room) return std::nullopt;
    return Tail{true, extra.time, header.time, extra.size};
}

Start firstMessage(const Reader::Read& read, std::uint64_t size) {
    Reader reader(read, size);
    Block block;
    if (reader.next(block) != Reader::Result::Found ||
        block.header.type != static_cast<std::uint16_t>(BlockType::First)) {
        throw trellis::sdk::Error(trellis::sdk::ErrorCode::NotFound, "no recording");
    }
    Start out{reader.where(), block.header.time};
    std::array<std::byte, kHeaderSize> head;
    if (size - out.offset < head.size() || read(out.offset, head) < head.size()) return out;
    const auto header = readHeader(head);
    if (header.type == static_cast<std::uint16_t>(BlockType::Traffic)) out.time = header.time;
    return out;
}

std::string writeFirst(const FirstBlock& first) {
    json::object out{{"magic", kMagic},
                     {"ver", 1},
                     {"userid", first.userId},
                     {"username", first.userName},
                     {"sessionid", first.sessionId},
                     {"ipaddr1", first.viewerAddress},
                     {"ipaddr2", first.deviceAddress},
                     {"time", first.time},
                     {"protocol", first.protocol},
                     {"nodeid", first.deviceId}};
    if (!first.deviceName.empty()) out["devicename"] = first.deviceName;
    if (!first.guest.empty()) out["guestname"] = first.guest;
    return json::serialize(out);
}

std::optional<FirstBlock> parseFirst(std::string_view text) {
    if (text.size() > kMaxFirst) return std::nullopt;
    json::error_code failed;
    const auto value = json::parse(text, failed);
    if (failed || !value.is_object()) return std::nullopt;
    const auto& in = value.get_object();
    const auto* version = in.if_contains("ver");
    if (textOf(in, "magic") != kMagic || version == nullptr || *version != 1) return std::nullopt;
    return FirstBlock{textOf(in, "userid"),     textOf(in, "username"), textOf(in, "sessionid"),
                      textOf(in, "ipaddr1"),    textOf(in, "ipaddr2"),  textOf(in, "time"),
                      textOf(in, "nodeid"),     textOf(in, "devicename"),
                      textOf(in, "guestname"),  protocolOf(in)};
}

std::string fileName(std::string_view domain, std::uint64_t time, std::string_view user,
                     std::string_view device, std::string_view id) {
    const auto seconds = static_cast<std::time_t>(time / 1000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 32> stamp{};
    std::strftime(stamp.data(), stamp.size(), "-%Y-%m-%d-%H-%M-%S", &utc);
    std::string out = "relaysession";
    if (!domain.empty()) out += "-" + namePart(domain);
    out += stamp.data();
    for (const auto part : {user, device, id}) {
        if (!part.empty()) out += "-" + namePart(part);
    }
    return out + ".mcrec";
}

bool isFileName(std::string_view name) noexcept {
    constexpr std::string_view kBegin = "relaysession-";
    return name.size() <= 400 && name.starts_with(kBegin) && name.ends_with(".mcrec") &&
           std::all_of(name.begin(), name.end(), isPlain);
}

}  // namespace recording::mcrec
