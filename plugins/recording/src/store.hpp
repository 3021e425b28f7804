/// The list of recordings and the text of terminals, in the plugin's own tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <trellis/sdk/host.hpp>
#include <trellis/sdk/registrar.hpp>

#include "entry.hpp"
#include "session_file.hpp"

namespace recording {

struct Filter {
    std::string domain;
    std::string text;    ///< in the names of device, user, guest, group; any case
    std::string userId, deviceId;
    std::string kind;    ///< "terminal", "desktop", "files"
    std::int64_t fromMs = 0, untilMs = 0;
    std::int64_t offset = 0, limit = 100;
    bool withRemoved = false;

    /// Whether a session that runs belongs to what is asked for.
    bool fits(const Entry& entry) const;
};

struct Page {
    std::vector<Entry> entries;  ///< newest first
    std::int64_t total = 0;      ///< that fit the filter
    std::int64_t bytes = 0;      ///< of all of them
};

struct Hit {
    Entry entry;
    std::int64_t timeMs = 0;
    std::string line;
};

struct Found {
    std::vector<Hit> hits;
    bool isMore = false;  ///< than the limit
};

/// Blocks on the database; throws Error{Unavailable}. Any thread.
class Store {
public:
    explicit Store(trellis::sdk::Host& host) : host_(host) {}
    static std::vector<trellis::sdk::Migration> migrations();

    void add(const Entry& entry, const SessionFile::Lines& lines);
    bool has(const std::string& name);
    std::optional<Entry> byId(const std::string& domain, const std::string& id);
    std::optional<Entry> byName(const std::string& domain, const std::string& name);
    Page list(const Filter& filter);
    /// Lines that hold `text` in any case, of the newest recordings first. `id` "": of all. Text from before
    /// the column `folded` is compared as the database does: SQLite knows case of ASCII only.
    Found search(const std::string& domain, const std::string& id, const std::string& text, std::int64_t limit);
    /// Keeps the entry, without the text.
    void markRemoved(const std::string& id, const std::string& note);
    /// Files that are there, oldest first, of all tenants.
    std::vector<Entry> present();
    void forget(std::int64_t beforeMs);  ///< entries of removed recordings that ended before

private:
    trellis::sdk::Host& host_;
};

}  // namespace recording
