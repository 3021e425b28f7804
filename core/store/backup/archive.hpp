/// The inside of a backup: a manifest, the database's schema and rows, files, and totals, as one
/// sequence of records. The form is in docs/design/backup-format.md.
#pragma once

#include "core/store/backup/bytes.hpp"
#include "core/store/migrations.hpp"
#include "core/store/table_rows.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

namespace trellis::store::backup {

inline constexpr int kArchiveFormat = 1;
inline constexpr std::size_t kMaxNote = 1024 * 1024;      ///< a record in JSON
inline constexpr std::size_t kMaxRow = 64 * 1024 * 1024;  ///< one row of a table
inline constexpr std::size_t kMaxColumns = 256;
inline constexpr std::size_t kMaxData = 64 * 1024; ///< one piece of a file
inline constexpr std::size_t kMaxPath = 1024;

struct TableHead {
    std::string name;
    std::vector<std::string> columns;
    /// Last numbers that the engine has given, by column.
    std::vector<std::pair<std::string, std::int64_t>> given;
};

struct FileHead {
    std::string path; ///< relative, `/` between folders, checked
    unsigned mode = 0600;
};

struct Totals {
    std::int64_t tables = 0;
    std::int64_t rows = 0;
    std::int64_t files = 0;
    std::int64_t bytes = 0; ///< of files
    bool operator==(const Totals&) const = default;
};

/// Call in the order: manifest(), step()..., then table(), row()..., tableEnd() and file(), data()...,
/// fileEnd() in any mixture, finish().
class ArchiveWriter {
public:
    explicit ArchiveWriter(Sink& out) : out_(out) {}
    void manifest(boost::json::object manifest); ///< `format` is added
    void step(const SchemaStep& step);
    void table(const TableHead& head);
    void row(const Values& row);
    void tableEnd();
    void file(const FileHead& head);
    void data(std::string_view bytes); ///< any size
    void fileEnd();
    Totals finish();

private:
    void record(char type, std::string_view payload);
    void note(char type, const boost::json::object& value);
    Sink& out_;
    Totals totals_;
    Fingerprint print_;
};

/// What a reader is told. May throw; that ends the reading.
class ArchiveVisitor {
public:
    virtual ~ArchiveVisitor() = default;
    virtual void manifest(const boost::json::object&) {}
    virtual void step(const SchemaStep&) {}
    virtual void table(const TableHead&) {}
    virtual void row(const Values&) {}
    virtual void tableEnd(const Fingerprint&) {}
    virtual void file(const FileHead&) {}
    virtual void data(std::string_view) {}
    virtual void fileEnd() {}
};

enum class Extent : std::uint8_t { Whole = 1, ManifestOnly };

/// Reads a whole archive to its end and checks its order, limits, counts and hashes. Throws
/// sdk::Error: Conflict if it is damaged, InvalidArgument if it is of a newer version.
Totals readArchive(Source& in, ArchiveVisitor& visitor, Extent extent = Extent::Whole);

/// Relative, no `..`, no empty part, no control characters, at most kMaxPath bytes.
bool isArchivePath(std::string_view path) noexcept;

} // namespace trellis::store::backup
