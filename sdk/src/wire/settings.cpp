#include <trellis/wire/settings.hpp>
#include <trellis/wire/text.hpp>

#include <algorithm>

namespace trellis::wire {
namespace {

// Protocol 2.4.
constexpr std::array<std::uint8_t, 16> kSettingsGuid{0xB9, 0x96, 0x01, 0x58, 0x80, 0x54, 0x4A, 0x19,
                                                     0xB7, 0xF7, 0xE9, 0xBE, 0x44, 0x91, 0x4C, 0x19};

std::string oneLine(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet >= 0x20 && octet != 0x7F) out += c;
    }
    return out;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n\v\f";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

void addLine(std::string& to, std::string_view key, std::string_view value) {
    to.append(key).append("=").append(oneLine(value)).append("\r\n");
}

}  // namespace

std::string buildSettings(const Settings& settings) {
    std::string out = "\r\n";
    addLine(out, "MeshName", settings.groupName);
    addLine(out, "MeshType", "2");
    addLine(out, "MeshID", "0x" + encodeHex(settings.groupId, HexCase::Upper));
    addLine(out, "ServerID", encodeHex(settings.serverId, HexCase::Upper));
    addLine(out, "MeshServer", settings.server);
    if (!settings.tag.empty()) addLine(out, "Tag", settings.tag);
    if (settings.installFlags) addLine(out, "InstallFlags", std::to_string(*settings.installFlags));
    for (const auto& line : settings.extraLines) out += oneLine(line) + "\r\n";
    return out;
}

std::optional<std::map<std::string, std::string, std::less<>>> parseSettings(std::string_view text) {
    if (text.size() > kMaxSettings) return std::nullopt;
    std::map<std::string, std::string, std::less<>> out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = trimmed(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        const auto split = line.find('=');
        if (line.empty() || line.front() == '#' || split == std::string_view::npos) continue;
        const auto key = trimmed(line.substr(0, split));
        if (key.empty() || key == "CoreModule") continue;
        out.insert_or_assign(std::string(key), std::string(trimmed(line.substr(split + 1))));
    }
    return out;
}

std::optional<std::uint32_t> embeddedSettingsSize(ByteView tail) {
    if (tail.size() < kSettingsTrailer) return std::nullopt;
    const auto trailer = tail.last(kSettingsTrailer);
    const bool ours = std::equal(kSettingsGuid.begin(), kSettingsGuid.end(), trailer.begin() + 4,
                                 [](std::uint8_t a, std::byte b) { return std::byte{a} == b; });
    if (!ours) return std::nullopt;
    const auto size = readU32(trailer);
    if (size > kMaxSettings) return std::nullopt;
    return size;
}

Bytes buildSettingsTrailer(std::uint32_t size) {
    Bytes out;
    appendU32(out, size);
    for (const auto octet : kSettingsGuid) out.push_back(std::byte{octet});
    return out;
}

}  // namespace trellis::wire
