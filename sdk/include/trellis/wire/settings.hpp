/// The agent's settings file, `.msh` (Protocol section 2).
#pragma once

#include <trellis/wire/hash.hpp>

#include <map>

namespace trellis::wire {

inline constexpr std::size_t kMaxSettings = 64 * 1024;

/// What the server writes (Protocol 2.1). Lines are free of line ends by construction: build() drops
/// control characters from texts, so that a group's name can't add a key.
struct Settings {
    std::string groupName;
    Hash groupId{};
    Hash serverId{};
    std::string server;        ///< wss://host:port/agent.ashx, or several with commas
    std::string tag;           ///< "" = no line; letters and digits
    std::optional<int> installFlags;
    std::vector<std::string> extraLines;  ///< "key=value"
};
/// Exactly the bytes of Protocol 2.1: an empty first line, CR LF, upper-case hex.
std::string buildSettings(const Settings& settings);

/// What an agent reads (Protocol 2.2): keys to values as text, "0x" values still in their text form.
/// A key with an empty value is present with "" and means "delete". '#' lines, lines without '=' and
/// the key CoreModule are skipped; of a repeated key the last wins. nullopt above kMaxSettings.
std::optional<std::map<std::string, std::string, std::less<>>> parseSettings(std::string_view text);

/// Settings appended to an executable (Protocol 2.4): [text][u32 size][GUID]. `tail`: the file's last
/// bytes, at least 20. The size of the text, or nullopt if there is none.
inline constexpr std::size_t kSettingsTrailer = 20;
std::optional<std::uint32_t> embeddedSettingsSize(ByteView tail);
Bytes buildSettingsTrailer(std::uint32_t size);

}  // namespace trellis::wire
