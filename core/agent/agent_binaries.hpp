/// Agent executables that the server offers for installation and update.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <trellis/sdk/log.hpp>
#include <trellis/wire/hash.hpp>

namespace trellis::agent {

/// Whose program it is. They share the protocol, but one is no update for the other.
enum class AgentFamily : std::uint8_t { Trellis = 1, MeshCentral };

/// One executable on disk.
struct AgentBinary {
    AgentFamily family = AgentFamily::Trellis;
    std::uint32_t archId = 0;  ///< agent-protocol.md section 4.4
    std::string name;          ///< file name for downloads, "meshagent_x86-64"
    std::string description;   ///< "Linux x86-64"
    std::filesystem::path path;
    std::uint64_t size = 0;
    std::int64_t modifiedNs = 0; ///< since 1970
    wire::Hash hash{};           ///< SHA-384 of the file
    std::shared_ptr<const int> fd; ///< open for reading; closed with the last copy
};

/// Any thread. Reads files in refresh() and refreshOwn() only.
class AgentBinaries {
public:
    /// `own`: our agent for this machine's architecture, "" if there is none. `folder`: MeshCentral's
    /// agents under MeshCentral's file names, or "".
    AgentBinaries(std::filesystem::path own, std::filesystem::path folder, sdk::Log& log);

    /// Reads the files again; unchanged ones (size, time) keep their hash. A file that can't be read is
    /// logged and left out. A folder of MeshCentral's takes about a second: worker pool.
    void refresh();
    /// The same with another folder of MeshCentral's agents from now on.
    void refresh(std::filesystem::path folder);
    /// Our own agent only: a few milliseconds.
    void refreshOwn();
    std::optional<AgentBinary> find(AgentFamily family, std::uint32_t archId) const;
    /// For downloads: MeshCentral's where the admin has put one there, else ours.
    std::optional<AgentBinary> find(std::uint32_t archId) const;
    std::vector<AgentBinary> all() const; ///< by architecture

private:
    using Key = std::pair<AgentFamily, std::uint32_t>;
    std::optional<AgentBinary> examine(AgentFamily family, std::uint32_t archId,
                                       const std::filesystem::path& path) const;

    std::filesystem::path own_;
    sdk::Log& log_;
    std::mutex refreshing_; // one after the other: what was read first must not be kept last
    mutable std::mutex mutex_; // guards what follows
    std::filesystem::path folder_;
    std::map<Key, AgentBinary> known_;
};

/// File name of MeshCentral's agent by architecture, "" if it is not one that we know.
std::string_view fileNameOf(std::uint32_t archId) noexcept;
std::string_view descriptionOf(std::uint32_t archId) noexcept; ///< "" if unknown
/// Section 4.4: architectures that are updated by us at all.
bool isUpdateManaged(std::uint32_t archId) noexcept;
/// Architecture of the machine this was built for, 0 if it has no number.
std::uint32_t ownArchitecture() noexcept;

} // namespace trellis::agent
