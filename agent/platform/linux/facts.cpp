#include "agent/platform/linux/facts.hpp"

#include "agent/base/file.hpp"

#include <trellis/wire/text.hpp>

#include <sys/utsname.h>
#include <unistd.h>

#include <array>

namespace trellis::device::platform {
namespace {
constexpr std::size_t kMaxName = 255;

/// Keys and values of os-release are shell assignments: quotes and backslashes may occur.
std::string unquoted(std::string_view text) {
    if (text.size() >= 2 && (text[0] == '"' || text[0] == '\'') && text.back() == text[0]) {
        text = text.substr(1, text.size() - 2);
    }
    std::string out;
    for (std::size_t i = 0; i < text.size() && out.size() < kMaxName; ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        if (static_cast<unsigned char>(text[i]) >= 0x20) out += text[i];
    }
    return out;
}

std::string firstLine(const char* path) {
    auto text = readFile(path, 4096).value_or("");
    return text.substr(0, text.find('\n'));
}
}  // namespace

std::string prettyName(const std::string& osRelease) {
    constexpr std::string_view kKey = "PRETTY_NAME=";
    std::size_t at = 0;
    while (at < osRelease.size()) {
        const auto end = std::min(osRelease.find('\n', at), osRelease.size());
        const auto line = std::string_view(osRelease).substr(at, end - at);
        if (line.starts_with(kKey)) return unquoted(line.substr(kKey.size()));
        at = end + 1;
    }
    return {};
}

std::string osName() {
    for (const char* path : {"/etc/os-release", "/usr/lib/os-release"}) {
        const auto text = readFile(path, 64 * 1024);
        auto name = text ? prettyName(*text) : std::string();
        if (!name.empty() && wire::isUtf8(name)) return name;
    }
    utsname names{};
    return ::uname(&names) == 0 ? std::string(names.sysname) + ' ' + names.release : "Linux";
}

std::string archName() {
#if defined(__x86_64__)
    return "x64";
#elif defined(__aarch64__)
    return "arm64";
#elif defined(__arm__)
    return "arm";
#elif defined(__i386__)
    return "ia32";
#else
    return "unknown";
#endif
}

std::uint32_t agentId() {
    const auto arch = archName();
    if (arch == "x64") return 6;
    if (arch == "arm64") return 32;
    if (arch == "arm") return 25;
    if (arch == "ia32") return 5;
    return 0;
}

std::uint32_t platformType() {
    const auto product = firstLine("/sys/class/dmi/id/product_name");
    for (const char* name : {"Virtual", "KVM", "QEMU", "VMware", "Bochs", "HVM"}) {
        if (product.find(name) != std::string::npos) return 8;
    }
    // SMBIOS specification (DSP0134) section 7.4.1, chassis types.
    const auto chassis = firstLine("/sys/class/dmi/id/chassis_type");
    if (chassis == "8" || chassis == "9" || chassis == "10" || chassis == "14") return 2;
    if (chassis == "17" || chassis == "23" || chassis == "28") return 4;
    return 1;
}

std::string hostName() {
    std::array<char, kMaxName + 1> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
    const std::string text(name.data());
    return wire::isUtf8(text) ? text : "localhost";
}

std::string programPath() {
    std::array<char, 4096> path{};
    const auto size = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
    std::string text(path.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    // The kernel marks a program that was replaced while it ran.
    constexpr std::string_view kDeleted = " (deleted)";
    if (text.ends_with(kDeleted)) text.resize(text.size() - kDeleted.size());
    return text;
}

}  // namespace trellis::device::platform
