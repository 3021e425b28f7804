/// Backups: everything the server keeps, in one encrypted file, made while it runs.
#pragma once

#include "core/store/backup/archive.hpp"
#include "core/store/database.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

namespace trellis::store::backup {

/// What goes into a backup.
struct Contents {
    const Database& database;
    std::filesystem::path data;        ///< the data directory, with what lies in it, but not:
    std::vector<std::filesystem::path> without; ///< files and folders in it that stay out
    std::filesystem::path configFile;  ///< also when it lies elsewhere, with conf.d beside it
    std::string serverName;
    std::string version; ///< of the program
    std::string databaseUrl; ///< as configured, "" for the default
};

struct Made {
    Totals totals;
    std::vector<std::string> skipped; ///< links, sockets and what could not be read as a file
};

/// Writes the backup `file`, which must not exist: whole, or not at all. The database is read as it is
/// at one moment, in a read transaction; writers go on meanwhile. Blocks for as long as it takes.
/// Throws sdk::Error: InvalidArgument (passphrase), Conflict (exists), Unavailable (disk, database).
Made create(const Contents& contents, const std::filesystem::path& file, std::string_view passphrase);

/// What a backup says of itself: `format`, `version`, `server`, `madeMs`, `engine`. Throws as
/// SealedSource and readArchive() do.
boost::json::object inspect(const std::filesystem::path& file, std::string_view passphrase);

/// Reads all of it and changes nothing. `version`: of this program; a newer backup is InvalidArgument.
Totals verify(const std::filesystem::path& file, std::string_view passphrase,
              const std::string& version);

struct Target {
    std::filesystem::path data; ///< must not exist, or be an empty folder
    std::string databaseUrl;    ///< "": SQLite in `data`; else an empty database
    std::string version;        ///< of this program
};

/// Puts a backup into an empty place: whole, or not at all. Throws as verify() does, and Conflict if
/// the place is not empty.
Totals restore(const std::filesystem::path& file, std::string_view passphrase, const Target& target);

/// Whether dotted numbers `one` are larger than `other`: "0.10.0" than "0.9.2".
bool isNewer(const std::string& one, const std::string& other);

} // namespace trellis::store::backup
