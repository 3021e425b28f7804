/// Takes over a stopped MeshCentral server: its data folder becomes this server's records.
#pragma once

#include "core/store/database.hpp"
#include "core/takeover/certificates.hpp"
#include "core/takeover/nedb_file.hpp"
#include "core/takeover/options.hpp"
#include "core/takeover/report.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace trellis::takeover {

/// The folder, read and checked as a whole; nothing is written. Throws sdk::Error{InvalidArgument}
/// or {Unavailable} with file and line of the first thing that is wrong.
class Source {
public:
    explicit Source(std::filesystem::path folder);

    const Certificates& certificates() const noexcept { return certificates_; }
    const Options& options() const noexcept { return options_; }
    /// The database's text of trellis.yaml.
    std::string yaml() const { return yamlOf(options_.values, folder_.string()); }
    Report& report() noexcept { return report_; }

private:
    friend class Load;
    std::filesystem::path folder_;
    Report report_;
    Certificates certificates_;
    Options options_;
    std::unique_ptr<NedbFile> main_, events_, power_; ///< the latter two may be absent
};

/// Goes through every record as the import does, and writes nothing: fills the source's report.
void rehearse(Source& source);

/// True if the database holds no accounts, groups and devices (or no tables at all).
bool isEmpty(store::Database& database);

/// Brings the tables up to date, then writes everything in one transaction, certificates included.
/// The caller holds the data directory's lock (store::InstanceLock). Throws Conflict if the
/// database is not empty, else as the database and the disk do; records and certificates are then
/// as before.
void load(Source& source, store::Database& database, const std::filesystem::path& data);

} // namespace trellis::takeover
