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

/// One executable on disk.
struct AgentBinary {
    std::uint32_t archId = 0;  ///< agent-protocol.md section 4.4
    std::string name;          ///< file name for downloads, "meshagent_x86-64"
    std::string description;   ///< "Linux x86-64"
    std::filesystem::path path;
    std::uint64_t size = 0;
    std::int64_t modifiedS = 0;
    wire::Hash hash{}; ///< SHA-384 of the file
};

/// Any thread. Reads files in open() and refresh() only: worker pool.
class AgentBinaries {
public:
    /// `own`: our agent for the machine's architecture, "" if there is none. `folder`: MeshCentral's
    /// agents under MeshCentral's file names, or "". Where both have one the folder's wins, since the
    /// admin chose it.
    AgentBinaries(std::filesystem::path own, std::filesystem::path folder, sdk::Log& log);

    void refresh(); ///< reads the folder again; unchanged files (size, time) keep their hash
    std::optional<AgentBinary> find(std::uint32_t archId) const;
    std::vector<AgentBinary> all() const;

private:
    std::filesystem::path own_;
    std::filesystem::path folder_;
    sdk::Log& log_;
    mutable std::mutex mutex_; // guards known_
    std::map<std::uint32_t, AgentBinary> known_;
};

/// File name of MeshCentral's agents by architecture, "" if it is not one that we know.
std::string_view fileNameOf(std::uint32_t archId) noexcept;
std::string_view descriptionOf(std::uint32_t archId) noexcept;

} // namespace trellis::agent
