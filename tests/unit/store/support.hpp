/// What the tests of store, model and auth share: a folder that goes away, a database in it, a
/// clock.
#pragma once

#include "core/store/clock.hpp"
#include "core/store/database.hpp"

#include <trellis/sdk/error.hpp>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace trellis::test {

class TempFolder {
public:
    TempFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "trellis-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            throw std::runtime_error("mkdtemp");
        path_ = pattern;
    }
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// The PostgreSQL server that tests are to use, or null: a connection URI with a query part
/// ("postgresql:///trellis?host=/run/x"), of a database in which they may make schemas.
inline const char* postgresUrl() {
    const char* url = std::getenv("TRELLIS_TEST_POSTGRESQL");
    return url != nullptr && *url != '\0' ? url : nullptr;
}

/// The database that belongs to a folder: a file in it, or a PostgreSQL schema of its name.
inline std::string databaseUrl(const std::filesystem::path& folder) {
    const char* server = postgresUrl();
    if (server == nullptr)
        return store::defaultUrl(folder);
    auto schema = folder.filename().string();
    for (auto& c : schema)
        c = std::isalnum(static_cast<unsigned char>(c)) != 0
                ? static_cast<char>(std::tolower(static_cast<unsigned char>(c)))
                : '_';
    // The six random characters differ in case, too, which names of schemas do not.
    schema += '_' + std::to_string(std::hash<std::string>{}(folder.string()));
    store::Database::open({.url = server})->transaction([&](store::Session& session) {
        session.run("CREATE SCHEMA IF NOT EXISTS " + schema);
    });
    return std::string(server) + "&options=-csearch_path%3D" + schema + "&application_name=" + schema;
}

/// How long databases opened from now on wait for a lock: longer than any machine takes for a
/// statement, so that threads of a test that write at once all get their turn.
inline std::chrono::milliseconds& patience() {
    static std::chrono::milliseconds value{10'000};
    return value;
}

/// Its databases wait for a lock for 50 ms only: for tests in which somebody else holds one.
/// BOOST_FIXTURE_TEST_CASE(name, test::Hurried<Fixture>).
class Hurry {
public:
    Hurry() : before_(std::exchange(patience(), std::chrono::milliseconds(50))) {}
    Hurry(const Hurry&) = delete;
    Hurry& operator=(const Hurry&) = delete;
    ~Hurry() { patience() = before_; }

private:
    std::chrono::milliseconds before_;
};
template <class Fixture> struct Hurried : Hurry, Fixture {};

inline std::unique_ptr<store::Database> openDatabase(const TempFolder& folder,
                                                     std::int64_t maxPages = 0) {
    store::DatabaseOptions options;
    options.url = databaseUrl(folder.path());
    options.busyTimeout = patience();
    options.maxPages = maxPages;
    return store::Database::open(options);
}

/// Time that stands still until it is moved.
struct FakeClock {
    std::shared_ptr<std::int64_t> ms = std::make_shared<std::int64_t>(1'700'000'000'000);
    store::Clock clock() const {
        return [now = ms] { return *now; };
    }
    void advance(std::chrono::milliseconds by) const { *ms += by.count(); }
};

/// For BOOST_CHECK_EXCEPTION.
inline auto is(sdk::ErrorCode code, std::string part = {}) {
    return [code, part](const sdk::Error& error) {
        return error.code() == code && std::string(error.what()).find(part) != std::string::npos;
    };
}

inline auto isAt(sdk::ErrorCode code, std::string field) {
    return [code, field](const sdk::Error& error) {
        return error.code() == code && error.field() == field;
    };
}

} // namespace trellis::test
