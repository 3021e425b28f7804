#include "core/store/backup/archive.hpp"

#include "core/store/backup/row_code.hpp"

#include <trellis/sdk/error.hpp>

#include <algorithm>
#include <optional>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace trellis::store::backup {

namespace {

namespace json = boost::json;
using sdk::Error;
using sdk::ErrorCode;

[[noreturn]] void damaged(const char* what) {
    throw Error(ErrorCode::Conflict, std::string("the backup is damaged: ") + what);
}

struct Record {
    char type = 0;
    std::string payload;
};

std::size_t limitOf(char type) {
    switch (type) {
    case 'M':
    case 'S':
    case 'T':
    case 'U':
    case 'F':
    case 'Z': return kMaxNote;
    case 'R': return kMaxRow;
    case 'D': return kMaxData;
    case 'E': return 0;
    default: damaged("a record of unknown kind");
    }
}

/// Reads `size` bytes, a piece at a time: what a file says of itself is not believed before it is there.
std::string takeBytes(Source& in, std::size_t size) {
    constexpr std::size_t kStep = 1024 * 1024;
    std::string bytes;
    while (bytes.size() < size) {
        const auto before = bytes.size();
        const auto step = std::min(kStep, size - before);
        bytes.resize(before + step);
        if (in.read(bytes.data() + before, step) != step)
            damaged("it ends in the middle of a record");
    }
    return bytes;
}

std::optional<Record> take(Source& in) {
    char head[5];
    const auto have = in.read(head, sizeof head);
    if (have == 0)
        return std::nullopt;
    if (have != sizeof head)
        damaged("it ends in the middle of a record");
    std::size_t size = 0;
    for (std::size_t at = 1; at < sizeof head; ++at)
        size = size << 8 | static_cast<unsigned char>(head[at]);
    if (size > limitOf(head[0]))
        damaged("a record is too long");
    return Record{head[0], takeBytes(in, size)};
}

json::object objectFrom(const std::string& text) {
    json::parse_options options;
    options.max_depth = 8;
    json::error_code failed;
    auto value = json::parse(text, failed, {}, options);
    if (failed || !value.is_object())
        damaged("a record is no JSON object");
    return std::move(value.get_object());
}

std::string textIn(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    if (!value || !value->is_string())
        damaged("a text is missing");
    const auto& text = value->get_string();
    return {text.data(), text.size()};
}

std::int64_t numberIn(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    if (!value || !value->is_int64())
        damaged("a number is missing");
    return value->get_int64();
}

/// Table and column names go into SQL.
bool isName(std::string_view name) {
    return !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

TableHead tableFrom(const json::object& note) {
    TableHead head;
    head.name = textIn(note, "name");
    const auto* columns = note.if_contains("columns");
    const auto* given = note.if_contains("given");
    if (!isName(head.name) || !columns || !columns->is_array() || !given || !given->is_object() ||
        columns->get_array().empty() || columns->get_array().size() > kMaxColumns)
        damaged("the description of a table");
    for (const auto& column : columns->get_array()) {
        if (!column.is_string() || !isName(std::string_view(column.get_string())))
            damaged("the name of a column");
        head.columns.emplace_back(column.get_string().c_str());
    }
    for (const auto& member : given->get_object()) {
        if (!member.value().is_int64() || !isName(member.key()))
            damaged("the description of a table");
        head.given.emplace_back(member.key(), member.value().get_int64());
    }
    return head;
}

class Reader {
public:
    explicit Reader(ArchiveVisitor& visitor) : visitor_(visitor) {}

    void take(const Record& record) {
        if (place_ == Place::Start && record.type != 'M')
            damaged("it does not begin with its description");
        switch (record.type) {
        case 'M': manifest(objectFrom(record.payload)); return;
        case 'S': step(objectFrom(record.payload)); return;
        case 'T': table(objectFrom(record.payload)); return;
        case 'R': row(record.payload); return;
        case 'U': tableEnd(objectFrom(record.payload)); return;
        case 'F': file(objectFrom(record.payload)); return;
        case 'D': data(record.payload); return;
        case 'E': fileEnd(); return;
        default: end(objectFrom(record.payload));
        }
    }
    bool isOver() const { return place_ == Place::Over; }
    const Totals& totals() const { return totals_; }

private:
    enum class Place : std::uint8_t { Start = 1, Steps, Between, Table, File, Over };

    void expect(bool isRight) const {
        if (!isRight)
            damaged("its records are not in order");
    }
    void manifest(const json::object& note) {
        expect(place_ == Place::Start);
        const auto format = numberIn(note, "format");
        if (format > kArchiveFormat)
            throw Error(ErrorCode::InvalidArgument,
                        "the backup was made by a newer version of this program");
        place_ = Place::Steps;
        visitor_.manifest(note);
    }
    void step(const json::object& note) {
        expect(place_ == Place::Steps);
        visitor_.step({textIn(note, "owner"), numberIn(note, "number"), textIn(note, "sqlite"),
                       textIn(note, "postgresql")});
    }
    bool isBetween() const { return place_ == Place::Steps || place_ == Place::Between; }
    void table(const json::object& note) {
        expect(isBetween());
        const auto head = tableFrom(note);
        columns_ = head.columns.size();
        print_ = {};
        place_ = Place::Table;
        visitor_.table(head);
    }
    void row(const std::string& bytes) {
        expect(place_ == Place::Table);
        const auto row = decodeRow(bytes, columns_);
        if (!row || row->size() != columns_)
            damaged("a row of a table");
        print_.add(*row);
        visitor_.row(*row);
    }
    void tableEnd(const json::object& note) {
        expect(place_ == Place::Table);
        if (numberIn(note, "rows") != print_.rows || textIn(note, "sum") != std::to_string(print_.sum))
            damaged("a table's rows are not those that were written");
        ++totals_.tables;
        totals_.rows += print_.rows;
        place_ = Place::Between;
        visitor_.tableEnd(print_);
    }
    void file(const json::object& note) {
        expect(isBetween());
        FileHead head{textIn(note, "path"), 0};
        const auto mode = numberIn(note, "mode");
        if (!isArchivePath(head.path) || mode < 0 || mode > 0777)
            damaged("the name of a file");
        head.mode = static_cast<unsigned>(mode);
        place_ = Place::File;
        visitor_.file(head);
    }
    void data(const std::string& bytes) {
        expect(place_ == Place::File);
        totals_.bytes += static_cast<std::int64_t>(bytes.size());
        visitor_.data(bytes);
    }
    void fileEnd() {
        expect(place_ == Place::File);
        ++totals_.files;
        place_ = Place::Between;
        visitor_.fileEnd();
    }
    void end(const json::object& note) {
        expect(isBetween());
        const Totals said{numberIn(note, "tables"), numberIn(note, "rows"), numberIn(note, "files"),
                          numberIn(note, "bytes")};
        if (said != totals_)
            damaged("something is missing in it");
        place_ = Place::Over;
    }

    ArchiveVisitor& visitor_;
    Place place_ = Place::Start;
    std::size_t columns_ = 0;
    Fingerprint print_;
    Totals totals_;
};

} // namespace

Totals readArchive(Source& in, ArchiveVisitor& visitor, Extent extent) {
    Reader reader(visitor);
    while (const auto record = take(in)) {
        if (reader.isOver())
            damaged("something follows its end");
        reader.take(*record);
        if (extent == Extent::ManifestOnly)
            return {};
    }
    if (!reader.isOver())
        damaged("its end is missing");
    return reader.totals();
}

} // namespace trellis::store::backup
