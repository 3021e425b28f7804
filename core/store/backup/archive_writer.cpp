#include "core/store/backup/archive.hpp"

#include "core/store/backup/row_code.hpp"

#include <trellis/sdk/error.hpp>

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace trellis::store::backup {

namespace json = boost::json;

bool isArchivePath(std::string_view path) noexcept {
    if (path.empty() || path.size() > kMaxPath)
        return false;
    std::size_t begin = 0;
    while (begin <= path.size()) {
        const auto end = std::min(path.find('/', begin), path.size());
        const auto part = path.substr(begin, end - begin);
        if (part.empty() || part == "." || part == ".." || part.size() > 255)
            return false;
        begin = end + 1;
    }
    return std::none_of(path.begin(), path.end(),
                        [](unsigned char c) { return c < ' ' || c == 0x7f || c == '\\'; });
}

void ArchiveWriter::record(char type, std::string_view payload) {
    std::string head(5, type);
    for (std::size_t at = 0; at < 4; ++at)
        head[at + 1] = static_cast<char>(payload.size() >> (24 - 8 * at) & 0xff);
    out_.write(head);
    out_.write(payload);
}

void ArchiveWriter::note(char type, const json::object& value) {
    const auto text = json::serialize(value);
    if (text.size() > kMaxNote)
        throw sdk::Error(sdk::ErrorCode::Internal, "a record of the backup is too long");
    record(type, text);
}

void ArchiveWriter::manifest(json::object manifest) {
    manifest["format"] = kArchiveFormat;
    note('M', manifest);
}

void ArchiveWriter::step(const SchemaStep& step) {
    note('S', {{"owner", step.owner},
               {"number", step.number},
               {"sqlite", step.sqlite},
               {"postgresql", step.postgresql}});
}

void ArchiveWriter::table(const TableHead& head) {
    json::array columns(head.columns.begin(), head.columns.end());
    json::object given;
    for (const auto& [column, number] : head.given)
        given[column] = number;
    note('T', {{"name", head.name}, {"columns", std::move(columns)}, {"given", std::move(given)}});
    print_ = {};
    ++totals_.tables;
}

void ArchiveWriter::row(const Values& row) {
    const auto bytes = encodeRow(row);
    if (bytes.size() > kMaxRow)
        throw sdk::Error(sdk::ErrorCode::Unavailable, "a row is too long for a backup");
    record('R', bytes);
    print_.add(row);
    ++totals_.rows;
}

void ArchiveWriter::tableEnd() {
    note('U', {{"rows", print_.rows}, {"sum", std::to_string(print_.sum)}});
}

void ArchiveWriter::file(const FileHead& head) {
    if (!isArchivePath(head.path))
        throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                         "a file's name can't be kept in a backup: " + head.path);
    note('F', {{"path", head.path}, {"mode", head.mode}});
    ++totals_.files;
}

void ArchiveWriter::data(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, kMaxData);
        record('D', piece);
        totals_.bytes += static_cast<std::int64_t>(piece.size());
        bytes.remove_prefix(piece.size());
    }
}

void ArchiveWriter::fileEnd() {
    record('E', {});
}

Totals ArchiveWriter::finish() {
    note('Z', {{"tables", totals_.tables},
               {"rows", totals_.rows},
               {"files", totals_.files},
               {"bytes", totals_.bytes}});
    return totals_;
}

} // namespace trellis::store::backup
