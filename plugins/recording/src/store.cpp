#include "store.hpp"

#include "folded.hpp"

#include <algorithm>

#include <trellis/sdk/db.hpp>

namespace recording {

using namespace trellis::sdk::db;
using Poco::Data::Session;

namespace {

constexpr const char* kTables = R"sql(
CREATE TABLE p_recording_files (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, domain TEXT NOT NULL,
    user_id TEXT NOT NULL, user_name TEXT NOT NULL, guest TEXT NOT NULL, device_id TEXT NOT NULL,
    device_name TEXT NOT NULL, group_id TEXT NOT NULL, group_name TEXT NOT NULL,
    session_id TEXT NOT NULL, viewer_address TEXT NOT NULL, device_address TEXT NOT NULL,
    protocol BIGINT NOT NULL, start_ms BIGINT NOT NULL, end_ms BIGINT NOT NULL, size BIGINT NOT NULL,
    sha256 TEXT NOT NULL, state TEXT NOT NULL, note TEXT NOT NULL, is_indexed BIGINT NOT NULL,
    has_text BIGINT NOT NULL);
CREATE INDEX p_recording_files_start ON p_recording_files (domain, start_ms);
CREATE TABLE p_recording_text (recording TEXT NOT NULL, number BIGINT NOT NULL, time_ms BIGINT NOT NULL,
    text TEXT NOT NULL, PRIMARY KEY (recording, number));
)sql";
/// "" for text that is ASCII, and for all that was stored before.
constexpr const char* kFolded = "ALTER TABLE p_recording_text ADD COLUMN folded TEXT NOT NULL DEFAULT '';";

constexpr const char* kColumns =
    "id, name, domain, user_id, user_name, guest, device_id, device_name, group_id, group_name, "
    "session_id, viewer_address, device_address, protocol, start_ms, end_ms, size, sha256, state, note, "
    "is_indexed, has_text";

/// Lines are stored together, so that an hour of output is not a hundred thousand rows.
constexpr std::size_t kRowBytes = 4096;
constexpr std::uint64_t kRowMs = 1000;

Entry entryOf(const Row& row) {
    Entry entry;
    std::size_t column = 0;
    for (auto* text : {&entry.id, &entry.name, &entry.domain, &entry.userId, &entry.userName,
                       &entry.guest, &entry.deviceId, &entry.deviceName, &entry.groupId,
                       &entry.groupName, &entry.sessionId, &entry.viewerAddress, &entry.deviceAddress}) {
        *text = row.text(column++);
    }
    for (auto* number : {&entry.protocol, &entry.startMs, &entry.endMs, &entry.size}) {
        *number = row.integer(column++);
    }
    for (auto* text : {&entry.sha256, &entry.state, &entry.note}) *text = row.text(column++);
    entry.isIndexed = row.integer(column++) != 0;
    entry.hasText = row.integer(column) != 0;
    return entry;
}

/// For LIKE with '\' as the escape character.
std::string pattern(const std::string& text) {
    std::string out = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') out += '\\';
        out += c;
    }
    return out + "%";
}

/// The conditions of a filter with their values, numbered in order.
struct Where {
    std::string sql;
    Values values;

    std::string next(Value value) {
        values.push_back(std::move(value));
        return "$" + std::to_string(values.size());
    }
    void equal(const char* column, const std::string& value) {
        if (!value.empty()) sql += std::string(" AND ") + column + " = " + next(value);
    }
};

Where whereOf(const Filter& filter) {
    Where where;
    where.sql = " WHERE domain = " + where.next(filter.domain);
    if (!filter.withRemoved) where.sql += " AND state <> 'removed'";
    where.equal("user_id", filter.userId);
    where.equal("device_id", filter.deviceId);
    if (filter.kind == "terminal") where.sql += " AND protocol IN (1, 6, 8, 9)";
    if (filter.kind == "desktop") where.sql += " AND protocol = 2";
    if (filter.kind == "files") where.sql += " AND protocol = 5";
    if (filter.fromMs > 0) where.sql += " AND end_ms >= " + where.next(filter.fromMs);
    if (filter.untilMs > 0) where.sql += " AND start_ms < " + where.next(filter.untilMs);
    if (!filter.text.empty()) {
        where.sql += " AND LOWER(device_name || ' ' || user_name || ' ' || guest || ' ' || group_name) LIKE "
                     "LOWER(" + where.next(pattern(filter.text)) + ") ESCAPE '\\'";
    }
    return where;
}

std::optional<Entry> one(trellis::sdk::Host& host, const char* column, const std::string& domain,
                         const std::string& value) {
    std::optional<Entry> found;
    host.database([&](Session& session) {
        found.reset();
        for (const auto& row : query(session, std::string("SELECT ") + kColumns +
                                                  " FROM p_recording_files WHERE domain = $1 AND " +
                                                  column + " = $2",
                                     {domain, value})) {
            found = entryOf(row);
        }
    });
    return found;
}

/// Where the `count`th character begins.
std::size_t placeOf(std::string_view text, std::size_t count) {
    std::size_t at = 0;
    while (at < text.size() && count > 0) {
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
        --count;
    }
    return at;
}

std::size_t charactersIn(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// What is shown of a line that is found: the place with its surroundings. `at`: in characters.
std::string shownOf(std::string_view line, std::size_t at) {
    constexpr std::size_t kShown = 300, kBefore = kShown / 2;  // characters
    if (at > kBefore) line.remove_prefix(placeOf(line, at - kBefore));
    return std::string(line.substr(0, placeOf(line, kShown)));
}

/// Lines of a stored row that hold `wanted`, which is folded. Folding keeps the number of characters.
std::vector<std::string> linesWith(std::string_view row, const std::string& wanted) {
    std::vector<std::string> lines;
    while (!row.empty()) {
        const auto line = row.substr(0, row.find('\n'));
        row.remove_prefix(std::min(row.size(), line.size() + 1));
        const auto same = folded(line);
        const auto found = same.find(wanted);
        if (found == std::string::npos) continue;
        lines.push_back(shownOf(line, charactersIn(std::string_view(same).substr(0, found))));
    }
    return lines;
}

void addText(Session& session, const std::string& id, const SessionFile::Lines& lines) {
    std::int64_t number = 0;
    for (std::size_t i = 0; i < lines.size();) {
        const auto first = lines[i].timeMs;
        std::string text = lines[i++].text;
        while (i < lines.size() && text.size() < kRowBytes && lines[i].timeMs < first + kRowMs) {
            text += "\n" + lines[i++].text;
        }
        // When its last line was there: who jumps to a find sees it.
        const auto time = static_cast<std::int64_t>(lines[i - 1].timeMs);
        // The database finds ASCII in any case by itself.
        auto same = isWide(text) ? folded(text) : std::string();
        execute(session,
                "INSERT INTO p_recording_text (recording, number, time_ms, text, folded) VALUES ($1, $2, $3, $4, $5)",
                {id, number++, time, std::move(text), std::move(same)});
    }
}

}  // namespace

bool Filter::fits(const Entry& e) const {
    if (e.domain != domain || (!userId.empty() && e.userId != userId)) return false;
    if (!deviceId.empty() && e.deviceId != deviceId) return false;
    if (!kind.empty() && protocol::kindOf(e.protocol) != kind) return false;
    if (untilMs > 0 && e.startMs >= untilMs) return false;  // and it has not ended, whatever fromMs is
    const auto names = e.deviceName + ' ' + e.userName + ' ' + e.guest + ' ' + e.groupName;
    return folded(names).find(folded(text)) != std::string::npos;
}

std::vector<trellis::sdk::Migration> Store::migrations() {
    return {{1, "recordings and the text of terminals", kTables, ""},
            {2, "text that is found in any case", kFolded, ""}};
}

void Store::add(const Entry& e, const SessionFile::Lines& lines) {
    host_.database([&](Session& session) {
        execute(session,
                std::string("INSERT INTO p_recording_files (") + kColumns +
                    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
                    "$18, $19, $20, $21, $22)",
                {e.id, e.name, e.domain, e.userId, e.userName, e.guest, e.deviceId, e.deviceName,
                 e.groupId, e.groupName, e.sessionId, e.viewerAddress, e.deviceAddress, e.protocol,
                 e.startMs, e.endMs, e.size, e.sha256, e.state, e.note, std::int64_t{e.isIndexed},
                 std::int64_t{e.hasText}});
        addText(session, e.id, lines);
    });
}

bool Store::has(const std::string& name) {
    bool found = false;
    host_.database([&](Session& session) {
        found = !query(session, "SELECT id FROM p_recording_files WHERE name = $1", {name}).empty();
    });
    return found;
}

std::optional<Entry> Store::byId(const std::string& domain, const std::string& id) {
    return one(host_, "id", domain, id);
}

std::optional<Entry> Store::byName(const std::string& domain, const std::string& name) {
    return one(host_, "name", domain, name);
}

Page Store::list(const Filter& filter) {
    Page page;
    host_.database([&](Session& session) {
        page = {};
        auto where = whereOf(filter);
        for (const auto& row : query(session, "SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM p_recording_files" + where.sql,
                                     where.values)) {
            page.total = row.integer(0);
            page.bytes = row.integer(1);
        }
        const auto limit = where.next(filter.limit);
        const auto sql = std::string("SELECT ") + kColumns + " FROM p_recording_files" + where.sql +
                         " ORDER BY start_ms DESC, id LIMIT " + limit + " OFFSET " + where.next(filter.offset);
        for (const auto& row : query(session, sql, where.values)) page.entries.push_back(entryOf(row));
    });
    return page;
}

Found Store::search(const std::string& domain, const std::string& id, const std::string& text, std::int64_t limit) {
    Found found;
    const auto wanted = folded(text);
    const auto most = static_cast<std::size_t>(limit);
    host_.database([&](Session& session) {
        found = {};
        Where where;
        where.sql = " WHERE domain = " + where.next(domain) + " AND state <> 'removed'";
        where.equal("id", id);
        where.sql += " AND (LOWER(text) LIKE LOWER(" + where.next(pattern(text)) + ") ESCAPE '\\'";
        where.sql += " OR folded LIKE " + where.next(pattern(wanted)) + " ESCAPE '\\')";
        const auto sql = std::string("SELECT ") + kColumns + ", time_ms, text FROM p_recording_files JOIN "
                         "p_recording_text ON recording = id" + where.sql +
                         " ORDER BY start_ms DESC, id, number LIMIT " + where.next(limit + 1);
        for (const auto& row : query(session, sql, where.values)) {
            if (found.hits.size() > most) break;
            for (auto& line : linesWith(row.text(23), wanted)) {
                found.hits.push_back({entryOf(row), row.integer(22), std::move(line)});
            }
        }
        found.isMore = found.hits.size() > most;
        found.hits.resize(std::min(found.hits.size(), most));
    });
    return found;
}

void Store::markRemoved(const std::string& id, const std::string& note) {
    host_.database([&](Session& session) {
        execute(session, "DELETE FROM p_recording_text WHERE recording = $1", {id});
        execute(session,
                "UPDATE p_recording_files SET state = 'removed', note = $1, has_text = 0 WHERE id = $2",
                {note, id});
    });
}

std::vector<Entry> Store::present() {
    std::vector<Entry> entries;
    host_.database([&](Session& session) {
        entries.clear();
        for (const auto& row : query(session, std::string("SELECT ") + kColumns +
                                                  " FROM p_recording_files WHERE state <> 'removed' "
                                                  "ORDER BY start_ms, id")) {
            entries.push_back(entryOf(row));
        }
    });
    return entries;
}

void Store::forget(std::int64_t beforeMs) {
    host_.database([&](Session& session) {
        execute(session, "DELETE FROM p_recording_files WHERE state = 'removed' AND end_ms < $1", {beforeMs});
    });
}

}  // namespace recording
