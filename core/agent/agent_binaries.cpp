#include "core/agent/agent_binaries.hpp"

#include <trellis/wire/protocol.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace trellis::agent {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kMaxBinary = 256ULL * 1024 * 1024;

struct Architecture {
    std::uint32_t id;
    std::string_view file;
    std::string_view description;
};

// agent-protocol.md section 4.4; file names as MeshCentral's folder has them.
constexpr std::array kArchitectures{
    Architecture{1, "MeshConsole.exe", "Windows x86 console"},
    Architecture{2, "MeshConsole64.exe", "Windows x64 console"},
    Architecture{3, "MeshService.exe", "Windows x86 service"},
    Architecture{4, "MeshService64.exe", "Windows x64 service"},
    Architecture{5, "meshagent_x86", "Linux x86"},
    Architecture{6, "meshagent_x86-64", "Linux x86-64"},
    Architecture{7, "meshagent_mips", "Linux MIPS"},
    Architecture{9, "meshagent_arm", "Linux ARM5"},
    Architecture{13, "meshagent_pogo", "PogoPlug"},
    Architecture{15, "meshagent_poky", "Linux Poky x86"},
    Architecture{16, "meshagent_osx-x86-64", "macOS x86-64"},
    Architecture{18, "meshagent_poky64", "Linux Poky x64"},
    Architecture{19, "meshagent_x86_nokvm", "Linux x86, no KVM"},
    Architecture{20, "meshagent_x86-64_nokvm", "Linux x64, no KVM"},
    Architecture{24, "meshagent_arm-linaro", "ARM Linaro"},
    Architecture{25, "meshagent_armhf", "Linux ARM hard-float"},
    Architecture{26, "meshagent_aarch64", "Linux ARM64"},
    Architecture{27, "meshagent_armhf2", "Linux ARM hard-float (old Pi)"},
    Architecture{28, "meshagent_mips24kc", "Linux MIPS24KC"},
    Architecture{29, "meshagent_osx-arm-64", "macOS ARM64"},
    Architecture{30, "meshagent_freebsd_x86-64", "FreeBSD x86-64"},
    Architecture{32, "meshagent_aarch64", "Linux ARM64"},
    Architecture{35, "meshagent_linux-armada370-hf", "Armada370"},
    Architecture{36, "meshagent_openwrt_x86_64", "OpenWRT x86-64"},
    Architecture{37, "meshagent_openbsd_x86-64", "OpenBSD x86-64"},
    Architecture{40, "meshagent_mipsel24kc", "Linux MIPSEL24KC"},
    Architecture{41, "meshagent_aarch64-cortex-a53", "ARM64 Cortex-A53"},
    Architecture{43, "MeshServiceARM64.exe", "Windows ARM64 service"},
    Architecture{45, "meshagent_riscv64", "Linux RISC-V 64"},
    Architecture{10005, "meshagent_osx-universal-64", "macOS universal"},
};

const Architecture* architecture(std::uint32_t archId) noexcept {
    const auto* const found = std::find_if(kArchitectures.begin(), kArchitectures.end(),
                                     [&](const Architecture& a) { return a.id == archId; });
    return found == kArchitectures.end() ? nullptr : &*found;
}

std::optional<wire::Hash> hashOf(int fd, std::uint64_t size) {
    wire::Sha384 digest;
    std::vector<std::byte> buffer(256 * 1024);
    std::uint64_t at = 0;
    while (at < size) {
        const auto got = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return std::nullopt;
        digest.update({buffer.data(), static_cast<std::size_t>(got)});
        at += static_cast<std::uint64_t>(got);
    }
    return digest.finish();
}

} // namespace

AgentBinaries::AgentBinaries(fs::path own, fs::path folder, sdk::Log& log)
    : own_(std::move(own)), log_(log), folder_(std::move(folder)) {}

std::optional<AgentBinary> AgentBinaries::examine(AgentFamily family, std::uint32_t archId,
                                                  const fs::path& path) const {
    const int raw = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (raw < 0) {
        if (errno != ENOENT) {
            log_.warning("agent executable can't be read",
                         {{"path", path.string()}, {"reason", std::strerror(errno)}}); // NOLINT
        }
        return std::nullopt;
    }
    AgentBinary out;
    out.fd = std::shared_ptr<const int>(new int(raw), [](const int* fd) {
        ::close(*fd);
        delete fd;
    });
    struct stat facts{};
    if (::fstat(raw, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_size <= 0 ||
        static_cast<std::uint64_t>(facts.st_size) > kMaxBinary) {
        log_.warning("agent executable is no regular file of a sane size",
                     {{"path", path.string()}});
        return std::nullopt;
    }
    out.family = family;
    out.archId = archId;
    out.description = descriptionOf(archId);
    out.path = path;
    out.name = path.filename().string();
    out.size = static_cast<std::uint64_t>(facts.st_size);
    out.modifiedNs = facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec;
    {
        const std::scoped_lock lock(mutex_);
        const auto before = known_.find({family, archId});
        if (before != known_.end() && before->second.size == out.size &&
            before->second.modifiedNs == out.modifiedNs && before->second.path == path) {
            return before->second;
        }
    }
    const auto hash = hashOf(raw, out.size);
    if (!hash) {
        log_.warning("agent executable can't be read to its end", {{"path", path.string()}});
        return std::nullopt;
    }
    out.hash = *hash;
    return out;
}

void AgentBinaries::refreshOwn() {
    if (own_.empty() || ownArchitecture() == 0) return;
    const auto own = examine(AgentFamily::Trellis, ownArchitecture(), own_);
    const std::scoped_lock lock(mutex_);
    known_.erase({AgentFamily::Trellis, ownArchitecture()});
    if (own) known_.insert_or_assign(Key{own->family, own->archId}, *own);
}

void AgentBinaries::refresh(fs::path folder) {
    {
        const std::scoped_lock lock(mutex_);
        folder_ = std::move(folder);
    }
    refresh();
}

void AgentBinaries::refresh() {
    const std::scoped_lock turn(refreshing_);
    refreshOwn();
    fs::path folder;
    {
        const std::scoped_lock lock(mutex_);
        folder = folder_;
    }
    std::map<Key, AgentBinary> found;
    if (!folder.empty()) {
        for (const auto& each : kArchitectures) {
            if (auto binary = examine(AgentFamily::MeshCentral, each.id, folder / each.file)) {
                found.insert_or_assign(Key{binary->family, binary->archId}, *binary);
            }
        }
    }
    const std::scoped_lock lock(mutex_);
    std::erase_if(known_, [](const auto& e) { return e.first.first == AgentFamily::MeshCentral; });
    known_.merge(found);
}

std::optional<AgentBinary> AgentBinaries::find(AgentFamily family, std::uint32_t archId) const {
    const std::scoped_lock lock(mutex_);
    const auto found = known_.find({family, archId});
    if (found == known_.end()) return std::nullopt;
    return found->second;
}

std::optional<AgentBinary> AgentBinaries::find(std::uint32_t archId) const {
    auto out = find(AgentFamily::MeshCentral, archId);
    return out ? out : find(AgentFamily::Trellis, archId);
}

std::vector<AgentBinary> AgentBinaries::all() const {
    std::vector<AgentBinary> out;
    const std::scoped_lock lock(mutex_);
    for (const auto& [key, binary] : known_) out.push_back(binary);
    std::stable_sort(out.begin(), out.end(),
                     [](const auto& a, const auto& b) { return a.archId < b.archId; });
    return out;
}

std::string_view fileNameOf(std::uint32_t archId) noexcept {
    const auto* found = architecture(archId);
    return found == nullptr ? std::string_view{} : found->file;
}

std::string_view descriptionOf(std::uint32_t archId) noexcept {
    const auto* found = architecture(archId);
    return found == nullptr ? std::string_view{} : found->description;
}

bool isUpdateManaged(std::uint32_t archId) noexcept {
    constexpr std::array<std::uint32_t, 9> kNever{0, 14, 17, 23, 34, 10006, 11000, 11001, 11002};
    return std::find(kNever.begin(), kNever.end(), archId) == kNever.end();
}

std::uint32_t ownArchitecture() noexcept {
#if defined(__x86_64__) && defined(__linux__)
    return wire::arch::kLinuxX64;
#elif defined(__aarch64__) && defined(__linux__)
    return wire::arch::kLinuxArm64;
#else
    return 0;
#endif
}

} // namespace trellis::agent
