#include "agent/desktop/link.hpp"

namespace trellis::device::desktop {
namespace {
constexpr std::size_t kMaxCodecs = 8;
}  // namespace

void writeFrame(std::string& to, ViewerId viewer, LinkKind kind, wire::ByteView payload) {
    wire::Bytes head;
    wire::appendU32(head, static_cast<std::uint32_t>(payload.size()));
    wire::appendU16(head, viewer);
    wire::appendU16(head, static_cast<std::uint16_t>(static_cast<unsigned>(kind) << 8U));
    to += wire::textOf(head);
    to += wire::textOf(payload);
}

bool LinkReader::read(std::string_view bytes, const std::function<void(const LinkFrame&)>& take) {
    rest_ += bytes;
    std::size_t at = 0;
    while (rest_.size() - at >= kLinkHead) {
        const auto all = wire::bytesOf(rest_).subspan(at);
        const std::size_t size = wire::readU32(all);
        if (size > kMaxLinkPayload) return false;
        if (all.size() < kLinkHead + size) break;
        take({wire::readU16(all.subspan(4)), static_cast<LinkKind>(all[6]),
              all.subspan(kLinkHead, size)});
        at += kLinkHead + size;
    }
    rest_.erase(0, at);
    return true;
}

wire::Bytes writeOptions(const ViewerOptions& options) {
    wire::Bytes out;
    out.push_back(static_cast<std::byte>(options.version));
    out.push_back(static_cast<std::byte>((options.isViewOnly ? 1U : 0U) | (options.isQuiet ? 2U : 0U)));
    for (std::size_t i = 0; i < options.codecs.size() && i < kMaxCodecs; ++i) {
        wire::append(out, options.codecs[i]);
        wire::append(out, std::string_view(" "));
    }
    return out;
}

ViewerOptions readOptions(wire::ByteView payload) {
    ViewerOptions options;
    if (payload.size() < 2) return options;
    options.version = std::to_integer<std::uint8_t>(payload[0]);
    const auto flags = std::to_integer<unsigned>(payload[1]);
    options.isViewOnly = (flags & 1U) != 0;
    options.isQuiet = (flags & 2U) != 0;
    auto text = wire::textOf(payload.subspan(2));
    while (!text.empty() && options.codecs.size() < kMaxCodecs) {
        const auto end = std::min(text.find(' '), text.size());
        options.codecs.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return options;
}

}  // namespace trellis::device::desktop
