#include "agent/platform/linux/desktop/x_authority.hpp"

#include "agent/base/fd.hpp"

#include <trellis/wire/bytes.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>

namespace trellis::device::desktop {
namespace {
constexpr std::size_t kMaxFile = 256 * 1024;
constexpr std::size_t kMaxKeys = 256;
constexpr std::string_view kMethod = "MIT-MAGIC-COOKIE-1";
constexpr std::uint16_t kFamilyWild = 0xFFFF;

/// A text behind its 16-bit length, which `rest` loses; nothing if it is cut off.
std::optional<std::string_view> takeText(wire::ByteView& rest) {
    if (rest.size() < 2) return {};
    const std::size_t size = wire::readU16(rest);
    if (rest.size() < 2 + size) return {};
    const auto text = wire::textOf(rest.subspan(2, size));
    rest = rest.subspan(2 + size);
    return text;
}
}  // namespace

std::vector<std::string> readKeys(std::string_view file, std::string_view number) {
    std::vector<std::string> keys;
    auto rest = wire::bytesOf(file);
    while (rest.size() > 2 && keys.size() < kMaxKeys) {
        rest = rest.subspan(2);  // family: whose address it is does not matter on this machine
        const auto address = takeText(rest);
        const auto display = takeText(rest);
        const auto method = takeText(rest);
        const auto data = takeText(rest);
        if (!address || !display || !method || !data) break;
        const bool fits = number.empty() || display->empty() || *display == number;
        if (fits && *method == kMethod && !data->empty()) keys.emplace_back(*data);
    }
    return keys;
}

std::string writeKey(std::string_view key) {
    wire::Bytes file;
    const auto field = [&](std::string_view text) {
        wire::appendU16(file, static_cast<std::uint16_t>(text.size()));
        wire::append(file, text);
    };
    wire::appendU16(file, kFamilyWild);
    for (const auto text : {std::string_view(), std::string_view(), kMethod, key}) field(text);
    return std::string(wire::textOf(file));
}

std::string hexOf(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const char each : bytes) {
        text += kDigits[static_cast<unsigned char>(each) >> 4U];
        text += kDigits[static_cast<unsigned char>(each) & 15U];
    }
    return text;
}

std::string bytesOfHex(std::string_view hex) {
    std::string bytes;
    for (std::size_t at = 0; at + 2 <= hex.size(); at += 2) {
        bytes += static_cast<char>(std::strtoul(std::string(hex.substr(at, 2)).c_str(), nullptr, 16));
    }
    return bytes;
}

std::vector<std::string> keysOf(const std::string& path, std::string_view number,
                                std::optional<uid_t> owner) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat info {};
    if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
    if (owner && info.st_uid != *owner) return {};
    std::string file;
    std::array<char, 4096> part{};
    for (ssize_t count = 0; (count = ::read(fd.get(), part.data(), part.size())) > 0;) {
        file.append(part.data(), static_cast<std::size_t>(count));
        if (file.size() > kMaxFile) return {};
    }
    return readKeys(file, number);
}

}  // namespace trellis::device::desktop
